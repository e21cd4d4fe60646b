"""A rule as one SELECT over kept sets: who matches for sure, and who has to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.bits.bounds import Bounds, Reading, Split
from customers.bits.fold import CHUNKS, fold_sql
from customers.bits.primitives import Primitive
from customers.bits.sets import Known, known_sets, want
from customers.bits.writing import CUSTOMERS, chunks_sql
from customers.rules import Rule

# A rule of more sets is no faster by bits, and slow to plan.
ATOMS_MOST = 60
JOINED = 3


@dataclass(frozen=True, slots=True)
class Drawing:
    """WITH … that ends in `drawn (chunk, sure, unsure, between, held)`: the bits of each chunk, how
    many are unsure, and those of the set that was asked for beside the rule (NULL: none was)."""

    sql: str
    params: list[Any]


def draw(
    rule: Rule,
    *,
    now: datetime,
    brand_id: int | None,
    beside: Primitive | None = None,
    asks: bool = True,
) -> tuple[Drawing | None, bool]:
    """(the drawing, whether sets are missing); with `asks` those are asked for.

    No drawing while sets are missing, when the rule is of too many, or when *now* is before what
    the sets have already followed.
    """
    reading = Reading(now, brand_id)
    split, careful = reading.of(rule), reading.careful(rule)
    held = reading.column(beside) if beside is not None else None
    if len(reading.atoms) > ATOMS_MOST:
        return None, False
    known = known_sets(reading.atoms, now)
    if known.missing and asks:
        want(known.missing, now=now)
    waits = bool(known.missing) or not known.complete
    if not known.complete or known.is_ahead_of(now):
        return None, waits
    atoms, params = _atoms(reading, known)
    drawn = _drawn(split, careful, atoms, held)
    sql = f"WITH pending AS MATERIALIZED ({_PENDING}), drawn AS MATERIALIZED ({drawn})"
    return Drawing(sql, params), waits


# helpers


def _drawn(split: Split, careful: Bounds, atoms: str, held: tuple[str, str] | None) -> str:
    """SELECT of (chunk, sure, unsure, between, held).

    The exact part is drawn once. Each operation passes over two kilobytes, and they are what an
    answer costs; so those for what is pending are made only in chunks where something is.
    """
    drawn = f"SELECT *, {split.exact} AS exact FROM ({atoms}) AS atoms OFFSET 0"
    sure, unsure = "exact", "zero"
    if split.loose is not None:
        loose = split.loose
        drawn = f"SELECT *, exact & {loose.maybe} AS upper FROM ({drawn}) AS e OFFSET 0"
        drawn = f"SELECT *, upper & {loose.sure} AS lower FROM ({drawn}) AS m OFFSET 0"
        # Counting bits is far cheaper than putting them together.
        differ = "bit_count(upper) > bit_count(lower)"
        sure, unsure = "lower", f"CASE WHEN {differ} THEN upper # lower ELSE zero END"
    certain, open_ones = careful.sure, f"{careful.maybe} & ~{careful.sure}"
    held_bits = "NULL::varbit"
    if held is not None:
        # Who came into the other set or left it is compared with its rows.
        held_bits, waiting = held
        certain = f"{certain} & ~{waiting}"
        open_ones = f"({open_ones}) | {waiting}"
    return f"""
        SELECT chunk, sure, unsure, bit_count(unsure) AS between, held FROM (
            SELECT chunk, {held_bits} AS held,
                CASE WHEN waits THEN {certain} ELSE {sure} END AS sure,
                CASE WHEN waits THEN {open_ones} ELSE {unsure} END AS unsure
            FROM ({drawn}) AS d
            OFFSET 0
        ) AS u OFFSET 0"""


def _atoms(reading: Reading, known: Known) -> tuple[str, list[Any]]:
    """SELECT of (chunk, zero, waits, a0, a1 …, p0, p1 …), a row per chunk; and its parameters.

    Each set is a subselect by its key: joined, two kilobytes a chunk are copied into hash tables,
    and a plan of many joins takes longer than its run. Folds are joined, a few at a time, each lot
    in a SELECT of its own.
    """
    waits = ", ".join(
        f"bit_or(bits) FILTER (WHERE waits = {n}) AS p{n}" for n in reading.pending.values()
    )
    sql = (
        f"SELECT c.*, p.chunk IS NOT NULL AS waits, {_columns('p', reading.pending)}"
        f" FROM ({CHUNKS}) AS c LEFT JOIN (SELECT chunk, {waits} FROM pending GROUP BY chunk) p"
        " ON p.chunk = c.chunk"
    )
    folded = [(atom, place) for atom, place in reading.atoms.items() if atom in known.folds]
    for start in range(0, len(folded), JOINED):
        lot, joins, columns = folded[start : start + JOINED], "", "c.*"
        for atom, place in lot:
            joins += f" LEFT JOIN {_folded(known.folds[atom])} b{place} ON b{place}.chunk = c.chunk"
            columns += f", COALESCE(b{place}.bits, zero) AS a{place}"
        sql = f"SELECT {columns} FROM ({sql}) AS c{joins} OFFSET 0"
    whole = [(known.ids[atom], place) for atom, place in reading.atoms.items() if atom in known.ids]
    columns = "".join(f", COALESCE({_kept(pk)}, zero) AS a{place}" for pk, place in whole)
    sql = f"SELECT c.*{columns} FROM ({sql}) AS c OFFSET 0"
    groups = [(n, *source) for sources, n in reading.pending.items() for source in sources]
    return sql, [*([each[i] for each in groups] for i in range(3)), reading.now]


def _kept(set_id: int) -> str:
    return (
        f"(SELECT bits FROM customers_bitchunk k WHERE k.set_id = {set_id} AND k.chunk = c.chunk)"
    )


def _folded(fold: Sequence[Sequence[int]]) -> str:
    return f"(SELECT chunk, l{len(fold[0])} AS bits FROM ({fold_sql(fold)}) AS f)"


def _columns(letter: str, places: Mapping[Any, int]) -> str:
    return ", ".join(f"p.{letter}{n}" for n in places.values())


# Who changed since the sets were brought up to date, for each group of sources.
_PENDING = "SELECT set_id AS waits, chunk, bits FROM ({}) AS w".format(
    chunks_sql(f"""
        SELECT waits AS set_id, customer_id
        FROM unnest(%s::int[], %s::text[], %s::text[]) AS s (waits, kind, ref)
        JOIN (
            {CUSTOMERS} FROM customers_bitchange
            UNION ALL
            SELECT kind, ref, customer_id FROM customers_bitdue WHERE due_at <= %s
        ) changed USING (kind, ref)""")
)
