"""Which customer stands behind identities, in the database and under concurrency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.identity.assign import (
    Assignment,
    Clash,
    Join,
    Key,
    Known,
    World,
    assign,
    in_question,
)


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

    1. Look up all identities at once, and lock their customers in the order of their ids: whoever
       merges or writes about the same people comes before or after, never in between.
    2. Assign the items.
    3. Insert the new identities in sorted order. The unique index is the lock: whoever comes
       second waits for the first.

    Raises Stale when another transaction was first with a merge (in 1) or an identity (in 3).
    The foreign key of an identity is checked at commit, so the caller may write the customers of
    `new_ids` afterwards, with their attributes.
    """
    owners = _look_up(cursor, {key for keys in items for key in keys})
    customers = _lock(cursor, {*owners.values(), *(id for id in fixed if id is not None)})
    counts, apart = _limits(cursor, in_question(items, fixed, owners))
    plan = assign(items, fixed, World(owners, customers, strong, limits, counts, apart))
    id_of = _ids(cursor, plan)
    if plan.new_keys and _insert(cursor, plan, id_of, source_id, now) < len(plan.new_keys):
        raise Stale
    return Resolved(
        customer_ids=[id_of.get(slot, slot) for slot in plan.of_item],
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
    cursor.execute(
        "SELECT nextval('customers_customer_id_seq') FROM generate_series(1, %s)", [len(new)]
    )
    return dict(zip(new, (row[0] for row in cursor.fetchall()), strict=True))


def _look_up(cursor: Any, keys: Iterable[Key]) -> dict[Key, int]:
    keys = list(keys)
    if not keys:
        return {}
    cursor.execute(
        """
        SELECT i.namespace_id, i.value, i.customer_id
        FROM unnest(%s::smallint[], %s::text[]) AS wanted (namespace_id, value)
        JOIN customers_identity i USING (namespace_id, value)
        """,
        [[key.namespace_id for key in keys], [key.value for key in keys]],
    )
    return {Key(row[0], row[1]): row[2] for row in cursor.fetchall()}


def _lock(cursor: Any, ids: set[int]) -> dict[int, Known]:
    if not ids:
        return {}
    cursor.execute(
        """
        SELECT id, is_known, created_at, merged_into_id IS NOT NULL OR erased_at IS NOT NULL
        FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
        """,
        [sorted(ids)],
    )
    rows = cursor.fetchall()
    if len(rows) < len(ids) or any(is_gone for _id, _known, _at, is_gone in rows):
        raise Stale
    return {id: Known(is_known, at) for id, is_known, at, _gone in rows}


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
) -> int:
    keys = sorted(plan.new_keys)
    slots = [plan.new_keys[key] for key in keys]
    cursor.execute(
        """
        INSERT INTO customers_identity (customer_id, namespace_id, value, source_id, created_at)
        SELECT customer_id, namespace_id, value, %s, %s
        FROM unnest(%s::bigint[], %s::smallint[], %s::text[])
            WITH ORDINALITY AS new (customer_id, namespace_id, value, position)
        ORDER BY position
        ON CONFLICT (namespace_id, value) DO NOTHING
        """,
        [
            source_id,
            now,
            [id_of.get(slot, slot) for slot in slots],
            [key.namespace_id for key in keys],
            [key.value for key in keys],
        ],
    )
    return int(cursor.rowcount)
