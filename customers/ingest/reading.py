"""Reads a batch and looks up its people."""

from __future__ import annotations

from array import array
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from customers.bulk import meanwhile
from customers.erasure.bar import barred
from customers.identity.resolve import LookUp
from customers.ingest.catalogue import are_known, define_attributes, event_types
from customers.ingest.check import Reader, ReadItem
from customers.ingest.events import Keys, ensure_partitions, new_ids
from customers.ingest.limits import EVENTS_PER_ITEM

# From so many items on it pays to let Python and the server work at once, and the collector of
# cyclic garbage would cost more than it finds.
MANY = 500


@dataclass(slots=True)
class Read:
    """The good items of a batch, and what was got ready for them: the look-up of their people, who
    are locked, the types of their events, ids enough for these, and the keys to be claimed."""

    items: list[ReadItem]
    people: LookUp
    types: dict[str, int]
    ids: Sequence[int]
    keys: Keys


def read(cursor: Any, reader: Reader, attributes: Set[str], now: datetime) -> Read | None:
    """Read a batch and look up its people; None when there is no good item.

    What the items say is read while the server looks for the customers, unless something has to be
    made in the catalogue first: that comes before customers are locked. `attributes` are all codes
    in the batch.
    """
    ids = array("q")
    most = sum([min(len(item.events), EVENTS_PER_ITEM) for item in reader.batch.items])
    with meanwhile(lambda: ids.extend(new_ids(cursor, most)), at_once=most < MANY):
        people = reader.people()
    items = _those_that_exist(cursor, _without_barred(cursor, people, reader), reader)
    if not items:
        return None
    moments = [event.occurred_at for item in items for event in item.events]
    ensure_partitions(cursor, moments)
    if (
        len(items) >= MANY
        and attributes <= reader.catalogue.attribute_types.keys()
        and are_known(cursor, reader.possible)
    ):
        asked = LookUp([item.keys for item in items], [item.customer_id for item in items])
        with meanwhile(partial(asked.ask, cursor)):
            items = reader.facts(items)
            keys = Keys(reader.keys, now)
        types = event_types(cursor, reader.names, now)
    else:
        items = reader.facts(items)
        keys = Keys(reader.keys, now)
        define_attributes(cursor, reader.new_attributes)
        types = event_types(cursor, reader.names, now)
        asked = LookUp([item.keys for item in items], [item.customer_id for item in items])
        asked.ask(cursor)
    return Read(items, asked, types, ids, keys) if items else None


# helpers


def _without_barred(cursor: Any, items: list[ReadItem], reader: Reader) -> list[ReadItem]:
    """Refuse items about people who asked to be erased and not to be taken in again."""
    gone = barred(cursor, (key for item in items for key in item.keys))
    if not gone:
        return items
    text = _("This person asked to be erased and not to be taken in again.")
    found = []
    for item in items:
        if gone.isdisjoint(item.keys):
            found.append(item)
        else:
            reader.refuse(item.index, text, keep=False)
    return found


def _those_that_exist(cursor: Any, items: list[ReadItem], reader: Reader) -> list[ReadItem]:
    """Follow merges of customers named by id; refuse items about nobody."""
    named = {item.customer_id for item in items if item.customer_id is not None}
    if not named:
        return items
    possible = sorted(id for id in named if 0 < id < 2**63)
    cursor.execute(
        """
        SELECT id, COALESCE(merged_into_id, id) FROM customers_customer
        WHERE id = ANY(%s) AND erased_at IS NULL
        """,
        [possible],
    )
    now_called = dict(cursor.fetchall())
    found = []
    for item in items:
        if item.customer_id is not None:
            if item.customer_id not in now_called:
                reader.refuse(
                    item.index, _("There is no customer %(id)s.") % {"id": item.customer_id}
                )
                continue
            item.customer_id = now_called[item.customer_id]
        found.append(item)
    return found
