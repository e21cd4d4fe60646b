"""The sets follow the changes: whoever changed is asked again, and her bit set right."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Any

from customers.bits.primitives import Primitive
from customers.bits.writing import IN_CHUNK, ONE, only_writer
from customers.ingest.facts import EventBatch
from customers.models import BitSet, BitSetState

BATCH = 100_000


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
        cursor.execute(
            "WITH gone AS (DELETE FROM customers_bitchange WHERE ctid = ANY(ARRAY("
            "SELECT ctid FROM customers_bitchange LIMIT %s)) RETURNING kind, ref, customer_id),"
            " due AS (DELETE FROM customers_bitdue WHERE due_at <= %s"
            " RETURNING kind, ref, customer_id)"
            " INSERT INTO bit_claimed SELECT * FROM gone UNION ALL SELECT * FROM due",
            [BATCH, now],
        )
        taken = int(cursor.rowcount)
        if taken:
            cursor.execute("ANALYZE bit_claimed")
            _apply(cursor, now)
        cursor.execute(
            "UPDATE customers_bitclock SET followed_to = %s"
            " WHERE followed_to IS NULL OR followed_to < %s",
            [now, now],
        )
    return taken


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
        """
        WITH came AS (
            SELECT i.customer_id, i.occurred_at, i.event_type_id || ':'
                || to_char(i.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS ref
            FROM ingested_events i
            WHERE EXISTS (SELECT 1 FROM customers_bitset WHERE kind = 'event')
        ), kept AS (
            SELECT * FROM came WHERE ref IN (SELECT ref FROM customers_bitset WHERE kind = 'event')
        ), later AS (
            INSERT INTO customers_bitdue (due_at, kind, ref, customer_id)
            SELECT occurred_at, 'event', ref, customer_id FROM kept WHERE occurred_at > %s
        )
        INSERT INTO customers_bitchange (kind, ref, customer_id)
        SELECT DISTINCT 'event', ref, customer_id FROM kept
        """,
        [batch.now],
    )


# helpers


def _apply(cursor: Any, now: datetime) -> None:
    cursor.execute("SELECT DISTINCT kind, ref FROM bit_claimed")
    sources = set(cursor.fetchall())
    ready = BitSet.objects.filter(
        state=BitSetState.READY,
        kind__in={kind for kind, _ref in sources},
        ref__in={ref for _kind, ref in sources},
    )
    for each in ready:
        if (each.kind, each.ref) in sources:
            _apply_to(cursor, each, now)


def _apply_to(cursor: Any, each: BitSet, now: datetime) -> None:
    """Ask for everybody who changed whether she is in this set now."""
    truth, params = Primitive(tuple(each.definition)).truth(now)
    cursor.execute(
        f"""
        WITH asked AS (
            SELECT c.id AS customer_id, {truth} AS holds
            FROM (SELECT DISTINCT customer_id FROM bit_claimed WHERE kind = %s AND ref = %s) d
            JOIN customers_customer c ON c.id = d.customer_id
        ), masks AS (
            SELECT {IN_CHUNK} AS chunk, bit_or({ONE}) AS touched,
                bit_or({ONE}) FILTER (WHERE holds) AS held
            FROM asked GROUP BY 1
        ), changed AS (
            UPDATE customers_bitchunk t
            SET bits = t.bits & ~m.touched | COALESCE(m.held, t.bits & ~t.bits)
            FROM masks m WHERE t.set_id = %s AND t.chunk = m.chunk
        )
        INSERT INTO customers_bitchunk (set_id, chunk, bits)
        SELECT %s, m.chunk, m.held FROM masks m
        WHERE m.held IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM customers_bitchunk t WHERE t.set_id = %s AND t.chunk = m.chunk)
        """,
        [*params, each.kind, each.ref, each.pk, each.pk, each.pk],
    )
