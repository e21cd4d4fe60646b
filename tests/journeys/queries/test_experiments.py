"""Experiments of a journey are counted by person, from the draw on, and equal a recount."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from textwrap import dedent

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.actions.control import set_control_group
from campaigns.evaluation.experiment import Reading, Verdict
from campaigns.gate.decide import decide
from campaigns.models import Candidate, ChannelAccount
from config.wake import no_wakes
from customers.identity.merge import merge
from customers.ingest import Batch, ConsentFact, Item, ingest
from customers.models import Customer, Event
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment, Journey, Step
from journeys.queries.experiment_places import place_of, places_of
from journeys.queries.experiments import Told, told_of
from tests.journeys.flow import ACTOR, Flow, at

pytestmark = pytest.mark.django_db
TEXT = """
goal:
  event: paid
  within: 5d
  stay: true
  value: amount
  where: {property: kind, op: eq, value: tea}
nodes:
  joined: {kind: trigger.event, event: joined, reentry: one_at_a_time, next: first}
  first: {kind: wait.duration, duration: 6h, next: drawn}
  drawn:
    kind: branch.experiment
    experiment: tone
    arms: {warm: 1, cool: 1}
    control: 20
    people: 60
    next: {warm: hello, cool: later, control: done}
  hello: {kind: send.message, content: note, next: held}
  held: {kind: branch.holdout, share: 40, next: {held_out: done, next: later}}
  later: {kind: wait.duration, duration: 2d, next: done}
  done: {kind: exit.leave, reason: told}
