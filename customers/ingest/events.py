"""Writes events: keys first, so that a duplicate changes nothing, then COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from customers.ingest.check import ReadItem

# Up to this many rows the planner's guess of an unknown temporary table does no harm.
ANALYZE_FROM = 1_000


class Row(NamedTuple):
    """One event of one customer, ready for COPY."""

    customer_id: int
    event_type_id: int
    occurred_at: datetime
    properties: str


def ensure_partitions(cursor: Any, moments: Iterable[datetime]) -> None:
    """Make the monthly partitions that these moments need.

    Comes before anything that another batch could wait for, since the maker of a partition holds
    a lock until it commits.
    """
    months: dict[tuple[object, ...], datetime] = {}
    for moment in moments:
        months.setdefault((moment.year, moment.month, moment.utcoffset()), moment)
    if months:
        cursor.execute(
            "SELECT customers_ensure_event_partitions(m, m) FROM unnest(%s::timestamptz[]) m",
            [sorted(months.values())],
        )


def claim_keys(cursor: Any, items: Sequence[ReadItem], now: datetime) -> set[str]:
    """Write the idempotency keys of these items; return those that were never seen before."""
    wanted = sorted({event.key for item in items for event in item.events if event.key})
    if not wanted:
        return set()
    cursor.execute(
        """
        INSERT INTO customers_eventkey (key, received_at)
        SELECT key::uuid, %s FROM unnest(%s::text[]) WITH ORDINALITY AS new (key, position)
        ORDER BY position
        ON CONFLICT (key) DO NOTHING
        RETURNING replace(key::text, '-', '')
        """,
        [now, wanted],
    )
    return {row[0] for row in cursor.fetchall()}


def write_events(
    cursor: Any,
    rows: Sequence[Row],
    *,
    brand_id: int | None,
    source_id: int,
    now: datetime,
    is_first: bool,
) -> None:
    """Write *rows* into `ingested_events`, and from there into customers_event.

    `is_first` says that the transaction is ours alone; else rows of an earlier batch in the same
    transaction are cleared.
    """
    cursor.execute(
        """
        CREATE TEMPORARY TABLE IF NOT EXISTS ingested_events (
            id bigint DEFAULT nextval('customers_event_id_seq'), customer_id bigint,
            event_type_id bigint, occurred_at timestamptz, properties jsonb, brand_id bigint,
            source_id smallint
        ) ON COMMIT DELETE ROWS
        """
    )
    if not is_first:
        cursor.execute("TRUNCATE ingested_events")
    tail = f"\t{brand_id if brand_id is not None else chr(92) + 'N'}\t{source_id}\n"
    with cursor.copy(
        "COPY ingested_events (customer_id, event_type_id, occurred_at, properties, brand_id, "
        "source_id) FROM STDIN"
    ) as copy:
        # JSON text holds no raw tabs or line ends; only its backslashes mean something to COPY.
        lines = [
            f"{row.customer_id}\t{row.event_type_id}\t{row.occurred_at.isoformat()}\t"
            f"{_escaped(row.properties)}{tail}"
            for row in rows
        ]
        for start in range(0, len(lines), 1_000):
            copy.write("".join(lines[start : start + 1_000]))
    if len(rows) >= ANALYZE_FROM:
        cursor.execute("ANALYZE ingested_events")
    cursor.execute(
        """
        INSERT INTO customers_event (id, customer_id, event_type_id, occurred_at, received_at,
                                     brand_id, source_id, properties)
        SELECT id, customer_id, event_type_id, occurred_at, %s, brand_id, source_id, properties
        FROM ingested_events
        """,
        [now],
    )


# helpers


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\") if "\\" in text else text
