"""The sets follow the changes: whoever changed is asked again, and her bit set right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from customers.bits.primitives import Primitive, days_of
from customers.bits.writing import CUSTOMERS, PLACES, only_writer, write_sql
from customers.ingest.facts import EventBatch
from customers.models import BitSet, BitSetState

BATCH = 100_000
SWEPT_FROM_BYTES = 8 * 1024 * 1024
# As many rows as hold so many customers, and what is due.
_CLAIM = f"""
WITH lined_up AS MATERIALIZED (
    SELECT ctid AS place, sum(many) OVER (ROWS UNBOUNDED PRECEDING) - many AS before
    FROM (SELECT ctid, many FROM customers_bitchange LIMIT %(batch)s) AS first_ones
), gone AS (
    DELETE FROM customers_bitchange
    WHERE ctid = ANY(ARRAY(SELECT place FROM lined_up WHERE before < %(batch)s))
    RETURNING kind, ref, chunk, places, many
), due AS (
    DELETE FROM customers_bitdue WHERE due_at <= %(now)s RETURNING kind, ref, customer_id
), claimed AS (
    INSERT INTO bit_claimed {CUSTOMERS} FROM gone UNION ALL SELECT * FROM due
)
SELECT (SELECT COALESCE(sum(many), 0) FROM gone) + (SELECT count(*) FROM due)
"""


def follow(*, now: datetime) -> int:
    """Apply up to BATCH changes and all that are due; return how many were taken.

    The truth is asked anew for each customer, so that the order of changes does not matter, and a
    change that comes meanwhile stands there for the next time.
    """
    with only_writer() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.bit_claimed")
        cursor.execute(
            "CREATE TEMPORARY TABLE bit_claimed (kind text, ref text, customer_id bigint)"
            " ON COMMIT DROP"
        )
        cursor.execute(_CLAIM, {"batch": BATCH, "now": now})
        taken = int(cursor.fetchone()[0])
        if taken:
            cursor.execute("ANALYZE bit_claimed")
            cursor.execute(
                f"INSERT INTO customers_bitlate (kind, ref, chunk, places) {PLACES}"
                " FROM bit_claimed WHERE (kind, ref) IN"
                " (SELECT kind, ref FROM customers_bitset WHERE state = 'building')"
                " GROUP BY 1, 2, 3"
            )
            _apply(cursor, now)
        cursor.execute(
            "UPDATE customers_bitclock SET followed_to = %s"
            " WHERE followed_to IS NULL OR followed_to < %s",
            [now, now],
        )
    return taken


def sweep() -> bool:
    """Make the room of changes that were taken free again, once there is much of it; whether it
    was done. Not inside a transaction.

    The table is read whole by every count, and autovacuum comes once a minute only.
    """
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('customers_bitchange')")
        if cursor.fetchone()[0] < SWEPT_FROM_BYTES:
            return False
        cursor.execute("VACUUM (SKIP_LOCKED) customers_bitchange")
    return True


def awaits(cursor: Any, type_ids: Set[int]) -> bool:
    """Whether sets of days are kept of any of these types."""
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM customers_bitset WHERE kind = 'event'"
        " AND split_part(ref, ':', 1)::bigint = ANY(%s))",
        [sorted(type_ids)],
    )
    return bool(cursor.fetchone()[0])


def hear_events(cursor: Any, batch: EventBatch) -> None:
    """Write down who has new events on days that are kept; a subscriber of customers.ingest."""
    cursor.execute(
        f"""
        WITH came AS (
            SELECT 'event' AS kind, i.customer_id, i.occurred_at, i.event_type_id || ':'
                || to_char(i.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS ref
            FROM ingested_events i
            WHERE EXISTS (SELECT 1 FROM customers_bitset WHERE kind = 'event')
        ), kept AS (
            SELECT * FROM came WHERE ref IN (SELECT ref FROM customers_bitset WHERE kind = 'event')
        ), later AS (
            INSERT INTO customers_bitdue (due_at, kind, ref, customer_id)
            SELECT occurred_at, 'event', ref, customer_id FROM kept WHERE occurred_at > %s
        )
        INSERT INTO customers_bitchange (kind, ref, chunk, places)
        {PLACES} FROM kept GROUP BY 1, 2, 3
        """,
        [batch.now],
    )


# helpers


def _apply(cursor: Any, now: datetime) -> None:
    cursor.execute("SELECT DISTINCT kind, ref FROM bit_claimed")
    sources = set(cursor.fetchall())
    facts = BitSet.objects.filter(
        state=BitSetState.READY,
        kind__in={kind for kind, _ref in sources if kind != "event"},
        ref__in={ref for kind, ref in sources if kind != "event"},
    )
    for each in facts:
        if (each.kind, each.ref) in sources:
            _apply_to(cursor, each, now)
    days: dict[int, set[date]] = defaultdict(set)
    for kind, ref in sources:
        if kind == "event":
            type_id, day = ref.split(":")
            days[int(type_id)].add(date.fromisoformat(day))
    for type_id, changed in days.items():
        _apply_days(cursor, type_id, changed, now)


def _apply_to(cursor: Any, each: BitSet, now: datetime) -> None:
    """Ask for everybody who changed whether she is in this set now."""
    truth, params = Primitive(tuple(each.definition)).truth(now)
    cursor.execute(
        write_sql(f"""
            SELECT %s::int AS set_id, c.id AS customer_id, {truth} AS holds
            FROM (SELECT DISTINCT customer_id FROM bit_claimed WHERE kind = %s AND ref = %s) d
            JOIN customers_customer c ON c.id = d.customer_id"""),
        [each.pk, *params, each.kind, each.ref],
    )


def _apply_days(cursor: Any, type_id: int, changed: Set[date], now: datetime) -> None:
    """Count the events of everybody who changed once, for all sets that hold one of her days."""
    rows = BitSet.objects.filter(
        Q(kind="event", ref__in=[f"{type_id}:{day.isoformat()}" for day in changed])
        | Q(kind="span", ref=str(type_id)),
        state=BitSetState.READY,
    ).values_list("pk", "definition")
    sets = [(pk, *days_of(definition), definition[-1]) for pk, definition in rows]
    sets = [row for row in sets if any(row[1] <= day <= row[2] for day in changed)]
    if not sets:
        return
    first, last = min(row[1] for row in sets), max(row[2] for row in sets)
    cursor.execute(
        write_sql("""
            WITH s AS (
                SELECT * FROM unnest(%s::int[], %s::date[], %s::date[], %s::int[])
                    AS s (id, first, last, level)
            ), came AS MATERIALIZED (
                SELECT DISTINCT customer_id, split_part(ref, ':', 2)::date AS day
                FROM bit_claimed WHERE kind = 'event' AND split_part(ref, ':', 1) = %s
            ), touched AS MATERIALIZED (
                SELECT DISTINCT customer_id, first, last
                FROM came JOIN (SELECT DISTINCT first, last FROM s) spans
                    ON came.day BETWEEN spans.first AND spans.last
            ), done AS MATERIALIZED (
                SELECT e.customer_id, (e.occurred_at AT TIME ZONE 'UTC')::date AS day,
                    count(*) AS n
                FROM (SELECT DISTINCT customer_id FROM came) d
                JOIN customers_event e ON e.customer_id = d.customer_id
                WHERE e.event_type_id = %s AND e.occurred_at >= %s AND e.occurred_at < %s
                    AND e.occurred_at <= %s
                GROUP BY 1, 2
            ), counted AS (
                SELECT t.customer_id, t.first, t.last, COALESCE(sum(done.n), 0) AS n
                FROM touched t LEFT JOIN done ON done.customer_id = t.customer_id
                    AND done.day BETWEEN t.first AND t.last
                GROUP BY 1, 2, 3
            )
            SELECT s.id AS set_id, c.customer_id, c.n >= s.level AS holds
            FROM counted c JOIN s USING (first, last)"""),
        [
            *([row[i] for row in sets] for i in range(4)),
            str(type_id),
            type_id,
            datetime.combine(first, time(), UTC),
            datetime.combine(last, time(), UTC) + timedelta(days=1),
            now,
        ],
    )
