"""Writes events: keys first, so that a duplicate changes nothing, then COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from customers.bulk import copy_lines, escaped, listed, next_ids
from customers.ingest import registry
from customers.ingest.check import ReadEvent
from customers.ingest.facts import EventBatch

# Up to so many rows the planner's guess of an unknown temporary table does no harm.
ANALYZE_FROM = 1_000
# From so many on COPY is faster, though it may be in vain; and it pays to ask who waits for them.
MANY = 200
_COLUMNS = "id, customer_id, event_type_id, occurred_at, properties, brand_id, source_id"


class Row(NamedTuple):
    """An event and whose it is."""

    customer_id: int
    event: ReadEvent


def ensure_partitions(cursor: Any, events: Iterable[ReadEvent]) -> None:
    """Make the monthly partitions that these events need.

    Comes before anything that another batch could wait for, since the maker of a partition holds
    a lock until it commits.
    """
    months = {(event.occurred_at.year, event.occurred_at.month) for event in events}
    if months:
        cursor.execute(
            "SELECT customers_ensure_event_partitions(m, m)"
            " FROM unnest(string_to_array(%s, ',')::timestamptz[]) m",
            [listed(f"{year}-{month:02}-01T00:00:00Z" for year, month in sorted(months))],
        )


def claim_keys(cursor: Any, events: Iterable[ReadEvent], now: datetime) -> set[str]:
    """Write the idempotency keys of these events; return those that were never seen before."""
    keys = {event.key for event in events if event.key}
    wanted = sorted(keys)
    if len(wanted) >= MANY:
        tail = f"\t{now.isoformat()}\n"
        try:
            with transaction.atomic():
                into = "customers_eventkey (key, received_at)"
                copy_lines(cursor, into, (f"{key}{tail}" for key in wanted))
                return keys
        except IntegrityError:
            pass  # some have been seen: the longer way finds out which
    if not wanted:
        return set()
    cursor.execute(
        """
        INSERT INTO customers_eventkey (key, received_at)
        SELECT key::uuid, %s
        FROM unnest(string_to_array(%s, ',')) WITH ORDINALITY AS new (key, position)
        ORDER BY position
        ON CONFLICT (key) DO NOTHING
        RETURNING replace(key::text, '-', '')
        """,
        [now, listed(wanted)],
    )
    return {row[0] for row in cursor.fetchall()}


def write_events(
    cursor: Any,
    rows: Sequence[Row],
    types: dict[str, int],
    *,
    brand_id: int | None,
    source_id: int,
    now: datetime,
    is_first: bool,
) -> None:
    """Write *rows* into customers_event, and tell those who wait for them.

    They find the rows in `ingested_events` once more. `is_first` says that the transaction is
    ours alone; else rows of an earlier batch in the same transaction are cleared.
    """
    if not rows:
        return
    ids = next_ids(cursor, "customers_event_id_seq", len(rows))
    of_all = f"\t{brand_id if brand_id is not None else chr(92) + 'N'}\t{source_id}"

    def lines(tail: str) -> Iterator[str]:
        tail = f"{of_all}{tail}\n"
        for id, (customer_id, event) in zip(ids, rows, strict=True):
            yield (
                f"{id}\t{customer_id}\t{types[event.name]}\t{event.occurred_at.isoformat()}\t"
                f"{escaped(event.properties)}{tail}"
            )

    copy_lines(cursor, f"customers_event ({_COLUMNS}, received_at)", lines(f"\t{now.isoformat()}"))
    met = frozenset(types[name] for name in {row.event.name for row in rows})
    told = registry.listeners(cursor, met) if len(rows) >= MANY else registry.subscribers()
    if not told:
        return
    cursor.execute(
        """
        CREATE TEMPORARY TABLE IF NOT EXISTS ingested_events (
            id bigint, customer_id bigint, event_type_id bigint, occurred_at timestamptz,
            properties jsonb, brand_id bigint, source_id smallint
        ) ON COMMIT DELETE ROWS
        """
    )
    if not is_first:
        cursor.execute("TRUNCATE ingested_events")
    copy_lines(cursor, f"ingested_events ({_COLUMNS})", lines(""))
    if len(rows) >= ANALYZE_FROM:
        cursor.execute("ANALYZE ingested_events (customer_id, event_type_id)")
    batch = EventBatch(now, met, len(rows))
    for callback in told:
        callback(cursor, batch)
