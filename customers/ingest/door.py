"""The one door: every fact about customers is written here, by sets, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from customers.access import Actor
from customers.identity.merge import Pair, merge_pairs
from customers.identity.resolve import Resolved, Stale, resolve
from customers.identity.reviews import open_reviews
from customers.ingest.catalogue import (
    define_attributes,
    event_types,
    read_catalogue,
)
from customers.ingest.check import ReadItem, read_items
from customers.ingest.consents import write_consents
from customers.ingest.events import Row, claim_keys, ensure_partitions, write_events
from customers.ingest.facts import Batch, Conflict, EventBatch, Ingested, Refused
from customers.ingest.limits import ITEMS_PER_BATCH
from customers.ingest.people import News, write_customers
from customers.ingest.registry import tell
from customers.models import MergeReason
from customers.tags.apply import TagSet, write_tags

ATTEMPTS = 3
# Each time it was somebody else who came through with the same people, so this ends.
STALE_ATTEMPTS = 100


def ingest(batch: Batch, *, now: datetime) -> Ingested:
    """Take in a batch: items are checked one by one, the good ones written all at once.

    A bad item is refused with its place and a sentence and holds no other up. An event whose
    idempotency key was seen before is dropped; an item with nothing but such events changes
    nothing. New events are told to subscribers inside the same transaction. Inside an outer
    transaction everything belongs to that one. Raises ValueError for a batch that is too large.
    """
    if len(batch.items) > ITEMS_PER_BATCH:
        raise ValueError(
            f"A batch has at most {ITEMS_PER_BATCH} items, this one has {len(batch.items)}."
        )
    is_ours = not connection.in_atomic_block
    deadlocks = stale = 0
    while True:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                return _take_in(cursor, batch, now, is_first=is_ours)
        except Stale:
            stale += 1
            if stale == STALE_ATTEMPTS:
                raise
        except OperationalError as error:
            # Our own locks are ordered; those of a subscriber may not be.
            deadlocks += 1
            if not is_ours or deadlocks == ATTEMPTS or not _is_deadlock(error):
                raise


# helpers


def _take_in(cursor: Any, batch: Batch, now: datetime, *, is_first: bool) -> Ingested:
    """The order is the same for every batch, so that batches wait in line and not in a circle:
    types, partitions, customers who exist, identities, merges, keys, new customers, tags,
    consents, events, subscribers."""
    done = Ingested(customer_ids=[None] * len(batch.items))
    attributes = {code for item in batch.items for code in item.attributes}
    tags = {tag.code for item in batch.items for tag in item.tags}
    catalogue = read_catalogue(cursor, batch.source, batch.source_kind, attributes, tags)
    reading = read_items(batch, catalogue, now)
    done.refused = reading.refused
    items = _those_that_exist(cursor, reading.items, done.refused)
    if not items:
        return done
    if reading.new_attributes:
        define_attributes(cursor, reading.new_attributes)
    types = event_types(cursor, (event.name for item in items for event in item.events), now)
    ensure_partitions(cursor, (event.occurred_at for item in items for event in item.events))

    resolved = resolve(
        cursor,
        [item.keys for item in items],
        [item.customer_id for item in items],
        strong=catalogue.strong,
        limits=catalogue.limits,
        source_id=catalogue.source_id,
        now=now,
    )
    _join(cursor, batch, items, resolved, now)
    fresh = claim_keys(cursor, items, now)
    rows, said, repeated = _sort_out(items, resolved, types, fresh, done)

    write_customers(cursor, _news(said, resolved), resolved.new_ids, catalogue, now)
    open_reviews(
        cursor,
        resolved.clashes,
        source=batch.source,
        places=[items[clash.index].place for clash in resolved.clashes],
        now=now,
    )
    write_tags(
        cursor,
        [
            TagSet(customer_id, tag_id, value, added, item.at)
            for customer_id, item in said
            for tag_id, value, added in item.tags
        ],
        source_id=catalogue.source_id,
        now=now,
    )
    write_consents(
        cursor,
        [(customer_id, consent) for customer_id, item in said for consent in item.consents],
        source_id=catalogue.source_id,
    )
    if rows:
        write_events(
            cursor,
            rows,
            brand_id=batch.brand_id,
            source_id=catalogue.source_id,
            now=now,
            is_first=is_first,
        )
        tell(cursor, EventBatch(now, frozenset(row.event_type_id for row in rows), len(rows)))

    done.accepted = len(items)
    done.duplicates = repeated
    done.event_count = len(rows)
    done.customers_created = len(resolved.new_ids)
    done.conflicts = [
        Conflict(items[clash.index].place, clash.kept, (clash.other,)) for clash in resolved.clashes
    ]
    done.merged = len(resolved.joins)
    for item, customer_id in zip(items, resolved.customer_ids, strict=True):
        done.customer_ids[item.index] = customer_id
    return done


def _join(
    cursor: Any, batch: Batch, items: list[ReadItem], resolved: Resolved, now: datetime
) -> None:
    """Merge the customers who turned out to be one, before anything is written of them."""
    if resolved.joins:
        pairs = [
            Pair(join.kept, join.other, f"{batch.source}: {items[join.item].place}")
            for join in resolved.joins
        ]
        actor = Actor.of_system(f"ingest {batch.source}")
        merge_pairs(cursor, pairs, actor=actor, reason=MergeReason.IDENTITIES, now=now)


def _those_that_exist(cursor: Any, items: list[ReadItem], refused: list[Refused]) -> list[ReadItem]:
    """Follow merges of customers named by id; refuse items about nobody."""
    named = {item.customer_id for item in items if item.customer_id is not None}
    if not named:
        return items
    cursor.execute(
        """
        SELECT id, COALESCE(merged_into_id, id) FROM customers_customer
        WHERE id = ANY(%s) AND erased_at IS NULL
        """,
        [sorted(named)],
    )
    now_called = dict(cursor.fetchall())
    found = []
    for item in items:
        if item.customer_id is not None:
            if item.customer_id not in now_called:
                text = _("There is no customer %(id)s.") % {"id": item.customer_id}
                refused.append(Refused(item.place, text))
                continue
            item.customer_id = now_called[item.customer_id]
        found.append(item)
    return found


def _sort_out(
    items: Sequence[ReadItem],
    resolved: Resolved,
    types: dict[str, int],
    fresh: set[str],
    done: Ingested,
) -> tuple[list[Row], list[tuple[int, ReadItem]], int]:
    """The events to write, the items to apply with their customers, and the duplicates."""
    rows: list[Row] = []
    said: list[tuple[int, ReadItem]] = []
    repeated = 0
    for item, customer_id in zip(items, resolved.customer_ids, strict=True):
        kept = 0
        for event in item.events:
            if event.key:
                if event.key not in fresh:
                    repeated += 1
                    continue
                fresh.discard(event.key)
            kept += 1
            rows.append(Row(customer_id, types[event.name], event.occurred_at, event.properties))
        if kept or not item.events:
            said.append((customer_id, item))
    return rows, said, repeated


def _news(said: Sequence[tuple[int, ReadItem]], resolved: Resolved) -> dict[int, News]:
    news: dict[int, News] = {}
    for customer_id, item in said:
        about = news.get(customer_id)
        if about is None:
            about = news[customer_id] = News()
        if item.attributes:
            about.incoming.append((item.attributes, item.at))
        if item.seen_at and (about.seen_at is None or about.seen_at < item.seen_at):
            about.seen_at = item.seen_at
    for customer_id in resolved.becomes_known:
        news.setdefault(customer_id, News()).becomes_known = True
    return news


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") in ("40P01", "40001")
