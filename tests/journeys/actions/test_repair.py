"""The watchdog finds who can't go on, and one click mends it."""

from __future__ import annotations

import pytest
from django.db import connection

from customers.models import AuditEntry, EventType
from journeys.actions import JourneyRefused, load, publish, repair
from journeys.engine.watch import watch
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment, Journey, Listener, Timer, Trouble
from journeys.queries.ills import ills_of
from tests.journeys.engine.test_moving import check_sums
from tests.journeys.flow import ACTOR, Flow, at

TEXT = """
journey: flow
name: Flow
nodes:
  start: {kind: trigger.event, event: seen, next: wait}
  wait: {kind: wait.duration, duration: 5h, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    flow = Flow.make()
    flow.people("ann", "bea", "cid")
    return flow


@pytest.fixture
def journey(flow: Flow) -> Journey:
    journey = flow.journey(TEXT)
    flow.happen(("ann", "seen", 0), ("bea", "seen", 0), ("cid", "seen", 0))
    flow.run(0)
    return journey


def pk(flow: Flow, name: str) -> int:
    return Enrollment.objects.get(customer_id=flow.ids[name]).pk


def test_who_waits_for_nothing_is_found_and_looked_at_again(flow: Flow, journey: Journey) -> None:
    Timer.objects.filter(enrollment_id=pk(flow, "ann")).delete()
    first, second = watch(at(1), span=2), watch(at(1), span=2)  # a part of the walks, then the rest
    assert (first.found + second.found, first.is_round, second.is_round) == (1, False, True)
    assert Trouble.objects.get().enrollment_id == pk(flow, "ann")
    [ill] = ills_of(journey, at(1))
    assert (ill.kind, ill.people, ill.node) == ("stuck", 1, "wait")
    assert repair(ACTOR, journey, "stuck", "look", at(1), node="wait") == 1
    flow.run(1)
    assert ills_of(journey, at(1)) == []
    flow.run(5)
    assert flow.path("ann")[-2:] == flow.path("bea")[-2:]  # elapsed time counted
    check_sums(journey.pk)
    assert AuditEntry.objects.get(action="journey.repair").changes["people"] == 1


def test_nobody_who_goes_on_by_herself_is_in_trouble(flow: Flow, journey: Journey) -> None:
    Timer.objects.filter(enrollment_id=pk(flow, "ann")).delete()
    watch(at(1))
    assert watch(at(1)).mended == 0
    with connection.cursor() as cursor:  # mended by somebody else
        cursor.execute(
            "INSERT INTO journeys_timer (version_id, enrollment_id, visit, bucket, due_at, kind,"
            " label) SELECT version_id, id, visit, bucket, %s, 1, '' FROM journeys_enrollment"
            " WHERE id = %s",
            [at(5), pk(flow, "ann")],
        )
    seen = watch(at(1))
    assert (seen.mended, seen.found) == (1, 0)
    with pytest.raises(JourneyRefused, match="Nothing to mend"):
        repair(ACTOR, journey, "stuck", "look", at(1))


def test_what_would_wake_a_walk_that_is_not_there_is_dropped(flow: Flow, journey: Journey) -> None:
    ann, bea, cid = (pk(flow, name) for name in ("ann", "bea", "cid"))
    assert watch(at(1)).orphans == 0
    Enrollment.objects.filter(pk__in=[ann, cid]).delete()
    orphan = Timer.objects.get(enrollment_id=cid)
    event_type = EventType.objects.get(code="seen")
    Listener.objects.create(
        customer_id=1, event_type=event_type, enrollment_id=cid, visit=2, bucket=1,
        version_id=orphan.version_id, node="wait", opened_at=at(0),
    )  # fmt: skip
    first, second = watch(at(1), span=1), watch(at(1), span=1)
    assert (first.orphans, second.orphans, second.is_round) == (1, 2, True)
    assert [timer.enrollment_id for timer in Timer.objects.all()] == [bea]
    assert not Listener.objects.exists()
    assert Trouble.objects.count() == 0


def test_whose_step_is_gone_moves_to_the_version_that_has_it(flow: Flow, journey: Journey) -> None:
    Enrollment.objects.filter(pk=pk(flow, "bea")).update(node="rest")
    text = TEXT.replace("wait:", "rest:").replace("next: wait", "next: rest")
    load(ACTOR, flow.brand, load_yaml(text), at(1))
    publish(ACTOR, journey, at(1))
    watch(at(1))
    [ill] = ills_of(journey, at(1))
    assert (ill.kind, ill.can_move) == ("lost", True)
    assert repair(ACTOR, journey, "lost", "move", at(1)) == 1
    flow.run(5)
    assert flow.path("bea")[-3:] == [
        ("rest", "moved", 0, 1), ("rest", "next", 0, 5), ("done", "done", 5, 5),
    ]  # fmt: skip


def test_who_is_set_aside_is_tried_again_or_taken_out(flow: Flow, journey: Journey) -> None:
    version = journey.current
    assert version is not None
    from journeys.engine import versions

    graph = dict(version.graph)
    graph["nodes"] = {**graph["nodes"], "done": {"kind": "exit.gone", "settings": {}, "next": {}}}
    type(version).objects.filter(pk=version.pk).update(graph=graph)
    versions._graphs.clear()
    flow.run(5)
    [ill] = ills_of(journey, at(5))
    assert (ill.kind, ill.people) == ("set_aside", 3)
    assert "exit.gone" in ill.error
    with pytest.raises(JourneyRefused, match="can't be mended"):
        repair(ACTOR, journey, "set_aside", "look", at(5))
    type(version).objects.filter(pk=version.pk).update(graph=version.graph)
    versions._graphs.clear()
    assert repair(ACTOR, journey, "set_aside", "retry", at(6)) == 3
    flow.run(6)
    assert flow.places("ann") == [("done", "done")]


def test_the_engine_behind_is_told_and_woken(flow: Flow, journey: Journey) -> None:
    [ill] = ills_of(journey, at(7))
    assert (ill.kind, ill.people, ill.since) == ("behind", 3, at(5))
    assert repair(ACTOR, journey, "behind", "wake", at(7)) == 0
