"""People moved by hand: who may, what happens to them, what it leaves."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from campaigns.models import Candidate
from customers.access import RightMissing
from customers.models import AuditEntry, Segment
from journeys.actions import (
    JourneyRefused,
    Who,
    load,
    move_on,
    pause,
    publish,
    resume,
    stop,
    take_out,
)
from journeys.actions.people_list import keep_people
from journeys.engine import moving
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment, Journey, Listener, MoveState, PeopleMove, Step, Timer
from tests.journeys.engine.test_moving import check_sums
from tests.journeys.flow import ACTOR, Flow, at
from tests.journeys.people import actor_of

TEXT = """
goal: {event: bought, within: 5d}
nodes:
  start: {kind: trigger.event, event: seen, reentry: always, next: wait}
  wait:
    kind: wait.event
    until: {ordered: {event: ordered}}
    at_most: 10h
    timeout: late
    next: {ordered: thanks, late: remind}
  thanks: {kind: exit.leave, reason: ordered}
  remind: {kind: send.message, content: note, next: rest}
  rest: {kind: wait.duration, duration: 1d, next: done}
  done: {kind: exit.leave, reason: reminded}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    flow = Flow.make()
    flow.people("ann", "bea", "cid")
    return flow


def started(flow: Flow) -> Journey:
    journey = flow.journey(TEXT)
    flow.happen(("ann", "seen", 0), ("bea", "seen", 0), ("cid", "seen", 0))
    flow.run(0)
    return journey


def who(journey: Journey, node: str, *walks: int) -> Who:
    assert journey.current is not None
    return Who(journey.current, node, walks or None)


def walk(flow: Flow, name: str) -> Enrollment:
    return Enrollment.objects.get(customer_id=flow.ids[name])


def test_who_is_taken_out_leaves_with_history_and_nothing_wakes_her(flow: Flow) -> None:
    journey = started(flow)
    move = take_out(ACTOR, who(journey, "wait", walk(flow, "ann").pk), at(2))
    assert (move.left, move.state) == (1, MoveState.DONE)
    assert flow.path("ann")[-1] == ("wait", "taken_out", 0, 2)
    assert flow.places("ann", "bea") == [("wait", "taken_out"), ("wait", "active")]
    assert not Timer.objects.filter(enrollment_id=walk(flow, "ann").pk, visit__gt=0).exists()
    # Her goal has a time of its own and may still come true.
    assert [row.visit for row in Listener.objects.filter(enrollment_id=walk(flow, "ann").pk)] == [0]
    flow.happen(("ann", "ordered", 3), ("ann", "bought", 4))
    flow.run(20)
    assert len(flow.path("ann")) == 2
    assert walk(flow, "ann").goal_at == at(4)
    check_sums(journey.pk)
    entry = AuditEntry.objects.get(action="journey.take_out")
    assert entry.changes["walks"] == [walk(flow, "ann").pk]


def test_what_was_not_sent_yet_is_not_sent(flow: Flow) -> None:
    journey = started(flow)
    flow.run(10)
    take_out(ACTOR, who(journey, "rest"), at(11))
    assert {row.expires_at for row in Candidate.objects.all()} == {at(11)}


def test_everybody_at_a_step_goes_on_now_by_the_chosen_way(flow: Flow) -> None:
    journey = started(flow)
    move = move_on(ACTOR, who(journey, "wait"), "late", at(3))
    assert move.moved == 3
    flow.run(3)
    assert flow.path("bea")[1:] == [("wait", "late", 0, 3), ("remind", "next", 3, 3)]
    assert {row.expires_at for row in Candidate.objects.all()} == {at(27)}
    flow.happen(("bea", "ordered", 4))  # nobody waits for it any more
    flow.run(30)
    assert flow.path("bea")[-1] == ("done", "reminded", 27, 27)
    assert Step.objects.filter(node="wait").count() == 3
    check_sums(journey.pk)


