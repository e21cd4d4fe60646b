"""The one door: every fact about customers is written here, by sets, in one transaction."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from customers.access import Actor
from customers.bulk import collector_paused, meanwhile
from customers.identity.assign import assign, in_question
from customers.identity.merge import Pair, merge_pairs
from customers.identity.merging import Busy, lock_floors
from customers.identity.resolve import Resolved, Stale, world_of, write_identities
from customers.identity.reviews import open_reviews
from customers.ingest.catalogue import read_catalogue
from customers.ingest.check import Reader, ReadItem
from customers.ingest.consents import write_consents
from customers.ingest.events import pack_events, write_events
from customers.ingest.expected import OUTSIDE, Screened, read_expected, screen
from customers.ingest.facts import Batch, Conflict, Ingested, Refused
from customers.ingest.limits import ITEMS_PER_BATCH
from customers.ingest.people import mark_seen, write_brand, write_customers
from customers.ingest.quarantine import count_breaches, pack, set_aside
from customers.ingest.reading import MANY, Read, read
from customers.ingest.telling import Told, tell
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
    if len(batch.items) < MANY:
        return _ingest(batch, now)
    with collector_paused():
        return _ingest(batch, now)


# helpers


def _ingest(batch: Batch, now: datetime) -> Ingested:
    is_ours = not connection.in_atomic_block
    deadlocks = stale = 0
    ahead: frozenset[int] = frozenset()
    while True:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                if ahead:
                    lock_floors(cursor, sorted(ahead))
                return _take_in(cursor, batch, now, is_first=is_ours)
        except (Stale, Busy) as error:
            # Customers who are to be merged while somebody moves them: next time in line.
            ahead |= error.customer_ids if isinstance(error, Busy) else frozenset()
            stale += 1
            if stale == STALE_ATTEMPTS:
                raise
        except OperationalError as error:
            # Our own locks are ordered; those of a subscriber may not be.
            deadlocks += 1
            if not is_ours or deadlocks == ATTEMPTS or not _is_deadlock(error):
                raise


def _take_in(cursor: Any, batch: Batch, now: datetime, *, is_first: bool) -> Ingested:
    """The order is the same for every batch, so that batches wait in line and not in a circle:
    what is set aside, what is new in the catalogue, partitions, customers who exist, keys,
    identities, merges, new customers, tags, consents, events, subscribers, counts of breaches."""
    done = Ingested(customer_ids=[None] * len(batch.items))
    attributes = {code for item in batch.items for code in item.attributes}
    attributes |= {code for item in batch.items if item.changes for code in item.changes}
    tags = {tag.code for item in batch.items for tag in item.tags}
    catalogue = read_catalogue(
        cursor, batch.source, batch.source_kind, attributes, tags, batch.brand_id
    )
    reader = Reader(batch, catalogue, now)
    screened = _screen(cursor, batch, reader, done, now) if catalogue.expects else None
    found = read(cursor, reader, attributes, now)
    done.refused = [reader.refused[index] for index in sorted(reader.refused)]
    if found is not None:
        _write(cursor, batch, reader, found, done, now, is_first=is_first)
    if screened is not None and batch.brand_id is not None:
        count_breaches(cursor, batch.brand_id, screened, now)
    return done


def _screen(
    cursor: Any, batch: Batch, reader: Reader, done: Ingested, now: datetime
) -> Screened | None:
    """Set aside what is not as its brand expects it, and leave out what nobody wants."""
    if batch.brand_id is None or batch.source_kind not in OUTSIDE:
        return None
    screened = screen(batch.items, read_expected(cursor, batch.brand_id))
    reader.skipped = screened.skipped
    if not batch.sets_aside:
        for held in screened.held:
            reader.refuse(held.position, held.text)
        for position in screened.blocked:
            reader.refuse(position, _("This event is on the block list."))
        return screened
    packed = [pack(batch.items[each.position], now) for each in screened.held]
    # What can't be stored can't be set aside either: it is refused like anywhere else.
    storable = [
        (each, text) for each, text in zip(screened.held, packed, strict=True) if text is not None
    ]
    screened.held = [each for each, _text in storable]
    if storable:
        set_aside(cursor, batch, screened.held, [text for _each, text in storable], now)
    done.quarantined = [
        Refused(batch.items[each.position].place, each.text) for each in screened.held
    ]
    done.blocked = len(screened.blocked)
    reader.skipped = screened.skipped
    return screened


def _write(
    cursor: Any,
    batch: Batch,
    reader: Reader,
    found: Read,
    done: Ingested,
    now: datetime,
    *,
    is_first: bool,
) -> None:
    """Write the good items of a batch, and note what became of them."""
    items, catalogue = found.items, reader.catalogue
    resolved, told = _resolve(cursor, found, reader, now)
    _join(cursor, batch, items, resolved, now)
    news, said = told.news, told.said
    write_customers(cursor, news, resolved.new_ids, catalogue, now, batch.brand_id)
    see = partial(mark_seen, cursor, told.sighted)
    with meanwhile(see, at_once=len(items) < MANY or not news.seen_at):
        rows = told.rows
        packed = pack_events(
            found.ids[: len(rows)],
            rows,
            found.types,
            brand_id=batch.brand_id,
            source_id=catalogue.source_id,
        )
        for item, customer_id in zip(items, resolved.customer_ids, strict=True):
            done.customer_ids[item.index] = customer_id
    if batch.brand_id is not None:
        named = {id for id, item in said if item.keys} - resolved.new_ids
        write_brand(cursor, named, batch.brand_id)
    open_reviews(
        cursor,
        resolved.clashes,
        source=batch.source,
        brand_id=batch.brand_id,
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
    write_events(cursor, packed, now=now, is_first=is_first)

    done.accepted = len(items)
    done.duplicates = told.repeated
    done.event_count = len(rows)
    done.customers_created = len(resolved.new_ids)
    done.conflicts = [
        Conflict(items[clash.index].place, clash.kept, (clash.other,)) for clash in resolved.clashes
    ]
    done.merged = len(resolved.joins)


def _resolve(cursor: Any, read: Read, reader: Reader, now: datetime) -> tuple[Resolved, Told]:
    """Find the customer of every item while the keys of the events are written, and what is said of
    whom. As a rule all keys are new and all customers known: then nothing is left to do after."""
    items, catalogue = read.items, reader.catalogue
    keys = [item.keys for item in items]
    fixed = [item.customer_id for item in items]
    strong, limits = catalogue.strong, catalogue.limits
    told: Told | None = None
    with read.keys.claiming(cursor) as claim:
        found = read.people.found()
        asked = in_question(keys, fixed, found.owners)
        if not asked:
            world = world_of(cursor, found, asked, strong=strong, limits=limits)
            plan = assign(keys, fixed, world)
            if min(plan.of_item) > 0:
                told = tell(items, plan.of_item, plan.becomes_known, None)
    if asked:
        world = world_of(cursor, found, asked, strong=strong, limits=limits)
        plan = assign(keys, fixed, world)
    resolved = write_identities(cursor, plan, source_id=catalogue.source_id, now=now)
    fresh = claim.fresh
    if fresh is None and reader.keyed > len(read.keys.sorted):
        fresh = set(read.keys.sorted)  # all are new, but some stand here twice
    if told is None or fresh is not None:
        told = tell(items, resolved.customer_ids, resolved.becomes_known, fresh)
    return resolved, told


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


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") in ("40P01", "40001")
