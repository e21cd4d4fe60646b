"""How many match a rule while somebody writes it: exact within a moment, else an estimate.

Pages ask here and nowhere else. Among many customers kept sets answer (`customers.bits`); those
that are missing are made in the background, and until then the rows answer within a time limit.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.db import connection

from config.database.limit import TookTooLongError, time_limit
from customers.bits import by_sets
from customers.models import Customer
from customers.rules import Compiled, Rule, Where, audience, compile_node
from customers.rules.nodes import Condition, Group, Node
from customers.rules.properties import join

SECONDS_MOST: Final = 2.0
# Fewer customers are counted from the rows before a set would be found.
MANY: Final = 50_000


@dataclass(frozen=True, slots=True)
class Count:
    """`number` customers as of `fresh_as_of`, found in `ms` milliseconds. When counting took too
    long it is PostgreSQL's estimate: `is_exact` is false then. `could_be_faster` says that kept
    sets are missing which would answer at once."""

    number: int
    ms: int
    fresh_as_of: datetime
    is_exact: bool = True
    by: Literal["bits", "rows", "planner"] = "rows"
    could_be_faster: bool = False


def count(
    rule: Rule,
    *,
    brand_id: int | None = None,
    now: datetime,
    seconds: float = SECONDS_MOST,
    asks: bool = True,
) -> Count:
    """How many customers of the group match at *now*; consents and days are the brand's.

    Without `asks` no sets are made for it: half a word typed would be a value with its own set.
    """
    started = time.perf_counter()
    number, misses = None, False
    if _are_many():
        number, misses = _by_sets(rule, brand_id, now, seconds, asks)
    if number is not None:
        return Count(number, _ms(started), now, by="bits", could_be_faster=misses)
    sql, params = audience(rule, now=now, brand_id=brand_id)
    row = _row(f"SELECT count(*) FROM ({sql}) AS audience", params, seconds)
    if row is not None:
        return Count(int(row[0]), _ms(started), now, could_be_faster=misses)
    number = estimate(sql, params)
    return Count(number, _ms(started), now, False, "planner", could_be_faster=misses)


def counts(
    rules: Sequence[Rule],
    *,
    brand_id: int | None = None,
    now: datetime,
    seconds: float = SECONDS_MOST,
) -> list[Count | None]:
    """The same for many rules over the same conditions; each None when it takes too long. No sets
    are made for them.

    Kept sets answer one rule after the other; as soon as one can't be, all are counted from the
    rows in one pass of at most *seconds*.
    """
    if not rules:
        return []
    started = time.perf_counter()
    if _are_many():
        known: list[Count | None] = []
        for rule in rules:
            number, _misses = _by_sets(rule, brand_id, now, seconds, False)
            if number is None or time.perf_counter() - started > seconds:
                break
            known.append(Count(number, _ms(started), now, by="bits"))
        if len(known) == len(rules):
            return known
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


def _are_many() -> bool:
    """Whether there are more customers than are counted at once, as of the last ANALYZE."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [Customer._meta.db_table]
        )
        return float(cursor.fetchone()[0]) > MANY


def _by_sets(
    rule: Rule, brand_id: int | None, now: datetime, seconds: float, asks: bool
) -> tuple[int | None, bool]:
    """What the kept sets say, None when they can't or take too long; whether some are missing."""
    found, misses = by_sets(rule, now=now, brand_id=brand_id, seconds=seconds, asks=asks)
    return (found.number if found else None), misses


def _row(sql: str, params: Sequence[Any], seconds: float) -> tuple[Any, ...] | None:
    """The one row of a statement, or None when it is stopped."""
    try:
        with time_limit(seconds) as cursor:
            cursor.execute(sql, params)
            row: tuple[Any, ...] = cursor.fetchone()
    except TookTooLongError:
        return None
    return row


def _ms(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
