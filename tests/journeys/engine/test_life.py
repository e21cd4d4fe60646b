"""Paused, stopped and draining journeys; goals and exit rules; who is set aside, and retried."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from campaigns.models import Content
from config.models import Heartbeat
from customers.models import CustomerTag, Tag
from journeys.actions.pause import pause
from journeys.actions.resume import resume
from journeys.engine.leave import leave_all, retry
from journeys.engine.statements import execute
from journeys.engine.tick import Pace, lag_seconds, tick
from journeys.models import Enrollment, HeldTimer, Journey, Listener, NodeCount, Timer
from journeys.nodes.send import SendMessage
from journeys.queries.counts import node_numbers, totals
from tests.journeys.flow import ACTOR, Flow, at
from tests.journeys.history import write_visit

STORY = """
nodes:
  start: {kind: trigger.event, event: opened, next: wait}
  wait:
    kind: wait.event
    until: {paid: {event: paid}}
    at_most: 10h
    next: {paid: done, timeout: remind}
  remind: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def story(flow: Flow) -> Journey:
    journey = flow.journey(STORY)
    flow.happen(("ann", "opened", 0), ("bob", "opened", 0))
    flow.run(0)
    return journey


def test_nobody_moves_while_paused(flow: Flow, story: Journey) -> None:
    pause(ACTOR, story, at(1))
    flow.happen(("ann", "paid", 2))
    assert flow.run(20).moved == 0
    assert flow.places("ann", "bob") == [("wait", "active"), ("wait", "active")]
    assert HeldTimer.objects.count() == 3
    assert flow.run(21).held == 0  # they cost nothing while they are held
    resume(ACTOR, story, at(22))
    tick(at(22))
    assert flow.path("ann")[1] == ("wait", "paid", 0, 2)
    assert flow.path("bob")[1] == ("wait", "timeout", 0, 10)
    assert not HeldTimer.objects.exists()


def test_everybody_leaves_a_stopped_journey(flow: Flow, story: Journey) -> None:
    flow.happen(("cem", "opened", 1))  # nobody has looked at her yet
    with transaction.atomic():
        Journey.objects.filter(pk=story.pk).update(state="stopped")
        assert leave_all(story.pk, reason="stopped", now=at(3)) == 3
    assert totals(story.pk).finished == {"stopped": 3}
    assert not Listener.objects.exists()
    numbers = node_numbers(story.pk)
    assert (numbers["start"].here, numbers["wait"].here) == (0, 0)
    assert flow.path("cem") == [("start", "stopped", 1, 3)]
    assert flow.run(30).moved == 0
    assert not Timer.objects.exists()


def test_who_slips_in_while_it_stops_leaves_too(flow: Flow, story: Journey) -> None:
    flow.happen(("cem", "opened", 1))
    Journey.objects.filter(pk=story.pk).update(state="stopped")
    flow.run(2)
    assert flow.path("cem") == [("start", "stopped", 1, 2)]


def test_draining_goes_on_without_entries(flow: Flow, story: Journey) -> None:
    Journey.objects.filter(pk=story.pk).update(state="draining")
    flow.happen(("cem", "opened", 1), ("ann", "paid", 1))
    flow.run(20)
    assert totals(story.pk).finished == {"done": 2}


def test_goal_ends_the_walk_at_once(flow: Flow) -> None:
    journey = flow.journey("goal: {event: paid, within: 2d}\n" + STORY.replace("paid", "seen")
                           .replace("event: seen, within", "event: paid, within"))  # fmt: skip
    flow.happen(("ann", "opened", 0), ("bob", "opened", 0))
    flow.run(0)
    flow.happen(("ann", "paid", 4))
    flow.run(4)
    assert flow.path("ann")[-1] == ("wait", "goal", 0, 4)
    flow.run(12)
    assert flow.places("bob") == [("done", "done")]
    flow.happen(("bob", "paid", 30))  # after her walk, but in time
    flow.run(30)
    assert totals(journey.pk).goals == 2
    assert not Listener.objects.exists()


def test_goal_that_lets_them_go_on(flow: Flow) -> None:
    flow.journey("goal: {event: paid, stay: true}\n" + STORY)
    flow.happen(("ann", "opened", 0))
    flow.run(0)
    flow.happen(("ann", "paid", 4))
    flow.run(5)
    walk = Enrollment.objects.get()
    assert (walk.goal_at, walk.exit_reason) == (at(4), "done")


def test_exit_rule_is_asked_between_steps(flow: Flow) -> None:
    flow.people("ann", "bob", city="Ulm")
    flow.journey("exit_when: {attribute: city, op: eq, value: Bern}\n" + STORY)
    flow.happen(("ann", "opened", 0), ("bob", "opened", 0))
    flow.run(0)
    flow.people("ann", city="Bern")
    flow.run(10)
    assert flow.path("ann")[-1] == ("wait", "exit_rule", 0, 10)
    assert flow.path("bob")[-1][0] == "done"


