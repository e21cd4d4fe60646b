"""How many match a rule while somebody writes it: exact within a moment, else an estimate.

Pages ask here and nowhere else, so that what answers can change behind it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.db import OperationalError, connection, transaction

from customers.rules import Compiled, Rule, Where, audience, compile_node
from customers.rules.nodes import Condition, Group, Node
from customers.rules.properties import join

SECONDS_MOST: Final = 2.0


@dataclass(frozen=True, slots=True)
class Count:
    """`number` customers as of `fresh_as_of`, found in `ms` milliseconds. When counting took too
    long it is PostgreSQL's estimate: `is_exact` is false then."""

    number: int
    ms: int
    fresh_as_of: datetime
    is_exact: bool = True
    by: Literal["rows", "planner"] = "rows"


def count(
    rule: Rule, *, brand_id: int | None = None, now: datetime, seconds: float = SECONDS_MOST
) -> Count:
    """How many customers of the group match at *now*; consents and days are the brand's."""
    started = time.perf_counter()
    sql, params = audience(rule, now=now, brand_id=brand_id)
    row = _row(f"SELECT count(*) FROM ({sql}) AS audience", params, seconds)
    if row is not None:
        return Count(int(row[0]), _ms(started), now)
    return Count(estimate(sql, params), _ms(started), now, is_exact=False, by="planner")


def counts(
    rules: Sequence[Rule],
    *,
    brand_id: int | None = None,
    now: datetime,
    seconds: float = SECONDS_MOST,
) -> list[Count | None]:
    """The same for many rules over the same conditions, in one pass; all None when it takes longer
    than *seconds*."""
    if not rules:
        return []
    started = time.perf_counter()
    where = Where(now, brand_id=brand_id, whole=True)
    flags: dict[Condition, str] = {}
    holds: list[Compiled] = []
    for each in _conditions(rules):
        if each not in flags:
            flags[each] = f"f{len(flags)}"
            sql, params = compile_node(each, where)
            holds.append(Compiled(f"{sql} AS {flags[each]}", params))
    asked = ", ".join(f"count(*) FILTER (WHERE {_over(rule.root, flags)})" for rule in rules)
    joins = where.joined
    inner = ", ".join(each.sql for each in holds) or "true AS f"
    # OFFSET keeps the planner from asking each condition once for every count.
    statement = (
        f"SELECT {asked} FROM (SELECT {inner} FROM customers_customer c{joins.sql}"
        " WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL OFFSET 0) AS asked"
    )
    row = _row(
        statement, (*(param for each in holds for param in each.params), *joins.params), seconds
    )
    if row is None:
        return [None] * len(rules)
    return [Count(int(number), _ms(started), now) for number in row]


def estimate(sql: str, params: Sequence[Any]) -> int:
    """How many rows PostgreSQL expects, in two figures; an estimate has no more."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return int(float(f"{float(plan[0]['Plan']['Plan Rows']):.1e}"))


# helpers


def _conditions(rules: Sequence[Rule]) -> list[Condition]:
    return [each for rule in rules for each in rule.conditions()]


def _over(node: Node, flags: dict[Condition, str]) -> str:
    """A rule over the answers of its conditions, without parameters."""
    if isinstance(node, Group):
        return join(node.join, [Compiled(_over(part, flags)) for part in node.parts]).sql
    return flags[node]


def _row(sql: str, params: Sequence[Any], seconds: float) -> tuple[Any, ...] | None:
    """The one row of a statement, or None when it is stopped."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('statement_timeout'),"
                " set_config('statement_timeout', %s, true)",
                [f"{max(1, int(seconds * 1000))}ms"],
            )
            before = cursor.fetchone()[0]
            cursor.execute(sql, params)
            row: tuple[Any, ...] = cursor.fetchone()
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
            return row
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":
            raise
        return None


def _ms(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
