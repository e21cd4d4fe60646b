"""What is too late when a journey is resumed, and the time in which it takes customers."""

from __future__ import annotations

import pytest

from campaigns.models import Candidate
from customers.models import AuditEntry
from journeys.actions import (
    JourneyRefused,
    close_ended,
    decide_late,
    load,
    pause,
    publish,
    resume,
    set_window,
)
from journeys.engine.statements import execute
from journeys.graph.yaml import load_yaml
from journeys.models import Journey
from tests.journeys.flow import ACTOR, Flow, at

TEXT = """
journey: flow
name: Flow
lateness: 1d
nodes:
  start: {kind: trigger.event, event: seen, reentry: always, next: wait}
  wait: {kind: wait.duration, duration: 5h, next: remind}
  remind: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    flow = Flow.make()
    flow.people("ann", "bea")
    return flow


def paused(flow: Flow, rule: str = "") -> Journey:
    """Ann is late by 20 hours more than a day, Bea only by four hours."""
    journey = flow.journey(
        TEXT.replace("lateness: 1d", f"lateness: 1d\nlate: {rule}") if rule else TEXT
    )
    flow.happen(("ann", "seen", 0))
    flow.run(0)
    pause(ACTOR, journey, at(1))
    flow.run(40)
    resume(ACTOR, journey, at(40), late="ask")
    flow.happen(("bea", "seen", 40))
    go(flow, 40)
    pause(ACTOR, journey, at(41))
    flow.run(49)
    return journey


def go(flow: Flow, hours: float) -> None:
    execute("release_held", {"limit": 100})
    flow.run(hours)


def wishes() -> list[tuple[float, float]]:
    """(hour of the wish, hours until it is too late) of each message."""
    from tests.journeys.flow import hours

    rows = Candidate.objects.order_by("customer_id")
    return [(hours(row.wanted_at), hours(row.expires_at) if row.expires_at else 0) for row in rows]


def test_what_is_late_waits_until_somebody_decides(flow: Flow) -> None:
    journey = paused(flow)
    resume(ACTOR, journey, at(49))
    go(flow, 49)
    assert flow.places("ann", "bea") == [("wait", "active"), ("done", "done")]
    with pytest.raises(JourneyRefused, match="Expected send or skip"):
        decide_late(ACTOR, journey, "ask", at(50))
    assert decide_late(ACTOR, journey, "send", at(50)) == 1
    go(flow, 50)
    assert flow.path("ann")[1] == ("wait", "next", 0, 50)
    assert wishes() == [(50, 74), (45, 69)]
    with pytest.raises(JourneyRefused, match="Nobody waits"):
        decide_late(ACTOR, journey, "skip", at(50))
    assert AuditEntry.objects.filter(action="journey.decide_late").count() == 1


@pytest.mark.parametrize(("rule", "left"), [("send", 40), ("skip", 5), ("", 5)])
def test_late_by_the_rule_of_the_journey(flow: Flow, rule: str, left: float) -> None:
    text = TEXT.replace("lateness: 1d", f"lateness: 1d\nlate: {rule}") if rule else TEXT
    journey = flow.journey(text)
    flow.happen(("ann", "seen", 0))
    flow.run(0)
    pause(ACTOR, journey, at(1))
    flow.run(40)
    resume(ACTOR, journey, at(40))
    go(flow, 40)
    assert flow.path("ann")[1] == ("wait", "next", 0, left)
    assert wishes() == [(left, left + 24)]


def test_the_end_of_its_time_drains_or_stops(flow: Flow) -> None:
    journey = flow.journey(TEXT)
    with pytest.raises(JourneyRefused, match="past"):
        set_window(ACTOR, journey, at(3), starts_at=None, ends_at=at(2), at_end="drain")
    with pytest.raises(JourneyRefused, match="after the start"):
        set_window(ACTOR, journey, at(0), starts_at=at(4), ends_at=at(2), at_end="drain")
    set_window(ACTOR, journey, at(0), starts_at=at(1), ends_at=at(3), at_end="drain")
    flow.happen(("ann", "seen", 0.5), ("bea", "seen", 2), ("ann", "seen", 3))
    flow.run(3)
    assert flow.places("ann", "bea") == [("wait", "active")]  # only who came inside it
    assert close_ended(at(2.9)) == 0
    assert close_ended(at(3)) == 1
    journey.refresh_from_db()
    assert journey.state == "draining"
    with pytest.raises(JourneyRefused, match="later end"):
        resume(ACTOR, journey, at(4))
    load(ACTOR, flow.brand, load_yaml(TEXT.replace("5h", "6h")), at(4))
    with pytest.raises(JourneyRefused, match="later end"):
        publish(ACTOR, journey, at(4))
    set_window(ACTOR, journey, at(4), starts_at=None, ends_at=at(9), at_end="stop")
    resume(ACTOR, journey, at(4))
    assert close_ended(at(9)) == 1
    journey.refresh_from_db()
    assert journey.state == "stopped"
