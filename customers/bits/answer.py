"""How many match a rule, exactly: by kept sets where they are there, else by the base tables."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from customers.bits.bounds import Atom, Bounds, Days, Reading, Split
from customers.bits.fold import CHUNKS, fold_sql
from customers.bits.primitives import CHUNK
from customers.bits.sets import Known, known_sets, want
from customers.bits.writing import IN_CHUNK, ONE
from customers.rules import Rule, compile_rule
from customers.rules import count as count_rows

# More people between the bounds than this are cheaper to find in one pass over everybody.
LOOKED_AT_MOST = 200_000
# A rule of more sets is no faster by bits, and slow to plan.
ATOMS_MOST = 60
JOINED = 3


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
    split, careful = reading.of(rule), reading.careful(rule)
    waits = False
    if len(reading.atoms) <= ATOMS_MOST:
        known = known_sets(reading.atoms, now)
        if known.missing:
            want(known.missing, now=now)
        waits = bool(known.missing) or not known.complete
        if known.complete and not known.is_ahead_of(now):
            number, looked_at = _by_bits(rule, _drawn(split, careful), reading, known)
            if number is not None:
                seconds = time.perf_counter() - started
                return Counted(number, now, "bits", seconds, looked_at, waits)
    number = count_rows(rule, now=now, brand_id=brand_id)
    return Counted(number, now, "rows", time.perf_counter() - started, wanted=waits)


# helpers


def _by_bits(rule: Rule, drawn: str, reading: Reading, known: Known) -> tuple[int | None, int]:
    """(how many match, how many of them were looked at); one statement, so one snapshot.

    None when more people are between the bounds than is cheaper to look at.
    """
    compiled = compile_rule(rule, now=reading.now, brand_id=reading.brand_id)
    atoms, params = _atoms(reading, known)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH pending AS MATERIALIZED ({_PENDING}),
            drawn AS MATERIALIZED ({drawn.format(atoms=atoms)}),
            summed AS MATERIALIZED (
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
            [*params, *compiled.params],
        )
        number, between = cursor.fetchone()
    return (int(number) if between <= LOOKED_AT_MOST else None), int(between)


def _drawn(split: Split, careful: Bounds) -> str:
    """SELECT of (chunk, sure, unsure, between) from {atoms}: the bits, and how many are unsure.

    The exact part is drawn once. Each operation passes over two kilobytes, and they are what an
    answer costs; so those for what is pending are made only in chunks where something is.
    """
    if split.loose is None:
        columns, sure, unsure = "", "exact", "zero"
    else:
        columns = f", {split.loose.sure} AS loose_sure, {split.loose.maybe} AS loose_maybe"
        sure, unsure = "exact & loose_sure", "exact & loose_maybe & ~loose_sure"
    return f"""
        SELECT chunk, sure, unsure, bit_count(unsure) AS between FROM (
            SELECT chunk,
                CASE WHEN waits THEN {careful.sure} ELSE {sure} END AS sure,
                CASE WHEN waits THEN {careful.maybe} & ~{careful.sure} ELSE {unsure} END AS unsure
            FROM (SELECT *, {split.exact} AS exact{columns} FROM ({{atoms}}) AS atoms OFFSET 0) e
            OFFSET 0
        ) AS u OFFSET 0"""


def _atoms(reading: Reading, known: Known) -> tuple[str, list[Any]]:
    """SELECT of (chunk, zero, waits, a0, a1 …, p0, p1 …), a row per chunk; and its parameters.

    A few joins at a time, each lot in a SELECT of its own: planned together they take longer than
    they run.
    """
    waits = ", ".join(
        f"bit_or(bits) FILTER (WHERE waits = {n}) AS p{n}" for n in reading.pending.values()
    )
    sql = (
        f"SELECT c.*, p.chunk IS NOT NULL AS waits, {_columns('p', reading.pending)}"
        f" FROM ({CHUNKS}) AS c LEFT JOIN (SELECT chunk, {waits} FROM pending GROUP BY chunk) p"
        " ON p.chunk = c.chunk"
    )
    atoms = list(reading.atoms.items())
    for start in range(0, len(atoms), JOINED):
        lot, joins = atoms[start : start + JOINED], ""
        for atom, place in lot:
            joins += f" LEFT JOIN {_bits_of(atom, known)} b{place} ON b{place}.chunk = c.chunk"
        columns = ", ".join(f"COALESCE(b{place}.bits, zero) AS a{place}" for _atom, place in lot)
        sql = f"SELECT c.*, {columns} FROM ({sql}) AS c{joins} OFFSET 0"
    groups = [(n, *source) for sources, n in reading.pending.items() for source in sources]
    return sql, [*([each[i] for each in groups] for i in range(3)), reading.now]


def _bits_of(atom: Atom, known: Known) -> str:
    if isinstance(atom, Days) and atom in known.folds:
        fold = known.folds[atom]
        return f"(SELECT chunk, l{len(fold[0])} AS bits FROM ({fold_sql(fold)}) AS f)"
    return f"(SELECT chunk, bits FROM customers_bitchunk WHERE set_id = {known.ids[atom]})"


def _columns(letter: str, places: Mapping[Any, int]) -> str:
    return ", ".join(f"p.{letter}{n}" for n in places.values())


# Who changed since the sets were brought up to date, for each group of sources.
_PENDING = f"""
    SELECT waits, {IN_CHUNK} AS chunk, bit_or({ONE}) AS bits
    FROM unnest(%s::int[], %s::text[], %s::text[]) AS s (waits, kind, ref)
    JOIN (
        SELECT kind, ref, customer_id FROM customers_bitchange
        UNION ALL
        SELECT kind, ref, customer_id FROM customers_bitdue WHERE due_at <= %s
    ) changed USING (kind, ref)
    GROUP BY 1, 2"""
