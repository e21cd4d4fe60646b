"""Makes sets in bulk: those of one attribute, or of one event, in one pass each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from customers.bits import spans
from customers.bits.fold import fold_sql
from customers.bits.primitives import Primitive, days_of
from customers.bits.writing import become_writer, chunks_sql, only_builder, only_writer
from customers.models import BitSet, BitSetState


def build_wanted(*, now: datetime) -> int:
    """Build the sets that are asked for; return how many wait for older transactions to end.

    A transaction that looked for sets before this one stood there wrote down no change. So a set
    is built once every transaction has ended that was running when it was first seen.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_bitset SET safe_after ="
            " pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
            " WHERE state = 'building' AND safe_after IS NULL"
        )
        cursor.execute(
            "SELECT id FROM customers_bitset WHERE state = 'building'"
            " AND safe_after <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        )
        safe = [row[0] for row in cursor.fetchall()]
    build(BitSet.objects.filter(pk__in=safe), now=now)
    return BitSet.objects.filter(state=BitSetState.BUILDING).count()


def build(sets: Iterable[BitSet], *, now: datetime) -> None:
    """Build these sets; one transaction for each pass over the rows.

    A pass may take minutes, and the sets that are there follow changes meanwhile. What was followed
    since the pass began is kept aside for those that are being built, and looked at again. Sets of
    several days are put together from those of single days, once these are there.
    """
    wanted = list(sets)
    for group in facts_of(wanted):
        with only_builder() as cursor:
            _replace(cursor, group, *truth_of(group, now))
            become_writer(cursor)
            _hear_late(cursor, group)
            _mark_ready(group, now)
    kept = Ready()
    for levels in spans_of(wanted):
        with only_writer() as cursor:
            together = put_together(levels, kept)
            if together is not None:
                _replace(cursor, levels, together, [])
                _mark_ready(levels, now)
                kept.add(levels)


def facts_of(sets: Iterable[BitSet]) -> list[list[BitSet]]:
    """The sets that are read from the base tables, those of one pass together."""
    groups: dict[tuple[Any, ...], list[BitSet]] = defaultdict(list)
    for each in sets:
        name, *rest = each.definition
        if name != "span":
            groups[(name, rest[0]) if name in ("attribute", "day") else (each.key,)].append(each)
    return list(groups.values())


def spans_of(sets: Iterable[BitSet]) -> list[list[BitSet]]:
    """The sets of several days, all levels together; short ones first, as long ones need them."""
    groups: dict[tuple[Any, ...], list[BitSet]] = defaultdict(list)
    for each in sets:
        if each.kind == "span":
            first, last = days_of(each.definition)
            groups[(last - first, each.ref, first)].append(each)
    return [groups[key] for key in sorted(groups)]


def truth_of(group: Sequence[BitSet], now: datetime) -> tuple[str, list[Any]]:
    """SELECT of (set_id, chunk, bits) of such a group from the base tables."""
    name = group[0].definition[0]
    if name == "attribute":
        sql, params = _attributes(group)
    elif name == "day":
        sql, params = _days(group, now)
    else:
        members, values = Primitive(tuple(group[0].definition)).members(now)
        sql = f"SELECT %s::int AS set_id, customer_id FROM ({members}) AS m"
        params = [group[0].pk, *values]
    return chunks_sql(sql), params


class Ready:
    """The sets of days that can be read, by event type; asked of the database once for each."""

    def __init__(self, *, only_days: bool = False) -> None:
        self._only_days = only_days
        self._sets: dict[int, dict[tuple[date, date], dict[int, int]]] = {}

    def of(self, type_id: int) -> dict[tuple[date, date], dict[int, int]]:
        """The ids by days and level."""
        if type_id not in self._sets:
            wanted = Q(kind="event", ref__startswith=f"{type_id}:")
            if not self._only_days:
                wanted |= Q(kind="span", ref=str(type_id))
            self._sets[type_id] = defaultdict(dict)
            self.add(BitSet.objects.filter(wanted, state=BitSetState.READY))
        return self._sets[type_id]

    def add(self, sets: Iterable[BitSet]) -> None:
        """These can be read now."""
        for each in sets:
            _name, type_id, *_rest, level = each.definition
            self._sets[type_id][days_of(each.definition)][level] = each.pk


def put_together(levels: Sequence[BitSet], kept: Ready) -> str | None:
    """SELECT of (set_id, chunk, bits) of all levels of a span from the sets of its days.

    None while it has days that are not there.
    """
    type_id, (first, last) = int(levels[0].ref), days_of(levels[0].definition)
    own = {each.definition[-1]: each.pk for each in levels}
    ready = kept.of(type_id)
    fold = spans.cover(ready, first, last, max(own), but=(first, last))
    if fold is None or spans.days_missing(ready, first, last):
        return None
    # A level that nobody in a chunk reached has no row there.
    wanted = ", ".join(f"({pk}, l{level})" for level, pk in sorted(own.items()))
    return (
        f"SELECT v.set_id, f.chunk, v.bits FROM ({fold_sql(fold)}) AS f"
        f" CROSS JOIN LATERAL (VALUES {wanted}) AS v (set_id, bits) WHERE bit_count(v.bits) > 0"
    )


# helpers


def _replace(cursor: Any, group: Sequence[BitSet], sql: str, params: Sequence[Any]) -> None:
    cursor.execute("SET LOCAL work_mem = '64MB'")
    ids = [each.pk for each in group]
    cursor.execute("DELETE FROM customers_bitchunk WHERE set_id = ANY(%s)", [ids])
    cursor.execute(f"INSERT INTO customers_bitchunk (set_id, chunk, bits) {sql}", params)


def _hear_late(cursor: Any, group: Sequence[BitSet]) -> None:
    cursor.execute(
        "WITH late AS (DELETE FROM customers_bitlate WHERE (kind, ref) IN"
        " (SELECT * FROM unnest(%s::text[], %s::text[])) RETURNING kind, ref, chunk, places)"
        " INSERT INTO customers_bitchange (kind, ref, chunk, places) SELECT * FROM late",
        [[each.kind for each in group], [each.ref for each in group]],
    )


def _mark_ready(group: Sequence[BitSet], now: datetime) -> None:
    ids = [each.pk for each in group]
    BitSet.objects.filter(pk__in=ids).update(state=BitSetState.READY, built_at=now)


def _attributes(group: Sequence[BitSet]) -> tuple[str, list[Any]]:
    """The values of one attribute, found in one pass over the customers."""
    sql = (
        "SELECT s.id AS set_id, c.id AS customer_id FROM customers_customer c"
        " JOIN unnest(%s::int[], %s::jsonb[]) AS s (id, value)"
        " ON c.attributes -> %s::text = s.value"
    )
    ids = [each.pk for each in group]
    return sql, [ids, [each.definition[2] for each in group], group[0].definition[1]]


def _days(group: Sequence[BitSet], now: datetime) -> tuple[str, list[Any]]:
    """All levels of all days of one event, found in one pass over the events."""
    sql = (
        "SELECT s.id AS set_id, d.customer_id FROM ("
        " SELECT customer_id, (occurred_at AT TIME ZONE 'UTC')::date AS day, count(*) AS n"
        " FROM customers_event WHERE event_type_id = %s AND occurred_at >= %s"
        " AND occurred_at < %s AND occurred_at <= %s GROUP BY 1, 2) AS d"
        " JOIN unnest(%s::int[], %s::date[], %s::int[]) AS s (id, day, level)"
        " ON s.day = d.day AND d.n >= s.level"
    )
    days = [date.fromisoformat(each.definition[2]) for each in group]
    return sql, [
        group[0].definition[1],
        datetime.combine(min(days), time(), UTC),
        datetime.combine(max(days), time(), UTC) + timedelta(days=1),
        now,
        [each.pk for each in group],
        days,
        [each.definition[3] for each in group],
    ]
