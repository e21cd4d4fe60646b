"""Breakpoints: who was lost where, against the period before, by a recount of every step."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.gate.decide import decide
from campaigns.models import Candidate
from journeys.actions.people import Who, take_out
from journeys.canvas.breakpoints import losses_of
from journeys.graph.schema import restore_graph
from journeys.models import Step
from journeys.queries.breakpoints import breakpoints_of
from tests.journeys.flow import ACTOR, Flow, at

pytestmark = pytest.mark.django_db
TEXT = """
goal: {event: paid, within: 5d}
nodes:
  joined: {kind: trigger.event, event: joined, reentry: always, next: hello}
  hello: {kind: send.message, content: news, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: viewed}}
    at_most: 10h
    timeout: not_yet
    next: {viewed: rest, not_yet: done}
  rest: {kind: wait.duration, duration: 20h, next: done}
  done: {kind: exit.leave, reason: told}
"""


def test_they_are_what_a_recount_finds() -> None:
    flow = Flow.make()
    flow.content("news", purpose="marketing")
    journey = flow.journey(TEXT)
    # On the first day 40 join and 30 look; on the second 40 join and 4 look. Nobody has said yes
    # to news, so the gate stops every message.
    names = [f"p{n}" for n in range(40)]
    for day, many in ((0, 30), (1, 4)):
        flow.happen(*((name, "joined", 24 * day + 0.1) for name in names))
        flow.run(24 * day + 0.2)
        flow.happen(*((name, "viewed", 24 * day + 1) for name in names[:many]))
        flow.run(24 * day + 12)
    decide(at(40))
    version = journey.current
    assert version
    take_out(ACTOR, Who(version, "rest", None), at(40))
    flow.run(40)
    graph = restore_graph(version.graph)
    with CaptureQueriesContext(connection) as queries:
        found = breakpoints_of(journey.pk, graph, at(24), at(48))
    assert len(queries) == 2
    told = {(each.node, each.way): each for each in found}
    steps = list(Step.objects.filter(journey_id=journey.pk))
    days = [
        Counter((step.node, step.outcome) for step in steps if start <= step.left_at < end)
        for start, end in ((at(24), at(48)), (at(0), at(24)))
    ]
    waits = told["wait", "timeout"]
    for rate, left in ((waits.rate, days[0]), (waits.before, days[1])):
        assert rate.hits == left["wait", "not_yet"]
        assert rate.people == left["wait", "not_yet"] + left["wait", "viewed"]
    assert (waits.rate.hits, waits.before.hits) == (36, 10)
    assert waits.has_changed
    assert waits.change
    assert waits.change.value == pytest.approx(36 / 40 - 10 / 40)
    gate = told["hello", "gate"]
    stopped = Candidate.objects.filter(node="hello", state="stopped", wanted_at__gte=at(24))
    assert gate.rate.hits == gate.rate.people == stopped.count() == 40
    assert not gate.has_changed
    assert told["rest", "taken_out"].rate.hits == days[0]["rest", "taken_out"] > 0
    assert [each.rate.hits for each in found] == sorted(
        (each.rate.hits for each in found), reverse=True
    )
    # Whom the drawing itself lets go is not lost.
    assert ("done", "told") not in told

    losses = losses_of(journey, at(24), at(48))
    assert losses[0].way == "Stopped by the gate"
    assert {loss.way for loss in losses} >= {"Time ran out", "Taken out by hand"}
    assert losses_of(journey, at(480), at(500)) == ()
