"""The engine against the oracle: random graphs, customers and events, batches of every size, by the
compiler and by the batch interpreter alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from campaigns.models import Candidate
from config.wake import no_wakes
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import CustomerTag, Event, Tag
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.engine.advance import advance
from journeys.models import Enrollment, Journey, Listener, NodeCount, Step
from tests.journeys.flow import ACTOR, T0, Flow, at
from tests.journeys.oracle import Happened, Oracle, Walked
from tests.journeys.random_journeys import HORIZON, Told, random_events, random_graph

PEOPLE = 12
EVENTS = 60
CITIES = ("Ulm", "Bern", "")
END = at(HORIZON)


@pytest.fixture
def world(flow: Flow) -> Flow:
    """Everybody is there before anything happens."""
    Tag.objects.create(code="touched", name="touched")
    for place in range(PEOPLE):
        city = CITIES[place % 3]
        flow.people(str(place), **({"city": city} if city else {}))
    return flow


@pytest.mark.parametrize("seed", range(30))
def test_engine_does_what_the_oracle_says(world: Flow, seed: int) -> None:
    compare(world, seed, sizes=(7, 10_000) if seed % 4 else (1, 7, 10_000))
    if seed % 3 == 0:
        compare(world, seed, sizes=(7,), compiled=False)


@pytest.mark.parametrize("seed", range(1000, 1020))
def test_all_kinds_do_what_the_oracle_says(world: Flow, seed: int) -> None:
    compare(world, seed, sizes=(7, 10_000), more=True)


@pytest.mark.proof
@pytest.mark.parametrize("start", range(100, 500, 50))
@pytest.mark.parametrize("more", [False, True])
def test_engine_does_what_the_oracle_says_hundreds_of_times(
    world: Flow, start: int, more: bool
) -> None:
    for seed in range(start, start + 50):
        compare(world, seed, sizes=(1, 7, 10_000), more=more)
        compare(world, seed, sizes=(1, 7, 10_000), more=more, compiled=False)


def compare(
    world: Flow, seed: int, sizes: Sequence[int], *, more: bool = False, compiled: bool = True
) -> None:
    for size in sizes:
        rng = random.Random(seed)
        graph, told = random_graph(rng, more=more), random_events(rng, PEOPLE, EVENTS)
        with transaction.atomic():
            journey = load(ACTOR, world.brand, {"journey": f"r{seed}", **graph}, T0).journey
            publish(ACTOR, journey, T0)
            feed(world, told, size, compiled=compiled)
            said = Oracle(journey.code, graph, attributes(world), stored(), END).walks()
            assert seen(journey) == expected(said), f"seed {seed}, batches of {size}, {compiled=}"
            check_sums(journey, said)
            check_tags(said)
            transaction.set_rollback(True)


def feed(
    world: Flow,
    told: Sequence[Told],
    size: int,
    until: datetime = END,
    *,
    compiled: bool = True,
) -> None:
    """Take the events in by batches and let the engine run between them, as a replay does."""
    limit = min(size, 1000)
    for start in range(0, len(told), size):
        batch = told[start : start + size]
        items = [
            Item(
                str(n),
                customer_id=world.ids[str(event.who)],
                events=[EventFact(event.name, at(event.hour), event.properties)],
            )
            for n, event in enumerate(batch)
        ]
        following = told[start + size : start + size + 1]
        now = at(batch[-1].hour)
        with no_wakes():
            assert not ingest(Batch("tests", items, brand_id=world.brand.pk), now=now).refused
            if following and following[0].hour == batch[-1].hour:
                now -= timedelta(microseconds=1)
            run(now, limit, compiled)
    run(until, limit, compiled)


def run(now: Any, limit: int, compiled: bool = True) -> None:
    while advance(now, limit=limit, compiled=compiled).more:
        pass


def attributes(world: Flow) -> dict[int, dict[str, str]]:
    return {id: {"city": CITIES[int(name) % 3]} for name, id in world.ids.items()}


def stored() -> list[Happened]:
    return [
        Happened(row.id, row.customer_id, row.event_type.code, row.occurred_at, row.properties)
        for row in Event.objects.select_related("event_type")
    ]


def seen(journey: Journey) -> dict[Any, Any]:
    """What the engine wrote, by customer and entry event."""
    walks = {walk.pk: walk for walk in Enrollment.objects.filter(journey=journey)}
    paths: dict[int, list[Any]] = {pk: [] for pk in walks}
    for step in Step.objects.filter(journey_id=journey.pk).order_by("enrollment_id", "visit"):
        assert step.visit == len(paths[step.enrollment_id]) + 1
        paths[step.enrollment_id].append((step.node, step.outcome, step.arrived_at, step.left_at))
    wishes: dict[int, list[Any]] = {pk: [] for pk in walks}
    for wish in Candidate.objects.filter(journey_id=journey.pk).order_by("visit"):
        wishes[wish.enrollment_id].append((wish.node, wish.visit, wish.wanted_at))
    assert not any(walk.error for walk in walks.values())
    return {
        (walk.customer_id, walk.context["event"]["id"]): (
            paths[pk], wishes[pk], walk.node, walk.exit_reason, walk.goal_at,
        )
        for pk, walk in walks.items()
    }  # fmt: skip


def expected(said: Sequence[Walked]) -> dict[Any, Any]:
    return {
        (walk.customer, walk.entry.id): (
            [tuple(visit) for visit in walk.path], walk.wishes, walk.node, walk.reason,
            walk.goal_at,
        )
        for walk in said
    }  # fmt: skip


def check_sums(journey: Journey, said: Sequence[Walked]) -> None:
    """Per node: who arrived, minus who left, is who stands there; nobody listens in vain."""
    for key in journey.draft["nodes"]:
        rows = NodeCount.objects.filter(version__journey=journey, node=key)
        here = sum(row.n if row.outcome == "" else -row.n for row in rows)
        assert here == sum(walk.node == key and not walk.reason for walk in said), key
    finished = Enrollment.objects.filter(state="finished").values("pk")
    assert not Listener.objects.filter(enrollment_id__in=finished, visit__gt=0).exists()


def check_tags(said: Sequence[Walked]) -> None:
    tagged = set(CustomerTag.objects.values_list("customer_id", flat=True))
    assert tagged == {walk.customer for walk in said if walk.tags}
