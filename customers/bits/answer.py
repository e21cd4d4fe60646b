"""How many match a rule, exactly: by kept sets where they are there, else by the base tables."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from config.database.limit import TookTooLongError, time_limit
from customers.bits.drawing import Drawing, draw
from customers.bits.primitives import CHUNK
from customers.rules import Rule, compile_rule
from customers.rules import count as count_rows

# More people between the bounds than this are cheaper to find in one pass over everybody.
LOOKED_AT_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Counted:
    """`number` is exact at `at`. `looked_at` of them had to be asked of the base tables; `by` is
    "bits" or "rows"; `wanted` says that sets are being made, so that the next answer is faster."""

    number: int
    at: datetime
    by: str
    seconds: float
    looked_at: int = 0
    wanted: bool = False


def count(rule: Rule, *, now: datetime, brand_id: int | None = None) -> Counted:
    """How many customers of the group match at *now*, the same as customers.rules.count.

    Sets that are missing are asked for, and the rows answer meanwhile; so they do when *now* is
    before what the sets have already followed.
    """
    started = time.perf_counter()
    found, waits = by_sets(rule, now=now, brand_id=brand_id)
    if found is not None:
        return found
    number = count_rows(rule, now=now, brand_id=brand_id)
    return Counted(number, now, "rows", time.perf_counter() - started, wanted=waits)


def by_sets(
    rule: Rule,
    *,
    now: datetime,
    brand_id: int | None = None,
    seconds: float | None = None,
    asks: bool = True,
) -> tuple[Counted | None, bool]:
    """The same by kept sets alone: None where they can't answer, it would be slower or it takes
    more than *seconds* (None: no limit); and whether sets are missing (`asks`: they are made)."""
    started = time.perf_counter()
    drawing, waits = draw(rule, now=now, brand_id=brand_id, asks=asks)
    if drawing is not None:
        try:
            number, looked_at = _by_bits(rule, drawing, now, brand_id, seconds)
        except TookTooLongError:
            return None, waits
        if number is not None:
            took = time.perf_counter() - started
            return Counted(number, now, "bits", took, looked_at, waits), waits
    return None, waits


# helpers


def _by_bits(
    rule: Rule, drawing: Drawing, now: datetime, brand_id: int | None, seconds: float | None
) -> tuple[int | None, int]:
    """(how many match, how many of them were looked at); one statement, so one snapshot.

    None when more people are between the bounds than is cheaper to look at.
    """
    compiled = compile_rule(rule, now=now, brand_id=brand_id)
    limit = connection.cursor() if seconds is None else time_limit(seconds)
    with limit as cursor:
        cursor.execute(
            f"""{drawing.sql}, summed AS MATERIALIZED (
                SELECT COALESCE(sum(bit_count(sure)), 0) AS sure,
                    COALESCE(sum(between), 0) AS between FROM drawn
            ), looked_at AS (
                SELECT chunk, unsure FROM drawn
                WHERE between > 0 AND (SELECT between FROM summed) <= {LOOKED_AT_MOST}
            ), asked AS (
                SELECT count(*) FILTER (
                    WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND {compiled.sql}
                ) AS fitting
                FROM customers_bit_places({CHUNK},
                    (SELECT array_agg(chunk ORDER BY chunk) FROM looked_at),
                    (SELECT array_agg(unsure ORDER BY chunk) FROM looked_at)) AS place
                JOIN customers_customer c ON c.id = place
            )
            SELECT sure + fitting, between FROM summed CROSS JOIN asked""",
            [*drawing.params, *compiled.params],
        )
        number, between = cursor.fetchone()
    return (int(number) if between <= LOOKED_AT_MOST else None), int(between)
