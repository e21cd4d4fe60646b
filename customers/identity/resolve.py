"""Which customer stands behind identities, in the database and under concurrency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.identity.assign import Assignment, Clash, Key, Known, assign


@dataclass(slots=True)
class Resolved:
    """`customer_ids` is aligned with the items. Rows of `new_ids` are still to be written."""

    customer_ids: list[int]
    new_ids: set[int]
    becomes_known: set[int]
    clashes: list[Clash]


def resolve(
    cursor: Any,
    items: Sequence[Sequence[Key]],
    fixed: Sequence[int | None],
    *,
    strong: frozenset[int],
    source_id: int,
    now: datetime,
) -> Resolved:
    """Resolve every item and write the identities that nobody had.

    1. Look up all identities at once and assign the items.
    2. Insert the new identities in sorted order. The unique index is the lock: whoever comes
       second waits for the first and then finds its row, so nobody is made twice, and because all
       insert in one order nobody waits in a circle.
    3. If another transaction was first with some, look those up, assign again, and give the rows
       inserted in step 2 to whom they belong now.

    The foreign key of an identity is checked at commit, so the caller may write the customers of
    `new_ids` afterwards, with their attributes.
    """
    keys = list({key for keys in items for key in keys})
    known = _look_up(cursor, keys)
    plan = assign(items, fixed, known, strong)
    ids = _Ids(cursor, plan)
    if plan.new_keys:
        inserted = _insert(cursor, plan, ids, source_id, now)
        raced = plan.new_keys.keys() - inserted
        if raced:
            known |= _look_up(cursor, raced)
            plan = assign(items, fixed, known, strong)
            ids.more(plan)
            _give(cursor, {key: ids.of(plan.new_keys[key]) for key in inserted})
    used = {ids.of(slot) for slot in plan.of_item if slot < 0}
    return Resolved(
        customer_ids=[ids.of(slot) for slot in plan.of_item],
        new_ids=used,
        becomes_known={ids.of(slot) for slot in plan.becomes_known},
        clashes=plan.clashes,
    )


# helpers


class _Ids:
    """Customer ids for the new slots of a plan; an id that was drawn is used again."""

    def __init__(self, cursor: Any, plan: Assignment) -> None:
        self.cursor = cursor
        self.drawn: list[int] = []
        self.id_of: dict[int, int] = {}
        self.more(plan)

    def more(self, plan: Assignment) -> None:
        slots = sorted({slot for slot in plan.of_item if slot < 0}, reverse=True)
        missing = len(slots) - len(self.drawn)
        if missing > 0:
            self.cursor.execute(
                "SELECT nextval('customers_customer_id_seq') FROM generate_series(1, %s)",
                [missing],
            )
            self.drawn += [row[0] for row in self.cursor.fetchall()]
        self.id_of = dict(zip(slots, self.drawn, strict=False))

    def of(self, slot: int) -> int:
        return slot if slot > 0 else self.id_of[slot]


def _look_up(cursor: Any, keys: Iterable[Key]) -> dict[Key, Known]:
    keys = list(keys)
    if not keys:
        return {}
    cursor.execute(
        """
        SELECT i.namespace_id, i.value, i.customer_id, c.is_known
        FROM unnest(%s::smallint[], %s::text[]) AS wanted (namespace_id, value)
        JOIN customers_identity i USING (namespace_id, value)
        JOIN customers_customer c ON c.id = i.customer_id
        """,
        [[key.namespace_id for key in keys], [key.value for key in keys]],
    )
    return {Key(row[0], row[1]): Known(row[2], row[3]) for row in cursor.fetchall()}


def _insert(cursor: Any, plan: Assignment, ids: _Ids, source_id: int, now: datetime) -> set[Key]:
    keys = sorted(plan.new_keys)
    cursor.execute(
        """
        INSERT INTO customers_identity (customer_id, namespace_id, value, source_id, created_at)
        SELECT customer_id, namespace_id, value, %s, %s
        FROM unnest(%s::bigint[], %s::smallint[], %s::text[])
            WITH ORDINALITY AS new (customer_id, namespace_id, value, position)
        ORDER BY position
        ON CONFLICT (namespace_id, value) DO NOTHING
        RETURNING namespace_id, value
        """,
        [
            source_id,
            now,
            [ids.of(plan.new_keys[key]) for key in keys],
            [key.namespace_id for key in keys],
            [key.value for key in keys],
        ],
    )
    return {Key(*row) for row in cursor.fetchall()}


def _give(cursor: Any, owners: dict[Key, int]) -> None:
    if not owners:
        return
    cursor.execute(
        """
        UPDATE customers_identity i SET customer_id = given.customer_id
        FROM unnest(%s::bigint[], %s::smallint[], %s::text[])
            AS given (customer_id, namespace_id, value)
        WHERE i.namespace_id = given.namespace_id AND i.value = given.value
          AND i.customer_id <> given.customer_id
        """,
        [
            list(owners.values()),
            [key.namespace_id for key in owners],
            [key.value for key in owners],
        ],
    )
