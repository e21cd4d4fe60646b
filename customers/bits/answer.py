"""How many match a rule, exactly: by kept sets where they are there, else by the base tables."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from customers.bits.bounds import Atom, Bounds, Reading
from customers.bits.fold import fold_sql
from customers.bits.primitives import CHUNK, Primitive, day_set
from customers.bits.sets import Known, known_sets, want
from customers.bits.writing import IN_CHUNK, ONE
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
    reading = Reading(now, brand_id)
    bounds = reading.of(rule)
    known = known_sets(reading.atoms, now)
    if not known.complete:
        want(known.missing, now=now)
    if known.complete and not known.is_ahead_of(now):
        frame = _frame(bounds, reading, known, now)
        sure, between = _bounds_of(frame)
        if between == 0:
            return Counted(sure, now, "bits", time.perf_counter() - started)
        if between <= LOOKED_AT_MOST:
            number, looked_at = _finish(rule, frame, now, brand_id)
            return Counted(number, now, "bits", time.perf_counter() - started, looked_at)
    number = count_rows(rule, now=now, brand_id=brand_id)
    seconds = time.perf_counter() - started
    return Counted(number, now, "rows", seconds, wanted=not known.complete)


# helpers


@dataclass(frozen=True, slots=True)
class _Frame:
    """WITH … that ends in `chunks (chunk, sure, unsure)`, and its parameters."""

    sql: str
    params: list[Any]


def _frame(bounds: Bounds, reading: Reading, known: Known, now: datetime) -> _Frame:
    parts = [f"k AS (SELECT repeat('0', {CHUNK})::varbit AS zero)"]
    params: list[Any] = []
    joins = ""
    for atom, place in reading.atoms.items():
        sql, values = _atom_sql(atom, known)
        parts.append(f"a{place} AS ({sql})")
        params += values
        joins += f" LEFT JOIN a{place} USING (chunk)"
    parts.append(_PENDING)
    params += [[kind for kind, _ref in known.sources], [ref for _kind, ref in known.sources]] * 2
    params.append(now)
    parts.append(
        "drawn AS MATERIALIZED (SELECT c.chunk,"
        f" ({bounds.sure}) & ~COALESCE(p.bits, k.zero) AS sure,"
        f" ({bounds.maybe}) | COALESCE(p.bits, k.zero) AS maybe"
        " FROM k CROSS JOIN (SELECT generate_series(0,"
        f" (SELECT COALESCE(max(id), 0) / {CHUNK} FROM customers_customer)) AS chunk) c{joins}"
        " LEFT JOIN pending p USING (chunk))"
    )
    parts.append("chunks AS (SELECT chunk, sure, maybe & ~sure AS unsure FROM drawn)")
    return _Frame("WITH " + ",\n".join(parts), params)


# Whoever changed since the sets were brought up to date is looked at, whatever the sets say.
_PENDING = f"""
pending AS (
    SELECT {IN_CHUNK} AS chunk,
        bit_or({ONE}) AS bits
    FROM (
        SELECT customer_id FROM customers_bitchange
        WHERE (kind, ref) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
        UNION
        SELECT customer_id FROM customers_bitdue
        WHERE (kind, ref) IN (SELECT * FROM unnest(%s::text[], %s::text[])) AND due_at <= %s
    ) changed GROUP BY 1
)"""


def _atom_sql(atom: Atom, known: Known) -> tuple[str, list[Any]]:
    if isinstance(atom, Primitive):
        return (
            "SELECT chunk, bits FROM customers_bitchunk WHERE set_id = %s",
            [known.ids[atom.key]],
        )
    levels = [
        [known.ids[day_set(atom.event_type_id, day, level).key] for day in atom.days]
        for level in range(1, atom.times + 1)
    ]
    return fold_sql(levels), list(levels)


def _bounds_of(frame: _Frame) -> tuple[int, int]:
    """(how many for sure, how many between)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{frame.sql} SELECT COALESCE(sum(bit_count(sure)), 0),"
            " COALESCE(sum(bit_count(unsure)), 0) FROM chunks",
            frame.params,
        )
        sure, between = cursor.fetchone()
    return int(sure), int(between)


def _finish(rule: Rule, frame: _Frame, now: datetime, brand_id: int | None) -> tuple[int, int]:
    """(how many match, how many of them were between); one statement, so one snapshot."""
    compiled = compile_rule(rule, now=now, brand_id=brand_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{frame.sql},
            asked AS (
                SELECT count(*) AS looked_at, count(*) FILTER (
                    WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND {compiled.sql}
                ) AS fitting
                FROM (SELECT * FROM chunks WHERE bit_count(unsure) > 0) x
                CROSS JOIN LATERAL customers_bit_places(x.unsure) place
                JOIN customers_customer c ON c.id = x.chunk::bigint * {CHUNK} + place
            )
            SELECT (SELECT COALESCE(sum(bit_count(sure)), 0) FROM chunks) + fitting, looked_at
            FROM asked""",
            [*frame.params, *compiled.params],
        )
        number, looked_at = cursor.fetchone()
    return int(number), int(looked_at)
