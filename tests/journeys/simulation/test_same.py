"""A simulated walk is the walk that happens: random journeys, the same events and clock."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from campaigns.models import Candidate, ChannelAccount, RecordedMessage
from config.wake import no_wakes
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Tag
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.models import Enrollment, Journey, Step
from journeys.replay.clock import Clock, work
from journeys.simulation import Simulated, read_script, simulate
from tests.journeys.flow import ACTOR, T0, Flow, at
from tests.journeys.random_journeys import HORIZON, Told, random_events, random_graph

EVENTS = 8
END = at(HORIZON)
ZONE = ZoneInfo("UTC")


@pytest.fixture
def world(flow: Flow) -> Flow:
    """One customer who can be reached, and a channel that records."""
    Tag.objects.create(code="touched", name="touched")
    ChannelAccount.objects.create(
        brand=flow.brand, channel="sms", name="SMS", provider="recording", is_default=True
    )
    flow.people("her", city="Ulm")
    phone = Item("her", customer_id=flow.ids["her"], identities=[("phone", "13800000000")])
    with no_wakes():
        assert not ingest(Batch("tests", [phone], flow.brand.pk), now=T0).refused
    return flow


@pytest.mark.parametrize("seed", [0, 7, 9])
def test_simulation_tells_what_happens(world: Flow, seed: int) -> None:
    compare(world, seed)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(100, 160))
def test_simulation_tells_what_happens_a_hundred_times(world: Flow, seed: int) -> None:
    compare(world, seed)


def compare(world: Flow, seed: int) -> None:
    """First the story, then the same in earnest, by the compiler and by the interpreter."""
    rng = random.Random(seed)
    graph = random_graph(rng, more=True)
    told = random_events(rng, 1, EVENTS)
    with transaction.atomic():
        journey = load(ACTOR, world.brand, {"journey": f"r{seed}", **graph}, T0).journey
        story = simulated(journey, world.ids["her"], told)
        publish(ACTOR, journey, T0)
        for compiled in (True, False):
            with transaction.atomic():
                happen(world, told, compiled=compiled)
                assert of_story(story) == of_engine(journey), f"seed {seed}, {compiled=}"
                transaction.set_rollback(True)
        assert not Enrollment.objects.exists()
        transaction.set_rollback(True)


def simulated(journey: Journey, customer: int, told: list[Told]) -> Simulated:
    steps: list[dict[str, Any]] = []
    for event in told:
        steps.append({"until": at(event.hour).isoformat()})
        steps.append({"event": event.name, "properties": event.properties})
    steps.append({"until": END.isoformat()})
    script = {"customer": {"id": customer}, "start": T0.isoformat(), "steps": steps}
    done = simulate(ACTOR, journey, journey.draft, read_script(script, ZONE, T0), seconds=60)
    assert not done.cut
    return done


def happen(world: Flow, told: list[Told], *, compiled: bool) -> None:
    """The engine, the gate and the outbox do it for good (as far as the test lets them)."""
    clock = Clock(T0, timedelta(0))
    with no_wakes():
        for n, event in enumerate(told):
            clock.run_until(at(event.hour))
            fact = EventFact(event.name, at(event.hour), event.properties)
            item = Item(str(n), customer_id=world.ids["her"], events=[fact])
            assert not ingest(Batch("tests", [item], world.brand.pk), now=at(event.hour)).refused
            clock.now = max(clock.now, at(event.hour))
            work(clock.now, compiled=compiled)
        clock.run_until(END)


def of_story(story: Simulated) -> Any:
    steps = sorted((x.at, x.node, x.outcome) for x in story.lines if x.is_way)
    stands = sorted((s.node, s.state, s.since, s.reason) for s in story.stands)
    gate = sorted(
        (x.node, x.outcome) for x in story.lines if x.kind == "gate" and x.outcome != "deferred"
    )
    texts = sorted(
        (x.node, x.message.body) for x in story.lines if x.kind == "message" and x.message
    )
    return steps, stands, gate, texts


def of_engine(journey: Journey) -> Any:
    steps = Step.objects.filter(journey_id=journey.pk)
    walks = Enrollment.objects.filter(journey=journey)
    candidates = Candidate.objects.filter(journey_id=journey.pk, state__in=["allowed", "stopped"])
    nodes = dict(candidates.values_list("message__pk", "node"))
    texts = RecordedMessage.objects.filter(message_id__in=[pk for pk in nodes if pk])
    return (
        sorted((row.left_at, row.node, row.outcome) for row in steps),
        sorted((w.node, w.state, w.finished_at or w.arrived_at, w.exit_reason) for w in walks),
        sorted((row.node, row.state) for row in candidates),
        sorted((nodes[row.message_id], row.body) for row in texts),
    )
