"""Entries: the re-entry rules, keys, conditions, windows, and whole audiences."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.models import EventType, Segment, SegmentMember
from journeys.engine.audience import enter_audiences
from journeys.engine.statements import counting
from journeys.models import AudienceEntry, Enrollment, JourneyState
from tests.journeys.flow import T0, Flow, at

ENTRY = """
nodes:
  start: {{kind: trigger.event, event: opened{more}, next: wait}}
  wait: {{kind: wait.duration, duration: 5h, next: done}}
  done: {{kind: exit.leave}}
"""


def entering(flow: Flow, more: str = "") -> None:
    flow.journey(ENTRY.format(more=more))


def entries() -> int:
    return Enrollment.objects.count()


def test_once_for_ever(flow: Flow) -> None:
    entering(flow)
    flow.happen(("ann", "opened", 0), ("ann", "opened", 1), ("bob", "opened", 1))
    flow.run(20)
    flow.happen(("ann", "opened", 21))
    assert entries() == 2
    assert Enrollment.objects.get(customer_id=flow.ids["ann"]).entered_at == T0


def test_once_per_key(flow: Flow) -> None:
    entering(flow, ", key: cart, reentry: per_key")
    flow.happen(
        ("ann", "opened", 0, {"cart": "a"}),
        ("ann", "opened", 0, {"cart": 7}),
        ("ann", "opened", 1, {"cart": "a"}),
        ("ann", "opened", 1),
        ("ann", "opened", 1, {"cart": "x" * 121}),
    )
    flow.happen(("ann", "opened", 2, {"cart": "7"}))
    assert sorted(Enrollment.objects.values_list("entry_key", flat=True)) == ["7", "a"]


def test_one_at_a_time(flow: Flow) -> None:
    entering(flow, ", reentry: one_at_a_time")
    flow.happen(("ann", "opened", 0), ("ann", "opened", 1))
    flow.run(2)
    flow.happen(("ann", "opened", 3))
    assert entries() == 1
    flow.run(5)
    flow.happen(("ann", "opened", 6))
    assert entries() == 2


def test_always(flow: Flow) -> None:
    entering(flow, ", reentry: always")
    flow.happen(("ann", "opened", 0), ("ann", "opened", 0))
    flow.happen(("ann", "opened", 0))
    assert entries() == 3


def test_condition_over_properties(flow: Flow) -> None:
    entering(flow, ', reentry: always, where: {property: amount, op: ">=", value: 10}')
    flow.happen(
        ("ann", "opened", 0, {"amount": 10}), ("ann", "opened", 0, {"amount": 9}),
        ("ann", "opened", 0), ("ann", "opened", 0, {"amount": "many"}),
    )  # fmt: skip
    assert entries() == 1


def test_rule_that_changes_still_knows_earlier_walks(flow: Flow) -> None:
    entering(flow, ", reentry: always")
    flow.happen(("ann", "opened", 0))
    entering(flow)
    flow.happen(("ann", "opened", 1), ("bob", "opened", 1))
    assert entries() == 2


@pytest.mark.parametrize("state", ["paused", "draining", "stopped"])
def test_only_a_running_journey_lets_anybody_in(flow: Flow, state: str) -> None:
    journey = flow.journey(ENTRY.format(more=""))
    journey.state = JourneyState(state)
    journey.save()
    flow.happen(("ann", "opened", 0))
    assert entries() == 0


def test_validity_window_and_old_events(flow: Flow) -> None:
    journey = flow.journey(ENTRY.format(more=", reentry: always"))
    journey.starts_at, journey.ends_at = at(1), at(3)
    journey.save()
    flow.happen(*(("ann", "opened", hour) for hour in (0, 1, 2, 3)))
    assert entries() == 2
    journey.starts_at = journey.ends_at = None
    journey.save()
    flow.happen(("ann", "opened", -30), ("ann", "opened", -23), now=T0)
    assert entries() == 3  # the older one is more than a day late


def test_queries_do_not_grow_with_events(flow: Flow) -> None:
    entering(flow, ", reentry: always")

    def statements(n: int) -> list[str]:
        with counting() as names:
            flow.happen(*((f"p{i}", "opened", 1) for i in range(n)))
            flow.run(1)
            flow.run(7)
        return [name for name in names if name != "read_graph"]

    statements(1)
    assert statements(2) == statements(60)


def test_event_of_no_interest_costs_two_statements(flow: Flow) -> None:
    entering(flow)
    with counting() as names:
        flow.happen(("ann", "something else", 0))
    assert names == ["wake_listeners", "open_triggers"]
    assert EventType.objects.filter(code="something else").exists()


def test_audience_enters_in_batches_once(flow: Flow) -> None:
    segment = Segment.objects.create(code="gold", name="Gold", kind="list")
    people = flow.people(*(f"p{i}" for i in range(25)))
    SegmentMember.objects.bulk_create(
        [SegmentMember(segment=segment, customer_id=id, since=T0) for id in people]
    )
    flow.journey("""
nodes:
  start: {kind: trigger.audience, segment: gold, next: done}
  done: {kind: exit.leave}
""")
    rounds = [enter_audiences(T0 + timedelta(hours=n), limit=10) for n in range(4)]
    assert rounds == [(10, True), (10, True), (5, False), (0, False)]
    assert AudienceEntry.objects.get().entered == 25
    flow.run(10)
    assert set(Enrollment.objects.values_list("exit_reason", flat=True)) == {"done"}
    assert entries() == 25


def test_audience_of_a_segment_that_is_not_built_waits(flow: Flow) -> None:
    segment = Segment.objects.create(
        code="gold", name="Gold", kind="rule",
        rule={"attribute": "city", "op": "eq", "value": "Ulm"},
    )  # fmt: skip
    flow.people("ann", city="Ulm")
    flow.journey("""
nodes:
  start: {kind: trigger.audience, segment: gold, next: done}
  done: {kind: exit.leave}
""")
    assert enter_audiences(T0) == (0, False)
    SegmentMember.objects.create(segment=segment, customer_id=flow.ids["ann"], since=T0)
    segment.built_at = T0
    segment.save()
    assert enter_audiences(T0) == (1, False)
