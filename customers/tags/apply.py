"""Tags come and go, for many customers at once, and every change is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from customers.bulk import listed


class TagSet(NamedTuple):
    """A value of a tag that a customer gets (`added`) or loses.

    To take away a tag whatever its value is, leave the value empty.
    """

    customer_id: int
    tag_id: int
    value: str = ""
    added: bool = True
    at: datetime | None = None


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
    facts = _facts(cursor, {change.tag_id for change in changes})
    last: dict[tuple[int, int, str], TagSet] = {}
    for change in changes:
        multiple, _days = facts[change.tag_id]
        if not change.added and not change.value:
            for key in [k for k in last if k[:2] == change[:2]] if multiple else ():
                del last[key]
        last[change.customer_id, change.tag_id, change.value if multiple else ""] = change
    comes = [last[key] for key in sorted(last) if last[key].added]
    goes = [change for change in last.values() if not change.added]
    removed = _remove(cursor, comes, goes, facts, source_id, now)
    return removed + (_add(cursor, comes, facts, source_id, now) if comes else 0)


# helpers


def _facts(cursor: Any, tag_ids: set[int]) -> dict[int, tuple[bool, int | None]]:
    """For each tag whether it holds several values, and for how many days a value is valid."""
    cursor.execute(
        # Rows of tags have no foreign key, which would be looked up for each of them: who takes a
        # tag away waits here instead.
        "SELECT id, is_multiple, valid_days FROM customers_tag WHERE id = ANY(%s) FOR KEY SHARE",
        [sorted(tag_ids)],
    )
    found = {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
    if unknown := tag_ids - found.keys():
        raise ValueError(f"There is no tag with the id {min(unknown)}.")
    return found


def _remove(
    cursor: Any,
    comes: list[TagSet],
    goes: list[TagSet],
    facts: dict[int, tuple[bool, int | None]],
    source_id: int | None,
    now: datetime,
) -> int:
    """Delete what goes, and what gives way to the new value of a tag with one value."""
    gives_way = [change for change in comes if not facts[change.tag_id][0]]
    rows: list[tuple[TagSet, str, str | None]] = [(change, change.value, None) for change in goes]
    rows += [(change, "", change.value) for change in gives_way]
    # In the order of the index, in which all take their locks too.
    rows.sort(key=lambda row: row[0][:2])
    if not rows:
        return 0
    cursor.execute(
        """
        WITH wanted AS MATERIALIZED (
            SELECT * FROM ROWS FROM (
                unnest(string_to_array(%s, ',')::bigint[], string_to_array(%s, ',')::bigint[]),
                json_array_elements_text(%s), json_array_elements_text(%s),
                unnest(string_to_array(%s, ',')::timestamptz[])
            ) AS wanted (customer_id, tag_id, value, keep, at)
        ), held AS MATERIALIZED (
            -- One look at the index for each, however few rows the table is thought to have.
            SELECT t.place, wanted.at FROM wanted CROSS JOIN LATERAL (
                SELECT t.ctid AS place FROM customers_customertag t
                WHERE t.customer_id = wanted.customer_id AND t.tag_id = wanted.tag_id
                  AND (wanted.value = '' OR t.value = wanted.value)
                  AND t.value IS DISTINCT FROM wanted.keep
                OFFSET 0
            ) AS t
        ), gone AS (
            DELETE FROM customers_customertag t USING held WHERE t.ctid = held.place
            RETURNING t.customer_id, t.tag_id, t.value, held.at
        )
        INSERT INTO customers_tagchange (customer_id, tag_id, value, added, at, source_id)
        SELECT customer_id, tag_id, value, false, at, %s FROM gone
        """,
        [
            listed(change.customer_id for change, _value, _keep in rows),
            listed(change.tag_id for change, _value, _keep in rows),
            json.dumps([value for _change, value, _keep in rows]),
            json.dumps([keep for _change, _value, keep in rows]),
            _moments([change.at or now for change, _value, _keep in rows]),
            source_id,
        ],
    )
    return int(cursor.rowcount)


def _add(
    cursor: Any,
    comes: list[TagSet],
    facts: dict[int, tuple[bool, int | None]],
    source_id: int | None,
    now: datetime,
) -> int:
    """Insert what comes; a value that is there already is only valid for longer."""

    def expires(change: TagSet) -> datetime | None:
        days = facts[change.tag_id][1]
        return (change.at or now) + timedelta(days=days) if days else None

    cursor.execute(
        """
        WITH came AS (
            INSERT INTO customers_customertag AS t
                (customer_id, tag_id, value, since, expires_at, source_id)
            SELECT customer_id, tag_id, value, at, expires_at, %s
            FROM ROWS FROM (
                unnest(string_to_array(%s, ',')::bigint[], string_to_array(%s, ',')::bigint[]),
                json_array_elements_text(%s),
                unnest(string_to_array(%s, ',')::timestamptz[],
                       string_to_array(%s, ',', '')::timestamptz[])
            ) WITH ORDINALITY AS new (customer_id, tag_id, value, at, expires_at, position)
            ORDER BY position
            ON CONFLICT (customer_id, tag_id, value) DO UPDATE
                SET expires_at = GREATEST(t.expires_at, excluded.expires_at)
                WHERE t.expires_at < excluded.expires_at
            RETURNING customer_id, tag_id, value, since, xmax = 0 AS is_new
        )
        INSERT INTO customers_tagchange (customer_id, tag_id, value, added, at, source_id)
        SELECT customer_id, tag_id, value, true, since, %s FROM came WHERE is_new
        """,
        [
            source_id,
            listed(change.customer_id for change in comes),
            listed(change.tag_id for change in comes),
            json.dumps([change.value for change in comes]),
            _moments([change.at or now for change in comes]),
            _moments([expires(change) for change in comes]),
            source_id,
        ],
    )
    return int(cursor.rowcount)


def _moments(moments: Sequence[datetime | None]) -> str:
    """They are few and many alike: each is written once. None is nothing."""
    words = {each: str(each) if each else "" for each in set(moments)}
    return ",".join([words[each] for each in moments])
