"""Acts: what they change is changed once, with the step, and seen by the nodes after them."""

from __future__ import annotations

import pytest

from customers.ingest import Batch, Item, ingest
from customers.models import Customer, Event, Segment, SegmentMember
from journeys.models import Enrollment, EnrollmentState, Listener, Step
from tests.journeys.flow import T0, Flow, at

IN = "nodes:\n  in: {kind: trigger.event, event: come, reentry: always, next: act}\n"


def test_attribute_is_set_and_seen_by_the_next_branch(flow: Flow) -> None:
    flow.people("ann", tier="none")
    flow.journey(f"""{IN}
  act: {{kind: act.attribute, attribute: tier, value: $entry.tier, next: b}}
  b:
    kind: branch.value
    attribute: tier
    ways: {{gold: [gold]}}
    next: {{gold: x, otherwise: y}}
  x: {{kind: exit.leave, reason: gold}}
  y: {{kind: exit.leave, reason: other}}
""")
    flow.happen(("ann", "come", 0, {"tier": "gold"}), ("bea", "come", 0))
    flow.run(0)
    assert flow.places("ann", "bea") == [("x", "gold"), ("y", "other")]
    ann = Customer.objects.get(pk=flow.ids["ann"])
    assert ann.attributes["tier"] == "gold"
    assert "tier" in ann.provenance
    assert "tier" not in Customer.objects.get(pk=flow.ids["bea"]).attributes


def test_a_value_that_does_not_fit_sets_only_her_aside(flow: Flow) -> None:
    flow.people("ann", visits=3)
    flow.journey(f"""{IN}
  act: {{kind: act.attribute, attribute: visits, value: $entry.n, next: x}}
  x: {{kind: exit.leave}}
""")
    flow.happen(*((f"p{n}", "come", 0, {"n": n}) for n in range(4)), ("bad", "come", 0, {"n": "x"}))
    flow.run(0)
    [walk] = Enrollment.objects.filter(state=EnrollmentState.SET_ASIDE)
    assert walk.customer_id == flow.ids["bad"]
    assert "visits" in walk.error
    assert Enrollment.objects.filter(state=EnrollmentState.FINISHED).count() == 4


def test_list_begins_another_journey(flow: Flow) -> None:
    vips = Segment.objects.create(code="vips", name="VIPs", kind="list")
    flow.journey("""journey: second
name: Second
nodes:
  in: {kind: trigger.segment, segment: vips, next: x}
  x: {kind: exit.leave}
""")
    flow.journey(f"""{IN}
  act: {{kind: act.list, list: vips, next: pause}}
  pause: {{kind: wait.duration, duration: 1h, next: off}}
  off: {{kind: act.list, list: vips, remove: true, next: x}}
  x: {{kind: exit.leave}}
""")
    flow.happen(("ann", "come", 0), ("bea", "come", 0))
    flow.run(0)
    assert SegmentMember.objects.filter(segment=vips).count() == 2
    flow.run(2)
    assert not SegmentMember.objects.filter(segment=vips).exists()
    assert Enrollment.objects.filter(journey__code="second", state="finished").count() == 2


EVENT = """
nodes:
  in: {kind: trigger.event, event: come, reentry: always, next: act}
  act:
    kind: act.event
    event: greeted
    properties: {order: $entry.order, how: hand, none: $vars.nothing}
    next: wait
  wait:
    kind: wait.event
    until: {heard: {event: greeted}}
    at_most: 1h
    next: {heard: x, timeout: y}
  x: {kind: exit.leave, reason: heard}
  y: {kind: exit.leave, reason: missed}
"""


@pytest.mark.parametrize("limit", [1, 10_000])
def test_event_is_told_once_and_heard_by_the_walk_itself(flow: Flow, limit: int) -> None:
    flow.journey(EVENT)
    flow.happen(("ann", "come", 0, {"order": 7}), ("bea", "come", 0))
    flow.run(0, limit=limit)
    flow.run(2, limit=limit)
    told = Event.objects.filter(event_type__code="greeted").order_by("customer_id")
    assert [event.properties for event in told] == [
        {"order": 7, "how": "hand", "journey": "flow", "journey_depth": 1},
        {"how": "hand", "journey": "flow", "journey_depth": 1},
    ]
    assert flow.places("ann", "bea") == [("x", "heard"), ("x", "heard")]
    assert not Listener.objects.exists()


def test_an_event_that_begins_its_own_journey_ends_somewhere(flow: Flow) -> None:
    flow.journey(
        f"{IN}  act: {{kind: act.event, event: come, next: x}}\n  x: {{kind: exit.leave}}\n"
    )
    flow.happen(("ann", "come", 0))
    flow.run(0)
    assert Enrollment.objects.count() == 11
    assert Step.objects.filter(detail__has_key="too_deep").count() == 1


OTHER = """journey: other
name: Other
nodes:
  in: {kind: trigger.journey, reentry: %s, next: wait}
  wait: {kind: wait.duration, duration: 9h, next: x}
  x: {kind: exit.leave}
"""


def test_another_journey_begins_and_ends(flow: Flow) -> None:
    flow.journey(OTHER % "one_at_a_time")
    flow.journey(f"""journey: flow
name: Flow
{IN}
  act: {{kind: act.journey, journey: other, next: pause}}
  pause: {{kind: wait.duration, duration: 2h, next: out}}
  out: {{kind: act.journey, journey: other, act: leave, next: x}}
  x: {{kind: exit.leave}}
""")
    flow.happen(("ann", "come", 0, {"order": 7}))
    flow.run(0)
    flow.happen(("ann", "come", 1))
    flow.run(1)
    walk = Enrollment.objects.get(journey__code="other")
    assert (walk.node, walk.entered_at) == ("wait", at(0))
    assert walk.context["event"]["properties"] == {"order": 7}
    assert walk.context["from"] == {"journey": "flow", "depth": 1}
    flow.run(5)
    walk.refresh_from_db()
    assert (walk.exit_reason, walk.finished_at) == ("left", at(2))


def test_journeys_in_a_circle_end_somewhere(flow: Flow) -> None:
    flow.journey("""journey: ring
name: Ring
nodes:
  in: {kind: trigger.event, event: come, next: again}
  back: {kind: trigger.journey, reentry: always, next: again}
  again: {kind: act.journey, journey: ring, next: x}
  x: {kind: exit.leave}
""")
    flow.happen(("ann", "come", 0))
    flow.run(0)
    assert Enrollment.objects.count() == 11


def test_acts_meet_the_door_at_the_same_customers(flow: Flow) -> None:
    """A fact that comes in between the acts of a walk is neither lost nor overwritten."""
    flow.people("ann", tier="none", city="Ulm")
    flow.journey(f"""{IN}
  act: {{kind: act.attribute, attribute: tier, value: gold, next: x}}
  x: {{kind: exit.leave}}
""")
    flow.happen(("ann", "come", 0))
    ingest(
        Batch("shop", [Item("1", customer_id=flow.ids["ann"], attributes={"city": "Rom"})]), now=T0
    )
    flow.run(0)
    found = Customer.objects.get(pk=flow.ids["ann"]).attributes
    assert (found["tier"], found["city"]) == ("gold", "Rom")
