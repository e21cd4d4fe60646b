"""Which customer stands behind identities, in the database and under concurrency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import IntegrityError
from psycopg.errors import UniqueViolation

from customers.bulk import copy_lines, escaped, listed, longs, next_ids
from customers.identity.assign import Assignment, Clash, Join, assign, in_question
from customers.identity.slots import Key, World

# One statement for both: what it finds stays so until the end of the transaction. Values are
# printable, so a line end parts them. It goes by the indexes whatever the planner believes: while
# a first import runs, it takes these tables for empty.
_LOOK_UP = """
WITH found AS MATERIALIZED (
    SELECT w.position, i.customer_id
    FROM unnest(string_to_array(%s, ',')::smallint[], string_to_array(%s, E'\\n'))
        WITH ORDINALITY AS w (namespace_id, value, position)
    CROSS JOIN LATERAL (
        SELECT customer_id FROM customers_identity i
        WHERE i.namespace_id = w.namespace_id AND i.value = w.value LIMIT 1) AS i
), locked AS MATERIALIZED (
    SELECT id, is_known, created_at, merged_into_id IS NOT NULL OR erased_at IS NOT NULL AS is_gone
    FROM customers_customer
    WHERE id = ANY(ARRAY(SELECT customer_id FROM found) || string_to_array(%s, ',')::bigint[])
    ORDER BY id FOR NO KEY UPDATE
)
SELECT f.*, l.* FROM (
    SELECT string_agg(int8send(position), ''), string_agg(int8send(customer_id), '') FROM found
) AS f, (
    SELECT string_agg(int8send(id), ''), string_agg(timestamptz_send(created_at), ''),
           array_agg(id) FILTER (WHERE NOT is_known), bool_or(is_gone)
    FROM locked
) AS l
"""


class Stale(Exception):
    """Somebody else was first: the customers or identities of this batch have changed meanwhile.

    Roll back, which gives all locks free, and try again.
    """


@dataclass(slots=True)
class Resolved:
    """`customer_ids` is aligned with the items. Rows of `new_ids` are still to be written, `joins`
    still to be merged, `clashes` to be put into the queue of reviews."""

    customer_ids: list[int]
    new_ids: set[int]
    becomes_known: set[int]
    joins: list[Join]
    clashes: list[Clash]


def resolve(
    cursor: Any,
    items: Sequence[Sequence[Key]],
    fixed: Sequence[int | None],
    *,
    strong: frozenset[int],
    limits: Mapping[int, int],
    source_id: int,
    now: datetime,
) -> Resolved:
    """Resolve every item and write the identities that nobody had.

    1. Look up all identities, and lock their customers in the order of their ids: whoever merges
       or writes about the same people comes before or after, never in between.
    2. Assign the items.
    3. COPY the new identities in sorted order. The unique index is the lock: whoever comes
       second waits for the first.

    Raises Stale when another transaction was first with a merge (in 1) or an identity (in 3).
    The foreign key of an identity is checked at commit, so the caller may write the customers of
    `new_ids` afterwards, with their attributes.
    """
    keys = list(dict.fromkeys(chain.from_iterable(items)))
    named = {id for id in fixed if id is not None}
    owners, created_at, known = _look_up(cursor, keys, named)
    counts, apart = _limits(cursor, in_question(items, fixed, owners) if created_at else set())
    plan = assign(items, fixed, World(owners, created_at, known, strong, limits, counts, apart))
    id_of = _ids(cursor, plan)
    if plan.new_keys:
        _insert(cursor, plan, id_of, source_id, now)
    return Resolved(
        customer_ids=([id_of.get(slot, slot) for slot in plan.of_item] if id_of else plan.of_item),
        new_ids=set(id_of.values()),
        becomes_known={id_of.get(slot, slot) for slot in plan.becomes_known},
        joins=plan.joins,
        clashes=[
            Clash(
                clash.index,
                id_of.get(clash.kept, clash.kept),
                id_of.get(clash.other, clash.other),
                clash.namespaces,
            )
            for clash in plan.clashes
        ],
    )


# helpers


def _ids(cursor: Any, plan: Assignment) -> dict[int, int]:
    """Customer ids for the new slots of a plan."""
    slots = {*plan.of_item, *plan.new_keys.values()}
    new = sorted((slot for slot in slots if slot < 0), reverse=True)
    if not new:
        return {}
    made = next_ids(cursor, "customers_customer_id_seq", len(new))
    return dict(zip(new, made, strict=True))


def _look_up(
    cursor: Any, keys: Sequence[Key], named: set[int]
) -> tuple[dict[Key, int], dict[int, int], set[int]]:
    """The owners of *keys*, when these and the customers named by id were made (microseconds),
    and who of them is known. All of them are locked."""
    if not keys and not named:
        return {}, {}, set()
    cursor.execute(
        _LOOK_UP,
        [
            listed(space for space, _value in keys),
            "\n".join([value for _space, value in keys]),
            listed(sorted(named)),
        ],
    )
    positions, owner_ids, ids, created, unknown, is_gone = cursor.fetchone()
    created_at = dict(zip(longs(ids), longs(created), strict=True))
    if is_gone or not named <= created_at.keys():
        raise Stale
    owners = {
        keys[position - 1]: id
        for position, id in zip(longs(positions), longs(owner_ids), strict=True)
    }
    return owners, created_at, created_at.keys() - set(unknown or ())


def _limits(
    cursor: Any, ids: set[int]
) -> tuple[dict[int, dict[int, int]], frozenset[tuple[int, int]]]:
    """How many identities these customers have, and which of them are not to be joined."""
    if not ids:
        return {}, frozenset()
    wanted = sorted(ids)
    cursor.execute(
        "SELECT customer_id, namespace_id, count(*) FROM customers_identity"
        " WHERE customer_id = ANY(%s) GROUP BY 1, 2",
        [wanted],
    )
    counts: dict[int, dict[int, int]] = {}
    for customer_id, namespace_id, count in cursor.fetchall():
        counts.setdefault(customer_id, {})[namespace_id] = count
    if len(ids) == 1:
        return counts, frozenset()
    # A pair stays apart whoever the two have become part of since.
    cursor.execute(
        """
        WITH they AS MATERIALIZED (
            SELECT id, coalesce(merged_into_id, id) AS now_id FROM customers_customer
            WHERE id = ANY(%s) OR merged_into_id = ANY(%s)
        )
        SELECT least(a.now_id, b.now_id), greatest(a.now_id, b.now_id)
        FROM customers_mergereview r JOIN they a ON a.id = r.one_id JOIN they b ON b.id = r.two_id
        WHERE r.state = 'apart' AND a.now_id <> b.now_id
        """,
        [wanted, wanted],
    )
    return counts, frozenset((row[0], row[1]) for row in cursor.fetchall())


def _insert(
    cursor: Any, plan: Assignment, id_of: Mapping[int, int], source_id: int, now: datetime
) -> None:
    """COPY the new identities; a namespace or source that goes away meanwhile would be waited
    for, and one that is locked here can't go."""
    rows = sorted(plan.new_keys.items())
    cursor.execute(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM customers_namespace WHERE id = ANY(%s)"
        " ORDER BY id FOR KEY SHARE) AS spaces),"
        " (SELECT id FROM customers_source WHERE id = %s FOR KEY SHARE)",
        [sorted({space for (space, _value), _slot in rows}), source_id],
    )
    tail = f"\t{source_id}\t{now.isoformat()}\n"
    try:
        copy_lines(
            cursor,
            "customers_identity (customer_id, namespace_id, value, source_id, created_at)",
            (
                f"{id_of.get(slot, slot)}\t{space}\t{escaped(value)}{tail}"
                for (space, value), slot in rows
            ),
        )
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise Stale from error
        raise