def test_tags_change_with_the_move(flow: Flow) -> None:
    Tag.objects.create(code="warm", name="Warm")
    flow.journey("""
nodes:
  start: {kind: trigger.event, event: opened, next: tag}
  tag: {kind: act.tag, tag: warm, value: very, next: done}
  done: {kind: exit.leave}
""")
    flow.happen(("ann", "opened", 0))
    flow.run(3)
    tag = CustomerTag.objects.get()
    assert (tag.customer_id, tag.value, tag.since) == (flow.ids["ann"], "very", at(0))


def test_one_who_cannot_be_moved_stops_nobody(
    flow: Flow, story: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = SendMessage.walk

    def poisoned(self: SendMessage, members: Any, run: Any) -> Any:
        if any(member.customer_id == flow.ids["ann"] for member in members):
            raise ZeroDivisionError("her record is odd")
        return walk(self, members, run)

    flow.happen(*((f"p{i}", "opened", 0) for i in range(40)))
    flow.run(0)
    with monkeypatch.context() as patched:
        patched.setattr(SendMessage, "walk", poisoned)
        done = flow.run(10)
    assert (done.set_aside, done.finished, done.candidates) == (1, 41, 41)
    aside = Enrollment.objects.get(state="set_aside")
    assert aside.error == "ZeroDivisionError: her record is odd"
    assert (aside.node, aside.customer_id) == ("remind", flow.ids["ann"])
    assert retry([aside.pk]) == 1
    flow.run(11)
    assert flow.path("ann")[-2:] == [("remind", "next", 10, 10), ("done", "done", 10, 10)]
    numbers = node_numbers(story.pk)
    assert all(each.here == 0 for each in numbers.values())
    assert numbers["remind"].arrived == 42


def test_node_whose_content_is_gone_keeps_its_cohort(flow: Flow, story: Journey) -> None:
    Content.objects.filter(code="note").update(code="other")
    assert flow.run(10).set_aside == 2
    error = Enrollment.objects.filter(state="set_aside").values_list("error", flat=True)[0]
    assert error == "There is no content “note” any more. Make it again, then retry."
    Content.objects.update(code="note")
    retry(list(Enrollment.objects.values_list("pk", flat=True)))
    flow.run(11)
    assert totals(story.pk).finished == {"done": 2}


def test_batch_that_the_database_refuses_is_taken_apart(flow: Flow, story: Journey) -> None:
    """A row that can't be written hits the whole batch; only its own walk is set aside."""
    flow.happen(*((f"p{i}", "opened", 0) for i in range(30)))
    flow.run(0)
    victim = Enrollment.objects.get(customer_id=flow.ids["p7"])
    # History says that she has left this wait already, so writing it again is refused.
    write_visit(victim.pk, 2, victim.version_id, "wait", "next", at(0), at(10))
    done = flow.run(10)
    assert (done.set_aside, done.finished) == (1, 31)
    victim.refresh_from_db()
    assert victim.state == "set_aside"
    assert "enrollment_id, visit, left_at" in victim.error


def test_tick_beats_and_tells_the_lag(flow: Flow, story: Journey) -> None:
    assert lag_seconds(at(13)) == 3 * 3600
    done = tick(at(13), pace=Pace(limit=1))
    assert done.finished == 2
    beat = Heartbeat.objects.get(name="engine")
    assert beat.details["moved"] == 2
    assert beat.details["lag_seconds"] == 0
    assert beat.at == at(13)


def test_batches_shrink_when_slow_and_grow_again() -> None:
    pace = Pace(limit=8_000)
    pace.learn(3.0)
    assert pace.limit == 4_000
    pace.learn(0.5)
    assert pace.limit == 4_000
    pace.learn(0.1)
    assert pace.limit == 8_000
    for _ in range(20):
        pace.learn(9.0)
    assert pace.limit == 250


def test_listeners_of_the_past_are_forgotten(flow: Flow) -> None:
    flow.journey("goal: {event: bought, within: 1d}\n" + STORY)
    flow.happen(("ann", "opened", 0))
    flow.run(11)
    assert Listener.objects.filter(visit=0).count() == 1
    execute("forget_listeners", {"before": at(24)})
    assert Listener.objects.count() == 1
    execute("forget_listeners", {"before": at(25)})
    assert Listener.objects.count() == 0


def test_counts_are_by_the_hour_in_which_it_happened(flow: Flow, story: Journey) -> None:
    flow.run(12)
    hours = NodeCount.objects.filter(node="wait").values_list("outcome", "hour", "n")
    assert set(hours) == {("", at(0), 2), ("timeout", at(10), 2)}
