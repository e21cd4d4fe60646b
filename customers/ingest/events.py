"""Writes events: keys first, so that a duplicate changes nothing, then COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct, pack
from typing import Any, Final, TypeAlias

from django.db import IntegrityError, transaction

from config.database.apart import empty_temporary, is_apart
from customers.bulk import copying_rows, listed, next_ids
from customers.ingest import registry
from customers.ingest.check import ReadEvent
from customers.ingest.facts import EventBatch

# Up to so many rows the planner's guess of an unknown temporary table does no harm.
ANALYZE_FROM = 1_000
# From so many on COPY is faster, though it may be in vain; and it pays to ask who waits for them.
MANY = 200
# An event and whose it is. A plain pair, since a batch makes ten thousand of them.
Row: TypeAlias = tuple[int, ReadEvent]

_COLUMNS = "id, customer_id, event_type_id, occurred_at, properties, brand_id, source_id"
# What subscribers read.
INGESTED: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS ingested_events (
    id bigint, customer_id bigint, event_type_id bigint, occurred_at timestamptz,
    properties jsonb, brand_id bigint, source_id smallint
) ON COMMIT DELETE ROWS
"""
# Cells of COPY, each behind its length: four numbers, and the first byte of jsonb, its version.
_HEAD: Final = Struct(">iqiqiqiqib").pack
_NULL: Final = pack(">i", -1)
# PostgreSQL counts microseconds from here.
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def ensure_partitions(cursor: Any, moments: Sequence[datetime]) -> None:
    """Make the monthly partitions that events of these moments need.

    Comes before anything that another batch could wait for, since the maker of a partition holds
    a lock until it commits.
    """
    if not moments or is_apart():
        return
    first, last = min(moments), max(moments)
    months = {(first.year, first.month), (last.year, last.month)}
    if len(months) > 1:
        months = {(at.year, at.month) for at in moments}
    cursor.execute(
        "SELECT customers_ensure_event_partitions(m, m)"
        " FROM unnest(string_to_array(%s, ',')::timestamptz[]) m",
        [listed(f"{year}-{month:02}-01T00:00:00Z" for year, month in sorted(months))],
    )


@dataclass(slots=True)
class Claim:
    """What became of keys: those that were never seen before, or None when all of them are new."""

    fresh: set[bytes] | None = None


class Keys:
    """Idempotency keys to be claimed: each once, in an order that all batches keep."""

    def __init__(self, keys: Iterable[bytes], now: datetime) -> None:
        self.sorted = sorted(set(keys))
        self.now = now

    @contextmanager
    def claiming(self, cursor: Any) -> Iterator[Claim]:
        """Write the keys, while the block does what needs no database; the claim is known after
        it."""
        claim = Claim()
        if len(self.sorted) < MANY:
            self._claim(cursor, claim)
            yield claim
            return
        head, tail = pack(">hi", 2, 16), pack(">iq", 8, _microseconds(self.now))
        rows = (head + key + tail for key in self.sorted)
        try:
            with (
                transaction.atomic(),
                copying_rows(cursor, "customers_eventkey (key, received_at)", rows),
            ):
                yield claim
        except IntegrityError:
            # Some have been seen: the longer way finds out which.
            self._claim(cursor, claim)

    def _claim(self, cursor: Any, claim: Claim) -> None:
        if not self.sorted:
            return
        cursor.execute(
            """
            INSERT INTO customers_eventkey (key, received_at)
            SELECT key::uuid, %s
            FROM unnest(string_to_array(%s, ',')) WITH ORDINALITY AS new (key, position)
            ORDER BY position
            ON CONFLICT (key) DO NOTHING
            RETURNING replace(key::text, '-', '')
            """,
            [self.now, listed(key.hex() for key in self.sorted)],
        )
        fresh = {bytes.fromhex(row[0]) for row in cursor.fetchall()}
        claim.fresh = fresh if len(fresh) < len(self.sorted) else None


@dataclass(slots=True)
class PackedEvents:
    """Events as rows of COPY, but for their number of cells and what all of them share."""

    type_ids: frozenset[int]
    rows: list[bytes]
    of_all: bytes

    def copied(self, *more: bytes) -> Iterator[bytes]:
        """The rows with further cells at their end."""
        head = pack(">h", 7 + len(more))
        tail = self.of_all + b"".join(more)
        return (head + row + tail for row in self.rows)


def pack_events(
    ids: Sequence[int],
    rows: Sequence[Row],
    types: Mapping[str, int],
    *,
    brand_id: int | None,
    source_id: int,
) -> PackedEvents:
    """Pack events, which Python can do while the server writes something else."""
    brand = _NULL if brand_id is None else pack(">iq", 8, brand_id)
    return PackedEvents(
        frozenset(types[name] for name in {event.name for _id, event in rows}),
        [
            _HEAD(
                8, id, 8, customer_id, 8, types[event.name],
                8, (event.occurred_at - _EPOCH) // _MICROSECOND, len(event.properties) + 1, 1,
            )
            + event.properties
            for id, (customer_id, event) in zip(ids, rows, strict=True)
        ],
        brand + pack(">ih", 2, source_id),
    )  # fmt: skip


def new_ids(cursor: Any, count: int) -> Sequence[int]:
    """The ids of so many new events."""
    return next_ids(cursor, "customers_event_id_seq", count)


def write_events(cursor: Any, events: PackedEvents, *, now: datetime, is_first: bool) -> None:
    """Write events into customers_event, and tell those who wait for them.

    They find the rows in `ingested_events` once more. `is_first` says that the transaction is
    ours alone; else rows of an earlier batch in the same transaction are cleared.
    """
    count = len(events.rows)
    if not count:
        return
    received = pack(">iq", 8, _microseconds(now))
    into = f"customers_event ({_COLUMNS}, received_at)"
    with copying_rows(cursor, into, events.copied(received)):
        batch = EventBatch(now, events.type_ids, count)
    is_asked = count >= MANY
    told = registry.listeners(cursor, events.type_ids) if is_asked else registry.subscribers()
    if not told:
        return
    if not is_apart():
        cursor.execute(INGESTED)
    if not is_first:
        empty_temporary(cursor, "ingested_events")
    with copying_rows(cursor, f"ingested_events ({_COLUMNS})", events.copied()):
        pass
    if count >= ANALYZE_FROM:
        cursor.execute("ANALYZE ingested_events (customer_id, event_type_id)")
    for callback in told:
        callback(cursor, batch)


# helpers


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