def test_who_is_moved_on_in_a_paused_journey_goes_on_when_it_is_resumed(flow: Flow) -> None:
    journey = started(flow)
    pause(ACTOR, journey, at(1))
    move_on(ACTOR, who(journey, "wait", walk(flow, "cid").pk), "ordered", at(2))
    flow.run(2)
    assert flow.places("cid") == [("thanks", "active")]
    resume(ACTOR, journey, at(3))
    from journeys.engine.statements import execute

    execute("release_held", {"limit": 100})
    flow.run(3)
    assert flow.places("cid") == [("thanks", "ordered")]


def test_only_who_may_and_only_what_can_be(flow: Flow) -> None:
    journey = started(flow)
    marketer = actor_of("mia", "marketer", flow.brand)
    with pytest.raises(RightMissing):
        take_out(marketer, who(journey, "wait"), at(1))
    with pytest.raises(JourneyRefused, match="Expected one of: late, ordered"):
        move_on(ACTOR, who(journey, "wait"), "nowhere", at(1))
    with pytest.raises(JourneyRefused, match="at this step any more"):
        take_out(ACTOR, who(journey, "rest"), at(1))
    assert not PeopleMove.objects.exists()


def test_a_move_of_many_can_be_stopped_and_goes_on_where_it_was(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from journeys.actions import go_on, stop_move
    from journeys.actions import people as actions

    journey = started(flow)
    monkeypatch.setattr(actions, "AT_ONCE", 0)
    move = take_out(ACTOR, who(journey, "wait"), at(1))
    assert not moving.go(move, at(1), seconds=0)  # one bucket
    stop_move(ACTOR, move, at(1))
    assert (move.done, move.total) == (1, 3)
    assert moving.go(move, at(2))
    assert move.done == 1
    with pytest.raises(JourneyRefused, match="already"):
        stop_move(ACTOR, move, at(2))
    go_on(ACTOR, move, at(3))
    assert moving.go(move, at(3))
    assert (move.left, move.state) == (3, MoveState.DONE)


def test_the_next_version_moves_people_only_when_the_last_move_is_over(flow: Flow) -> None:
    journey = started(flow)
    for hours in ("11h", "12h"):
        data = load_yaml("journey: flow\nname: Flow\n" + TEXT.replace("10h", hours))
        load(ACTOR, flow.brand, data, at(1))
        if hours == "11h":
            publish(ACTOR, journey, at(1), people={"wait": "move"})
    with pytest.raises(JourneyRefused, match="still moving to version 2: 0 of 3"):
        publish(ACTOR, journey, at(2), people={"*": "move"})
    stop(ACTOR, journey, at(2))  # everybody leaves; nobody is left to be moved
    assert moving.go(PeopleMove.objects.get(), at(2))
    assert PeopleMove.objects.get().done == 0


def test_the_people_of_a_step_become_a_list(flow: Flow) -> None:
    journey = started(flow)
    one, *_others = Enrollment.objects.order_by("pk")
    kept = keep_people(ACTOR, who(journey, "wait", one.pk), "  Only   one ", at(1))
    assert (kept.kind, kept.size, kept.title, kept.brand) == ("list", 1, "Only one", journey.brand)
    assert list(kept.members.values_list("customer_id", flat=True)) == [one.customer_id]
    everybody = keep_people(ACTOR, who(journey, "wait"), "Only one", at(1))
    assert (everybody.code, everybody.size) == ("onlyone_2", 3)
    assert Enrollment.objects.filter(node="wait", state="active").count() == 3
    entry = AuditEntry.objects.filter(action="segment.members").latest("pk")
    assert (entry.changes["came"], entry.changes["from"][-5:]) == (3, "/wait")
    for node, name in (("rest", "Nobody"), ("wait", " "), ("wait", "x" * 121)):
        with pytest.raises(ValidationError):
            keep_people(ACTOR, who(journey, node), name, at(1))
    with pytest.raises(RightMissing):
        keep_people(actor_of("vic", "viewer", journey.brand), who(journey, "wait"), "Mine", at(1))
    assert Segment.objects.filter(kind="list").count() == 2
