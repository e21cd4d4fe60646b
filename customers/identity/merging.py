"""What a merge does to the rows of two customers, written down so that it can be undone.

The temporary table `merging (merge_id, kept_id, other_id)` holds the merges of one round; nobody
stands in it twice. Every function here is one statement for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Callback = Callable[[Any], None]
Lock = Callable[[Any, Sequence[int], bool], bool]
Follow = Callable[[Any, int, int, int], None]
_NOTE = 'INSERT INTO customers_mergerow (merge_id, "table", was, key, before, after)'
_merged: list[Callback] = []
_locks: list[Lock] = []
_undone: list[Follow] = []


class Busy(Exception):
    """Workers of a floor above move some of these customers just now. Roll back, which gives all
    locks free, and take the locks of the floors first the next time (`lock_floors`)."""

    def __init__(self, customer_ids: Sequence[int]) -> None:
        super().__init__("The floors above are busy with these customers.")
        self.customer_ids = frozenset(customer_ids)


def on_merge(
    callback: Callback, *, lock: Lock | None = None, undone: Follow | None = None
) -> Callback:
    """Let another floor move its own rows, inside the transaction of the merge.

    `callback(cursor)` finds the merges in the table `merging` and writes down what it does by the
    functions of this module. `lock(cursor, customer_ids, wait)` keeps the floor's workers away
    until commit; it tells whether it has all locks, which without `wait` may be held by others.
    `undone(cursor, merge_id, kept_id, other_id)` is called after the rows of a merge were
    restored. Subscribing twice is the same as once.
    """
    if callback not in _merged:
        _merged.append(callback)
        if lock is not None:
            _locks.append(lock)
        if undone is not None:
            _undone.append(undone)
    return callback


def lock_floors(cursor: Any, customer_ids: Sequence[int], *, wait: bool = True) -> None:
    """Let every floor take the locks that it needs, in the order of subscription.

    The locks of the floors come before those of customers: their workers hold them while they wait
    for a customer. So whoever has locked customers must not wait here, and raises Busy instead.
    """
    for lock in _locks:
        if not lock(cursor, customer_ids, wait):
            raise Busy(customer_ids)


def tell_merged(cursor: Any) -> None:
    for callback in _merged:
        callback(cursor)


def tell_undone(cursor: Any, merge_id: int, kept_id: int, other_id: int) -> None:
    for follow in _undone:
        follow(cursor, merge_id, kept_id, other_id)


def move(cursor: Any, table: str, *, key: Sequence[str] = ("id",), bucketed: bool = False) -> int:
    """Give all rows of the others to those who are kept; returns how many.

    `key` are the columns that find a row. A bucket follows its customer.
    """
    bucket = ", bucket = m.kept_id % 256" if bucketed else ""
    before = "'customer_id', m.other_id" + (", 'bucket', m.other_id % 256" if bucketed else "")
    return write_down(
        cursor,
        table,
        "changed",
        f"UPDATE {table} t SET customer_id = m.kept_id{bucket} FROM merging m"
        f" WHERE t.customer_id = m.other_id RETURNING m.merge_id, {key_of(key)} AS key,"
        f" jsonb_build_object({before}) AS before",
    )


def remove(
    cursor: Any, table: str, where: str, *, key: Sequence[str] = ("id",), using: str = "merging m"
) -> int:
    """Delete the rows `t` of *table* that fit *where*, which joins them with a merge `m`."""
    return write_down(
        cursor,
        table,
        "removed",
        f"DELETE FROM {table} t USING {using} WHERE {where}"
        f" RETURNING m.merge_id, {key_of(key)} AS key, to_jsonb(t) AS before",
    )


def write_down(
    cursor: Any, table: str, was: str, statement: str, params: Sequence[Any] = (), *,
    before_that: str = "",
) -> int:  # fmt: skip
    """Run a changing *statement* that returns merge_id, key, before and perhaps after.

    `before_that` are other parts of its WITH. Returns the number of rows that it changed.
    """
    after = "after" if " AS after" in statement else "NULL"
    cursor.execute(
        f"WITH {before_that} done AS ({statement}) {_NOTE}"
        f" SELECT merge_id, '{table}', '{was}', key, before, {after} FROM done",
        params or None,
    )
    return int(cursor.rowcount)


def key_of(columns: Sequence[str], alias: str = "t") -> str:
    """SQL of the key of a row."""
    return "jsonb_build_object(" + ", ".join(f"'{c}', {alias}.{c}" for c in columns) + ")"
