"""Waits beyond a length of time and an event: dates, windows, drawn delays, throttles, rules."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from customers.models import Customer
from journeys.models import Throttle, Timer
from tests.journeys.flow import Flow, at

HEAD = "nodes:\n  in: {kind: trigger.event, event: come, reentry: always, next: wait}\n"
TAIL = "  out: {kind: exit.leave, reason: done}\n  none: {kind: exit.leave, reason: none}\n"


def waiting(flow: Flow, wait: str) -> None:
    flow.journey(f"{HEAD}  wait: {{{wait}}}\n{TAIL}")


def left(flow: Flow, who: str) -> float:
    """The hour at which the wait ended, 0 being 9:00 UTC or 17:00 in Shanghai, a Wednesday."""
    [(_in, _o, _a, _l), (node, _out, _arrived, hour), *_rest] = flow.path(who)
    assert node == "wait"
    return hour


def test_until_a_moment_on_two_clocks(flow: Flow) -> None:
    waiting(flow, 'kind: wait.until, moment: "2026-03-05T09:00", clock: customer, next: out')
    flow.people("ann", "bea")
    Customer.objects.filter(pk=flow.ids["bea"]).update(timezone="Europe/Berlin")
    flow.happen(("ann", "come", 0), ("bea", "come", 0))
    flow.run(15)
    assert flow.places("ann", "bea") == [("wait", "active"), ("wait", "active")]
    flow.run(48)
    assert (left(flow, "ann"), left(flow, "bea")) == (16, 23)
    flow.happen(("ann", "come", 50))
    flow.run(50)
    assert flow.path("ann")[-2:] == [("wait", "next", 50, 50), ("out", "done", 50, 50)]


def test_window_on_the_customers_clock(flow: Flow) -> None:
    waiting(flow, 'kind: wait.window, opens: "09:00", closes: "18:00", next: out')
    flow.happen(("ann", "come", 0.5), ("bea", "come", 1))  # 17:30 and 18:00 in Shanghai
    flow.run(40)
    assert (left(flow, "ann"), left(flow, "bea")) == (0.5, 16)


def test_date_that_moves_and_one_that_is_missing(flow: Flow) -> None:
    wait = 'kind: wait.date, attribute: trip, offset: -1d, at: "09:00"'
    waiting(flow, f"{wait}, next: {{next: out, missing: none}}")
    flow.people("ann", trip="2026-03-07")
    flow.people("old", trip="2020-01-01")
    flow.happen(("ann", "come", 0), ("old", "come", 0), ("bea", "come", 0))
    flow.run(0)
    assert flow.places("old", "bea") == [("out", "done"), ("none", "none")]
    flow.people("ann", trip="2026-03-09")  # put off: 2026-03-08 09:00 in Shanghai counts
    flow.run(200)
    assert left(flow, "ann") == 88


@pytest.mark.parametrize("source", ["property: due", "event: paid"])
def test_date_of_the_entry_or_of_an_event(flow: Flow, source: str) -> None:
    waiting(flow, f"kind: wait.date, {source}, offset: 2h, next: {{next: out, missing: none}}")
    flow.people("ann")
    flow.happen(("ann", "paid", 1))
    flow.happen(("ann", "come", 2, {"due": at(1).isoformat()}), ("bea", "come", 2, {"due": 7}))
    flow.run(9)
    assert left(flow, "ann") == 3
    assert flow.places("bea") == [("none", "none")]


def test_length_told_by_the_entry(flow: Flow) -> None:
    waiting(flow, "kind: wait.duration, duration: {property: days, missing: 1d}, next: out")
    flow.happen(
        ("ann", "come", 0, {"days": 2}), ("bea", "come", 0, {"days": "0.5"}),
        ("cat", "come", 0, {"days": "soon"}), ("dot", "come", 0, {"days": -4}),
    )  # fmt: skip
    flow.run(100)
    assert [left(flow, who) for who in ("ann", "bea", "cat", "dot")] == [48, 12, 24, 24]


def test_random_delay_is_spread_and_the_same_again(flow: Flow) -> None:
    waiting(flow, "kind: wait.random, at_least: 1h, at_most: 2h, next: out")
    names = [f"c{n}" for n in range(60)]
    flow.happen(*((name, "come", 0) for name in names))
    flow.run(1.5)
    early = sum(state == "done" for _node, state in flow.places(*names))
    assert 15 < early < 45
    flow.run(2)
    assert set(flow.places(*names)) == {("out", "done")}
    assert all(1 <= left(flow, name) <= 2 for name in names)


@pytest.mark.parametrize("limit", [7, 10_000])
def test_throttle_lets_so_many_on_per_interval(flow: Flow, limit: int) -> None:
    waiting(flow, "kind: wait.throttle, count: 10, per: 1h, next: out")
    names = [f"c{n}" for n in range(25)]
    flow.happen(*((name, "come", 0.25) for name in names))
    flow.happen(*((f"late{n}", "come", 2.5) for n in range(9)))
    flow.run(10, limit=limit)
    hours = Counter(left(flow, name) for name in names)
    assert hours == {0.25: 10, 1: 10, 2: 5}
    late = Counter(left(flow, f"late{n}") for n in range(9))
    assert late == {2.5: 5, 3: 4}
    assert Throttle.objects.get().used == 4


WISH = """
nodes:
  in: {kind: trigger.event, event: come, next: wait}
  wait:
    kind: wait.event
    until: {moved: {when: {attribute: city, op: eq, value: Ulm}}, paid: {event: paid}}
    at_most: 2h
    every: 30m
    next: {moved: out, paid: out, timeout: none}
  out: {kind: exit.leave, reason: done}
  none: {kind: exit.leave, reason: none}
"""


def test_until_a_condition_or_an_event(flow: Flow) -> None:
    flow.people("ann", "bea", "cat", city="Bern")
    flow.journey(WISH)
    flow.people("dot", city="Ulm")
    flow.happen(*((who, "come", 0.0) for who in ("ann", "bea", "cat", "dot")))
    flow.run(0.6)
    assert flow.path("dot")[1] == ("wait", "moved", 0, 0)
    flow.people("ann", city="Ulm")
    flow.happen(("bea", "paid", 0.7))
    flow.run(0.9)
    assert flow.places("ann") == [("wait", "active")]
    flow.run(5)
    assert flow.path("ann")[1] == ("wait", "moved", 0, 1)
    assert flow.path("bea")[1] == ("wait", "paid", 0, 0.7)
    assert flow.path("cat")[1] == ("wait", "timeout", 0, 2)
    assert not Timer.objects.exists()


SINCE = """
parameters: {already: entry}
nodes:
  in: {kind: trigger.event, event: come, next: sleep}
  sleep: {kind: wait.duration, duration: 2h, next: wait}
  wait:
    kind: wait.event
    until: {paid: {event: paid}}
    at_most: 5h
    counted_from: entry
    already: ${already}
    next: {paid: out, timeout: none}
  out: {kind: exit.leave, reason: done}
  none: {kind: exit.leave, reason: none}
"""


@pytest.mark.parametrize(("already", "end"), [("entry", ("paid", 2)), ("arrival", ("timeout", 5))])
def test_what_happened_already_counts_or_not(flow: Flow, already: str, end: Any) -> None:
    flow.journey(SINCE, {"already": already})
    flow.happen(("ann", "come", 0))
    flow.happen(("ann", "paid", 1))
    flow.run(1)
    flow.run(9)
    node, outcome, arrived, hour = flow.path("ann")[2]
    assert (node, outcome, arrived, hour) == ("wait", end[0], 2, end[1])
