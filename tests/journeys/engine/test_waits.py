"""Waits: closed intervals, ties, what was there before, what comes late."""

from __future__ import annotations

import pytest

from journeys.models import Enrollment, Listener, Timer
from tests.journeys.flow import Flow, at

VIEWED = """
nodes:
  received: {kind: trigger.event, event: received, key: offer, reentry: always, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: viewed, match: {offer: $entry_key}}}
    at_most: 24h
    timeout: missed
    next: {viewed: seen, missed: remind}
  remind: {kind: send.message, content: note, next: reminded}
  seen: {kind: exit.leave, reason: seen}
  reminded: {kind: exit.leave, reason: reminded}
"""


@pytest.fixture
def offers(flow: Flow) -> Flow:
    flow.journey(VIEWED)
    return flow


def test_event_ends_the_wait_at_its_own_time(offers: Flow) -> None:
    offers.happen(("ann", "received", 0, {"offer": "a"}))
    offers.run(0)
    offers.happen(("ann", "viewed", 5, {"offer": "a"}))
    offers.run(6)
    assert offers.path("ann") == [
        ("received", "next", 0, 0),
        ("wait", "viewed", 0, 5),
        ("seen", "seen", 5, 5),
    ]
    assert offers.wishes() == []
    assert not Listener.objects.exists()


def test_another_offer_does_not_count(offers: Flow) -> None:
    offers.happen(("ann", "received", 0, {"offer": "a"}))
    offers.run(0)
    offers.happen(("ann", "viewed", 5, {"offer": "b"}), ("bob", "viewed", 5, {"offer": "a"}))
    offers.run(24)
    assert offers.places("ann") == [("reminded", "reminded")]
    assert offers.wishes() == [(offers.ids["ann"], "remind", 24)]


@pytest.mark.parametrize("hour", [0, 24])
def test_moment_of_arrival_and_deadline_count(offers: Flow, hour: float) -> None:
    offers.happen(("ann", "received", 0, {"offer": "a"}))
    if hour:
        offers.run(0)
    offers.happen(("ann", "viewed", hour, {"offer": "a"}))
    offers.run(30)
    assert offers.places("ann") == [("seen", "seen")]


def test_event_after_the_deadline_is_too_late(offers: Flow) -> None:
    offers.happen(("ann", "received", 0, {"offer": "a"}))
    offers.run(0)
    offers.happen(("ann", "viewed", 24.001, {"offer": "a"}))
    offers.run(30)
    assert offers.path("ann")[1] == ("wait", "missed", 0, 24)


def test_event_known_before_the_engine_came_counts(offers: Flow) -> None:
    offers.happen(("ann", "received", 0, {"offer": "a"}), ("ann", "viewed", 3, {"offer": "a"}))
    offers.run(100)
    assert offers.path("ann")[1] == ("wait", "viewed", 0, 3)


def test_late_event_is_taken_while_the_wait_is_open(offers: Flow) -> None:
    offers.happen(("ann", "received", 0, {"offer": "a"}))
    offers.run(10)
    offers.happen(("ann", "viewed", 2, {"offer": "a"}))
    offers.run(11)
    assert offers.path("ann")[1] == ("wait", "viewed", 0, 2)


def test_late_event_changes_nothing_that_was_done(offers: Flow) -> None:
    offers.happen(("ann", "received", 0, {"offer": "a"}))
    offers.run(30)
    before = offers.path("ann")
    offers.happen(("ann", "viewed", 2, {"offer": "a"}))
    offers.run(31)
    assert offers.path("ann") == before


def test_event_that_lies_ahead_counts_when_its_time_comes(offers: Flow) -> None:
    """A device whose clock is fast: the event is stored before the engine gets to her."""
    offers.happen(
        ("ann", "received", 0, {"offer": "a"}), ("ann", "viewed", 2, {"offer": "a"}), now=at(0)
    )
    offers.run(1)
    assert offers.places("ann") == [("wait", "active")]
    offers.run(2)
    assert offers.path("ann")[1] == ("wait", "viewed", 0, 2)


def test_two_walks_with_one_key_hear_the_same_event(offers: Flow) -> None:
    offers.happen(("ann", "received", 0, {"offer": "a"}), ("ann", "received", 1, {"offer": "a"}))
    offers.run(1)
    offers.happen(("ann", "viewed", 2, {"offer": "a"}))
    offers.run(50)
    assert offers.places("ann") == [("seen", "seen"), ("seen", "seen")]