"""
NAMES = [f"p{n}" for n in range(60)]


@pytest.fixture
def flow() -> Flow:
    flow = Flow.make()
    flow.content("news", purpose="marketing")
    ChannelAccount.objects.create(
        brand=flow.brand, channel="sms", name="sms", provider="recording", rate_per_second=1000
    )
    return flow


def _told(journey: Journey, slug: str, hours: float, reading: Reading = Reading.ALWAYS) -> Told:
    place = place_of(journey, slug)
    assert place, [each.slug for each in places_of(journey)]
    return told_of(journey, place, at(hours), reading=reading)


def _world(flow: Flow) -> Journey:
    """Three days of people who join (some twice), pay for tea and for other things."""
    journey, chance = flow.journey(TEXT), random.Random(3)
    for day in range(3):
        came = [(n, name) for n, name in enumerate(NAMES) if n % 3 == day or n % 7 == day]
        flow.happen(*((name, "joined", 24 * day + n / 100) for n, name in came))
        flow.run(24 * day + 8)
        paid = []
        for name in chance.sample(NAMES, 25):
            spent = {"amount": chance.randint(1, 90), "kind": chance.choice(("tea", "tea", "cup"))}
            paid.append((name, "paid", 24 * day + chance.uniform(1, 20), spent))
        flow.happen(*paid)
        flow.run(24 * day + 21)
    # Whoever wrote a text instead of a number has paid, and it is worth nothing.
    flow.happen((NAMES[0], "paid", 80, {"amount": "many", "kind": "tea"}))
    flow.run(90)
    return journey


def _recount(
    journey: Journey, node: str, arms: Sequence[str], hours: float
) -> dict[str, list[int]]:
    """By arm (people, reached, value, squares), "two" and "before", one customer after another."""
    found = {arm: [0, 0, 0, 0] for arm in [*arms, "two", "before"]}
    steps = Step.objects.filter(journey_id=journey.pk, node=node, outcome__in=arms)
    for customer in set(steps.values_list("customer_id", flat=True)):
        mine = list(steps.filter(customer_id=customer))
        walks = {walk.pk: walk for walk in Enrollment.objects.filter(customer_id=customer)}
        goals = [(walks[step.enrollment_id].goal_at, step.left_at) for step in mine]
        drawn = min(step.left_at for step in mine)
        end = max(walks[step.enrollment_id].entered_at for step in mine) + (at(120) - at(0))
        spent = sum(
            event.properties["amount"]
            for event in Event.objects.filter(customer_id=customer, event_type__code="paid")
            if drawn <= event.occurred_at <= end
            and event.properties["kind"] == "tea"
            and isinstance(event.properties["amount"], int)
        )
        arm = mine[0].outcome
        if len({step.outcome for step in mine}) > 1:
            arm = "two"
        elif any(goal and goal < left for goal, left in goals):
            arm = "before"
        reached = any(goal and goal >= left for goal, left in goals)
        for slot, more in enumerate((1, int(reached), spent, spent * spent)):
            found[arm][slot] += more
    return found


def _same(told: Told, recount: dict[str, list[int]]) -> None:
    for arm in told.evaluation.arms:
        assert arm.values
        counted = [arm.rate.people, arm.rate.hits, arm.values.total, arm.values.squares]
        assert counted == recount[arm.name], arm.name
    assert told.in_two == recount["two"][0]
    assert told.was_there == recount["before"][0]


def test_arms_are_what_a_recount_of_each_person_finds(flow: Flow) -> None:
    journey = _world(flow)
    with CaptureQueriesContext(connection) as queries:
        told = _told(journey, "experiment.tone", 90)
    assert sum("journeys_stretch" in query["sql"] for query in queries.captured_queries) == 1
    assert len(queries) <= 16
    recount = _recount(journey, "drawn", ["warm", "cool", "control"], 90)
    _same(told, recount)
    assert told.was_there > 0
    assert sum(n for n, *_rest in recount.values()) == len(NAMES)
    assert all(arm.rate.hits for arm in told.evaluation.arms)
    assert {arm.name for arm in told.evaluation.arms} == {"warm", "cool", "control"}
    assert told.evaluation.base.name == "control"
    assert [(pair.arm.name, pair.other.name) for pair in told.evaluation.among] == [
        ("cool", "warm")
    ]
    assert told.evaluation.planned == 60
    assert told.may_still > 0
    _same(
        _told(journey, "holdout.holdout", 90), _recount(journey, "held", ["held_out", "next"], 90)
    )


def test_a_person_of_two_arms_is_counted_in_neither(flow: Flow) -> None:
    journey = _world(flow)
    before = _told(journey, "experiment.tone", 90)
    arm_of = dict(Step.objects.filter(node="drawn").values_list("customer_id", "outcome"))
    one, other = (next(c for c, arm in arm_of.items() if arm == name) for name in ("warm", "cool"))
    merge(ACTOR, Customer.objects.get(pk=one), Customer.objects.get(pk=other), now=at(91))
    after = _told(journey, "experiment.tone", 92)
    assert after.in_two == 1
    _same(after, _recount(journey, "drawn", ["warm", "cool", "control"], 92))
    assert _counted(after) == _counted(before) - 2


def test_other_weights_begin_anew_and_the_same_go_on(flow: Flow) -> None:
    journey = _world(flow)

    def again(text: str, hours: float) -> None:
        load(ACTOR, flow.brand, load_yaml("journey: flow\nname: Flow\n" + text), at(hours))
        publish(ACTOR, Journey.objects.get(pk=journey.pk), at(hours))
        journey.refresh_from_db()

    before = _told(journey, "experiment.tone", 90)
    again(TEXT.replace("first:", "waits:").replace("next: first", "next: waits"), 93)
    assert _counted(_told(journey, "experiment.tone", 94)) == _counted(before)
    again(TEXT.replace("control: 20", "control: 50"), 95)
    anew = _told(journey, "experiment.tone", 96)
    assert _counted(anew) == 0
    assert anew.place.changed
    assert {pair.verdict for pair in anew.evaluation.pairs} == {Verdict.NOBODY}
    without = TEXT.replace("branch.experiment", "branch.random").replace("arms:", "weights:")
    for line in ("    experiment: tone\n", "    control: 20\n", "    people: 60\n"):
        without = without.replace(line, "")
    again(without.replace("cool: 1}", "cool: 1, control: 1}"), 97)
    assert place_of(journey, "experiment.tone") == replace(anew.place, node="")


def test_ghosts_of_the_control_group_are_compared_with_who_got_it(flow: Flow) -> None:
    set_control_group(ACTOR, flow.brand, Decimal(30), now=at(-1))
    journey = flow.journey(
        dedent("""
        goal: {event: paid}
        nodes:
          joined: {kind: trigger.event, event: joined, next: hello}
          hello: {kind: send.message, content: news, next: wait}
          wait: {kind: wait.duration, duration: 30h, next: done}
          done: {kind: exit.leave, reason: told}
    """)
    )
    reachable(flow, *NAMES[:40])
    flow.happen(*((name, "joined", 0.1) for name in NAMES))
    flow.run(1)
    decide(at(1))
    flow.happen(*((name, "paid", 5) for name in NAMES[::3]))
    flow.run(6)
    (place,) = (each for each in places_of(journey) if each.kind == "control_group")
    told = told_of(journey, place, at(7))
    words = Candidate.objects.filter(journey_id=journey.pk)
    assert words.exclude(rule="control_group").filter(state="stopped").count() == 20  # no consent
    paid = {flow.ids[name] for name in NAMES[::3]}
    for arm, held in (("control", True), ("treated", False)):
        found = next(each for each in told.evaluation.arms if each.name == arm)
        mine = words.filter(rule="control_group") if held else words.filter(state="allowed")
        ids = set(mine.values_list("customer_id", flat=True))
        assert found.rate.people == len(ids) > 0
        assert found.rate.hits == len(ids & paid)
    assert told.evaluation.ratio.p is not None
    assert told.evaluation.arms[0].values is None
    set_control_group(ACTOR, flow.brand, Decimal(35), now=at(8))
    place = next(each for each in places_of(journey) if each.kind == "control_group")
    assert not place.weighs  # who came before was drawn by another share
    assert told_of(journey, place, at(9)).evaluation.ratio.p is None


def test_arms_that_another_system_has_drawn(flow: Flow) -> None:
    flow.people("a", "b", gate="thirty")
    flow.people("c", gate="forty")
    flow.people("d", gate="fifty")
    flow.people("e")
    journey = flow.journey(
        dedent("""
        goal: {event: paid}
        nodes:
          joined: {kind: trigger.event, event: joined, next: arms}
          arms: {kind: branch.experiment, experiment: gates, attribute: gate, control: 0,
                 arms: {thirty: 1, forty: 1},
                 next: {thirty: wait, forty: wait, not_drawn: done}}
          wait: {kind: wait.duration, duration: 30h, next: done}
          done: {kind: exit.leave, reason: told}
    """)
    )
    flow.happen(*((name, "joined", 1) for name in "abcde"))
    flow.run(1)
    flow.happen(("a", "paid", 2), ("d", "paid", 2))
    flow.run(3)
    told = _told(journey, "experiment.gates", 4, Reading.ONCE)
    assert [(arm.name, arm.rate.people, arm.rate.hits) for arm in told.evaluation.arms] == [
        ("forty", 1, 0), ("thirty", 2, 1),
    ]  # fmt: skip
    assert flow.places("d", "e") == [("done", "told")] * 2


def test_a_journey_that_never_ran_compares_nobody(flow: Flow) -> None:
    data = load_yaml("journey: flow\nname: Flow\n" + TEXT)
    journey = load(ACTOR, flow.brand, data, at(0)).journey
    assert places_of(journey) == []


# helpers


def reachable(flow: Flow, *names: str) -> None:
    """Make people who may get marketing."""
    items = [
        Item(
            name,
            [("user_id", name), ("phone", f"+8613812340{n:03}")],
            consents=[ConsentFact("sms", "marketing", "granted")],
        )
        for n, name in enumerate(names)
    ]
    with no_wakes():
        assert not ingest(Batch("tests", items, brand_id=flow.brand.pk), now=at(0)).refused


def _counted(told: Told) -> int:
    return sum(arm.rate.people for arm in told.evaluation.arms)
