"""Makes sets in bulk: those of one attribute, or of one event, in one pass each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection

from customers.bits.primitives import Primitive
from customers.bits.writing import IN_CHUNK, ONE, only_writer
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
    """Build these sets; one transaction for each pass over the rows."""
    for group in _groups(sets):
        with only_writer() as cursor:
            _build(cursor, group, now)
            ids = [each.pk for each in group]
            BitSet.objects.filter(pk__in=ids).update(state=BitSetState.READY, built_at=now)


# helpers


def _groups(sets: Iterable[BitSet]) -> list[list[BitSet]]:
    """Sets that one pass makes together."""
    groups: dict[tuple[Any, ...], list[BitSet]] = defaultdict(list)
    for each in sets:
        name, *rest = each.definition
        groups[(name, rest[0]) if name in ("attribute", "day") else (each.key,)].append(each)
    return list(groups.values())


def _build(cursor: Any, group: list[BitSet], now: datetime) -> None:
    name = group[0].definition[0]
    if name == "attribute":
        sql, params = _attributes(group)
    elif name == "day":
        sql, params = _days(group, now)
    else:
        members, values = Primitive(tuple(group[0].definition)).members(now)
        sql, params = (
            f"SELECT %s::int AS set_id, customer_id FROM ({members}) AS m",
            [
                group[0].pk,
                *values,
            ],
        )
    cursor.execute(
        "DELETE FROM customers_bitchunk WHERE set_id = ANY(%s)", [[each.pk for each in group]]
    )
    cursor.execute(
        "INSERT INTO customers_bitchunk (set_id, chunk, bits)"
        f" SELECT set_id, {IN_CHUNK}, bit_or({ONE}) FROM ({sql}) AS m GROUP BY 1, 2",
        params,
    )


def _attributes(group: list[BitSet]) -> tuple[str, list[Any]]:
    """The values of one attribute, found in one pass over the customers."""
    sql = (
        "SELECT s.id AS set_id, c.id AS customer_id FROM customers_customer c"
        " JOIN unnest(%s::int[], %s::jsonb[]) AS s (id, value)"
        " ON c.attributes -> %s::text = s.value"
    )
    ids = [each.pk for each in group]
    return sql, [ids, [each.definition[2] for each in group], group[0].definition[1]]


def _days(group: list[BitSet], now: datetime) -> tuple[str, list[Any]]:
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
