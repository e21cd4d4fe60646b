"""What a process of its own does for test_everything_killed: make a large audience walk, and say
whether everybody walked as she should. It shares the product's database, not its engine."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import connection

from config.clock import utc_now
from journeys.bench.world import make_world
from journeys.models import Enrollment
from tests.journeys.oracle import split

JOURNEY = """
journey: killed
name: Killed
lateness: 30d
nodes:
  everybody: {kind: trigger.audience, segment: everybody, next: gold}
  gold:
    kind: branch.rules
    rules: [{outcome: yes, when: {attribute: level, op: eq, value: gold}}]
    otherwise: no
    next: {yes: mail, no: short}
  mail: {kind: send.message, content: mail, next: long}
  long: {kind: wait.duration, duration: 40s, next: half}
  short: {kind: wait.duration, duration: 20s, next: half}
  half: {kind: branch.random, weights: {a: 1, b: 2}, next: {a: push, b: listen}}
  push: {kind: send.message, content: push, next: done}
  listen:
    kind: wait.event
    until: {bought: {event: order_paid}}
    at_most: 15s
    next: {bought: done, timeout: sms}
  sms: {kind: send.message, content: sms, next: done}
  done: {kind: exit.leave}
"""
_PATHS = """
SELECT e.customer_id, e.state, e.exit_reason, e.entered_at,
       array_agg(s.node || ':' || s.outcome ORDER BY s.visit),
       array_agg(s.visit ORDER BY s.visit),
       array_agg(s.arrived_at ORDER BY s.visit), array_agg(s.left_at ORDER BY s.visit)
FROM journeys_enrollment e JOIN journeys_step s ON s.enrollment_id = e.id GROUP BY e.id
"""


def build(customers: int) -> None:
    make_world(customers, JOURNEY, utc_now())


def how_many_are_done() -> None:
    print(json.dumps(Enrollment.objects.filter(state="finished").count()))


def verdict() -> None:
    """Print what is wrong, and the sums."""
    wrong: Counter[str] = Counter()
    wishes: Counter[tuple[int, str]] = Counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, node FROM campaigns_candidate")
        for row in cursor.fetchall():
            wishes[row] += 1
        cursor.execute(_PATHS)
        rows = cursor.fetchall()
    seen: Counter[int] = Counter()
    for customer, state, reason, entered, path, visits, arrived, left in rows:
        seen[customer] += 1
        steps, asked, moment = expected(customer, entered)
        wrong["path"] += path != [f"{node}:{outcome}" for node, outcome, _at in steps]
        wrong["visits"] += visits != list(range(1, len(steps) + 1))
        wrong["times"] += left != [at for _node, _outcome, at in steps]
        wrong["gaps"] += arrived != [entered, *left[:-1]]
        wrong["end"] += (state, reason, left[-1]) != ("finished", "done", moment)
        wrong["wishes"] += any(wishes.pop((customer, node), 0) != 1 for node in asked)
    wrong["doubled"] = sum(n - 1 for n in seen.values())
    wrong["wishes too many"] = sum(wishes.values())
    print(json.dumps({"walks": len(rows), "wrong": {k: n for k, n in wrong.items() if n}}))


def expected(customer: int, entered: Any) -> tuple[list[tuple[str, str, Any]], list[str], Any]:
    """Steps with the moment at which each ends, the nodes that ask for a message, and the end."""
    is_gold = customer * 7919 % 10 < 3
    wait, seconds = ("long", 40) if is_gold else ("short", 20)
    first, second = entered, entered + timedelta(seconds=seconds)
    steps = [("everybody", "next", first), ("gold", "yes" if is_gold else "no", first)]
    asked = ["mail"] if is_gold else []
    if is_gold:
        steps.append(("mail", "next", first))
    way = split({"a": 1, "b": 2}, "killed.half", customer)
    steps += [(wait, "next", second), ("half", way, second)]
    if way == "a":
        third, last = second, "push"
    else:
        third, last = second + timedelta(seconds=15), "sms"
        steps.append(("listen", "timeout", third))
    steps += [(last, "next", third), ("done", "done", third)]
    return steps, [*asked, last], third
