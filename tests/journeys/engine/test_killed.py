"""Many processes at once, and killed ones: nobody is lost, nothing happens twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import datetime

import pytest

from campaigns.models import Candidate
from config.wake import no_wakes
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Event
from journeys.engine.advance import advance
from journeys.models import Enrollment, HeldTimer, Step, Timer
from tests.journeys.engine.test_oracle import check_sums, expected, seen, stored
from tests.journeys.flow import T0, Flow, at
from tests.journeys.oracle import Oracle
from tests.journeys.processes import killed_again_and_again, together

END = at(100)
STORY = """
lateness: 30d
goal: {event: bought, within: 3d}
nodes:
  start: {kind: trigger.event, event: opened, key: offer, reentry: per_key, next: wait}
  wait:
    kind: wait.event
    until: {seen: {event: viewed, match: {offer: $entry_key}}}
    at_most: 12h
    next: {seen: split, timeout: note}
  note: {kind: send.message, content: note, next: pause}
  split: {kind: branch.random, weights: {a: 1, b: 2}, next: {a: note, b: pause}}
  pause: {kind: wait.duration, duration: 1d, next: again}
  again: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def flow(transactional_db: None) -> Flow:
    """What other processes see too."""
    return Flow.make()


@pytest.mark.once
def test_killed_workers_lose_and_double_nothing(flow: Flow) -> None:
    rng = random.Random(7)
    journey = flow.journey(STORY)
    people = flow.people(*(str(n) for n in range(400)))
    told = [
        (rng.choice(people), rng.choice(("opened", "opened", "viewed", "bought")),
         rng.randint(0, 60), rng.choice("abc"))
        for _ in range(2_400)
    ]  # fmt: skip
    told.sort(key=lambda event: event[2])
    killed_again_and_again(take_in, told, flow.brand.pk, workers=2, kills=8, rng=rng)
    assert Event.objects.count() == len(told)
    hit = killed_again_and_again(move_all, END, 8, workers=2, kills=30, rng=rng)
    assert hit >= 3, "nobody was killed while at work; the test proves nothing"
    nothing: dict[int, dict[str, str]] = {id: {} for id in people}
    said = Oracle(journey.code, journey.draft, nothing, stored(), END).walks()
    assert seen(journey) == expected(said)
    assert Candidate.objects.count() == sum(len(walk.wishes) for walk in said) > 300
    check_sums(journey, said)
    assert not Timer.objects.filter(due_at__lte=END).exists()
    assert not HeldTimer.objects.exists()


def test_once_only_journey_hit_by_eight_at_once(flow: Flow) -> None:
    flow.journey("""
nodes:
  start: {kind: trigger.event, event: opened, next: wait}
  wait: {kind: wait.duration, duration: 1d, next: done}
  done: {kind: exit.leave}
""")
    people = flow.people(*(str(n) for n in range(200)))
    together([(hit_all, people, seed, flow.brand.pk) for seed in range(8)])
    assert Event.objects.count() == 1_600
    assert Enrollment.objects.count() == 200
    assert Timer.objects.count() == 200


def test_one_at_a_time_hit_by_four_at_once(flow: Flow) -> None:
    flow.journey("""
nodes:
  start: {kind: trigger.event, event: opened, reentry: one_at_a_time, next: done}
  done: {kind: exit.leave}
""")
    people = flow.people(*(str(n) for n in range(60)))
    together(
        [
            *((hit_all, people, seed, flow.brand.pk) for seed in range(4)),
            (move_for, T0, 3.0),
        ]
    )
    move_all(T0, 1000)
    walks = list(Enrollment.objects.order_by("customer_id", "id").values_list("customer_id", "id"))
    guards = Counter(Enrollment.objects.values_list("customer_id", "entry_guard"))
    assert max(guards.values()) == 1
    assert {customer for customer, _id in walks} == set(people)
    assert Step.objects.filter(node="done").count() == len(walks)


def test_no_event_falls_between_ingest_and_engine(flow: Flow) -> None:
    """Engine and ingest work on the same customers at the same time: whoever begins to wait
    while her event comes in has heard it."""
    flow.journey("""
nodes:
  start: {kind: trigger.event, event: opened, next: wait}
  wait: {kind: wait.event, until: {seen: {event: viewed}}, next: {seen: done}}
  done: {kind: exit.leave, reason: seen}
""")
    people = flow.people(*(str(n) for n in range(600)))
    halves = people[:300], people[300:]
    together(
        [
            *((open_and_view, half, flow.brand.pk) for half in halves),
            (move_for, T0, 6.0),
            (move_for, T0, 6.0),
        ]
    )
    move_all(T0, 1000)
    assert Counter(Enrollment.objects.values_list("node", "state")) == {("done", "finished"): 600}


# what the processes do


def take_in(told: list[tuple[int, str, int, str]], brand_id: int) -> None:
    """Take everything in, from the beginning; the keys keep what is there from coming twice."""
    for start in range(0, len(told), 50):
        items = [
            Item(
                str(n),
                customer_id=customer,
                events=[EventFact(name, at(hour), {"offer": offer}, key=str(n))],
            )
            for n, (customer, name, hour, offer) in enumerate(told[start : start + 50], start)
        ]
        with no_wakes():
            ingest(Batch("killed", items, brand_id=brand_id), now=at(60))


def move_all(now: datetime, limit: int) -> None:
    """Move until nobody is due, whoever owns the buckets meanwhile."""
    with no_wakes():
        while Timer.objects.filter(due_at__lte=now).exists():
            if not advance(now, limit=limit).more:
                time.sleep(0.01)


def move_for(now: datetime, seconds: float) -> None:
    """Move whoever is due, for some time."""
    end = time.monotonic() + seconds
    with no_wakes():
        while time.monotonic() < end:
            advance(now, limit=40)


def hit_all(people: list[int], seed: int, brand_id: int) -> None:
    """The same event for everybody, in an order of one's own."""
    order = random.Random(seed).sample(people, len(people))
    for start in range(0, len(order), 20):
        items = [
            Item(str(id), customer_id=id, events=[EventFact("opened", T0)])
            for id in order[start : start + 20]
        ]
        with no_wakes():
            ingest(Batch(f"hit{seed}", items, brand_id=brand_id), now=T0)


def open_and_view(people: list[int], brand_id: int) -> None:
    """First one event, then at once the other, three customers at a time."""
    for start in range(0, len(people), 3):
        for name in ("opened", "viewed"):
            items = [
                Item(str(id), customer_id=id, events=[EventFact(name, T0)])
                for id in people[start : start + 3]
            ]
            with no_wakes():
                ingest(Batch("race", items, brand_id=brand_id), now=T0)
