"""Tags come and go, for many customers at once, and every change is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from customers.bulk import listed
from customers.tags.writing import change, hold_tags


class TagSet(NamedTuple):
    """A value of a tag that a customer gets (`added`) or loses.

    To take away a tag whatever its value is, leave the value empty.
    """

    customer_id: int
    tag_id: int
    value: str = ""
    added: bool = True
    at: datetime | None = None


_WANTED = """
SELECT customer_id, tag_id, value, added = 1, at FROM ROWS FROM (
    unnest(string_to_array(%(customers)s, ',')::bigint[],
           string_to_array(%(tags)s, ',')::bigint[]),
    json_array_elements_text(%(values)s),
    unnest(string_to_array(%(added)s, ',')::int[],
           string_to_array(%(moments)s, ',')::timestamptz[])
) AS wanted (customer_id, tag_id, value, added, at)
"""


def apply(changes: Sequence[TagSet], *, source_id: int | None, now: datetime) -> int:
    """Apply *changes* in one transaction and return how many rows really came or went.

    A tag that holds one value drops the other one when a new one comes. Of several changes of
    one customer and tag the last in the sequence wins; a tag with several values decides value by
    value. What is so already changes nothing and leaves no history.

    The caller keeps merges away from the customers, or a row could be left with one who is part of
    another by now: the door locks them, the engine leases their buckets, which a merge waits for.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        return write_tags(cursor, changes, source_id=source_id, now=now)


def write_tags(
    cursor: Any, changes: Sequence[TagSet], *, source_id: int | None, now: datetime
) -> int:
    """As `apply`, on an open cursor inside the caller's transaction."""
    if not changes:
        return 0
    multiple = hold_tags(cursor, {each.tag_id for each in changes})
    last: dict[tuple[int, int, str], TagSet] = {}
    for each in changes:
        if not multiple[each.tag_id]:
            last[each.customer_id, each.tag_id, ""] = each
            continue
        if not each.added and not each.value:
            for key in [key for key in last if key[:2] == each[:2]]:
                del last[key]
        last[each.customer_id, each.tag_id, each.value] = each
    # One statement sees the rows as they were before it: what comes after all values went is
    # another one.
    emptied, rest = list[TagSet](), list[TagSet]()
    for each in last.values():
        is_all = multiple[each.tag_id] and not each.added and not each.value
        (emptied if is_all else rest).append(each)
    return sum(
        _change(cursor, rows, set(multiple), source_id, now) for rows in (emptied, rest) if rows
    )


# helpers


def _change(
    cursor: Any, rows: Sequence[TagSet], tag_ids: set[int], source_id: int | None, now: datetime
) -> int:
    written = change(
        cursor,
        _WANTED,
        {
            "customers": listed(each.customer_id for each in rows),
            "tags": listed(each.tag_id for each in rows),
            "values": json.dumps([each.value for each in rows]),
            "added": listed(int(each.added) for each in rows),
            "moments": _moments([each.at or now for each in rows]),
        },
        tag_ids=tag_ids,
        source_id=source_id,
    )
    return sum(written)


def _moments(moments: Sequence[datetime]) -> str:
    """They are few and many alike: each is written once."""
    words = {each: str(each) for each in set(moments)}
    return ",".join([words[each] for each in moments])