def test_an_event_of_another_brand_is_not_heard(offers: Flow) -> None:
    offers.happen(("ann", "received", 0, {"offer": "a"}))
    offers.run(0)
    other = Flow(type(offers.brand).objects.create(code="other", name="Other"))
    other.happen(("ann", "viewed", 5, {"offer": "a"}), ("ann", "received", 5, {"offer": "a"}))
    offers.run(30)
    assert offers.places("ann") == [("reminded", "reminded")]


def test_wait_that_lies_in_the_past_ends_at_once(flow: Flow) -> None:
    flow.journey("""
nodes:
  start: {kind: trigger.event, event: start, next: first}
  first: {kind: wait.duration, duration: 3h, next: second}
  second: {kind: wait.duration, duration: 4h, next: done}
  done: {kind: exit.leave}
""")
    flow.happen(("ann", "start", 0))
    flow.run(5)
    assert flow.places("ann") == [("second", "active")]
    flow.run(100)
    assert flow.path("ann") == [
        ("start", "next", 0, 0),
        ("first", "next", 0, 3),
        ("second", "next", 3, 7),
        ("done", "done", 7, 7),
    ]
    assert not Timer.objects.exists()


def test_first_of_several_events_and_its_condition(flow: Flow) -> None:
    flow.journey("""
nodes:
  start: {kind: trigger.event, event: start, next: wait}
  wait:
    kind: wait.event
    until:
      small: {event: paid, where: {property: amount, op: "<", value: 10}}
      large: {event: paid, where: {property: amount, op: ">=", value: 10}}
      gone: {event: left}
    next: {small: done, large: done, gone: done}
  done: {kind: exit.leave}
""")
    flow.happen(("ann", "start", 0), ("bob", "start", 0), ("cem", "start", 0), ("dan", "start", 0))
    flow.run(0)
    flow.happen(
        ("ann", "paid", 2, {"amount": 5}),
        ("ann", "left", 1),
        ("bob", "paid", 1, {"amount": 50}),
        ("cem", "paid", 1),
    )
    flow.run(3)
    assert [step[1] for name in ("ann", "bob") for step in flow.path(name)[1:2]] == [
        "gone",
        "large",
    ]
    assert flow.places("cem", "dan") == [("wait", "active"), ("wait", "active")]
    flow.happen(("cem", "paid", 9, {"amount": 1}))
    flow.run(9)
    assert flow.path("cem")[1] == ("wait", "small", 0, 9)


def test_an_event_moves_a_walk_only_once(flow: Flow) -> None:
    flow.journey("""
nodes:
  start: {kind: trigger.event, event: paid, next: again}
  again: {kind: wait.event, until: {paid: {event: paid}}, next: {paid: third}}
  third: {kind: wait.event, until: {paid: {event: paid}}, next: {paid: done}}
  done: {kind: exit.leave}
""")
    flow.happen(("ann", "paid", 0))
    flow.run(1)
    assert flow.places("ann") == [("again", "active")]
    flow.happen(("ann", "paid", 2))
    flow.run(2)
    assert flow.places("ann") == [("third", "active")]
    flow.happen(("ann", "paid", 2))
    flow.run(2)
    assert flow.places("ann") == [("done", "done")]


def test_a_stale_timer_moves_nobody(offers: Flow) -> None:
    offers.happen(("ann", "received", 0, {"offer": "a"}))
    offers.run(0)
    offers.happen(("ann", "viewed", 1, {"offer": "a"}))
    offers.run(1)
    assert Timer.objects.count() == 1  # the end of a wait that is over
    before = list(Enrollment.objects.values())
    assert offers.run(30).moved == 0
    assert list(Enrollment.objects.values()) == before
    assert not Timer.objects.exists()


def test_an_event_that_was_used_stays_used_when_another_wakes(flow: Flow) -> None:
    """The second wait has a condition, so the store is asked again when the next event comes."""
    flow.journey("""
nodes:
  start: {kind: trigger.event, event: opened, next: first}
  first: {kind: wait.event, until: {paid: {event: paid}}, next: {paid: second}}
  second:
    kind: wait.event
    until: {paid: {event: paid, where: {property: amount, op: ">=", value: 10}}}
    next: {paid: done}
  done: {kind: exit.leave}
""")
    flow.happen(("ann", "opened", 0))
    flow.run(0)
    flow.happen(("ann", "paid", 1, {"amount": 20}))
    flow.run(1)
    flow.happen(("ann", "paid", 2, {"amount": 5}))
    flow.run(2)
    assert flow.places("ann") == [("second", "active")]
    flow.happen(("ann", "paid", 3, {"amount": 5}), ("ann", "paid", 4, {"amount": 30}))
    flow.run(5)
    assert flow.path("ann")[2] == ("second", "paid", 1, 4)
