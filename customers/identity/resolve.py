"""Which customer stands behind identities, in the database and under concurrency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from psycopg.errors import UniqueViolation

from customers.bulk import copy_lines, escaped, listed, longs, next_ids
from customers.identity.assign import Assignment, Clash, Join
from customers.identity.slots import Key, World

# The identities of one namespace. Values are printable, so a line end parts them; as one array they
# are found in the order of the index, in one way along its leaves.
_VALUES = """
    SELECT namespace_id, value, customer_id FROM customers_identity
    WHERE namespace_id = %s AND value = ANY(string_to_array(%s, E'\\n'))
"""
# One statement for both: what it finds stays so until the end of the transaction. It goes by the
# index whatever the planner believes: while a first import runs, it takes this table for empty.
_LOOK_UP = """
WITH found AS MATERIALIZED ({values}), locked AS MATERIALIZED (
    SELECT id, is_known, created_at, merged_into_id IS NOT NULL OR erased_at IS NOT NULL AS is_gone
    FROM customers_customer
    WHERE id = ANY(ARRAY(SELECT customer_id FROM found) || string_to_array(%s, ',')::bigint[])
    ORDER BY id FOR NO KEY UPDATE
)
SELECT f.*, l.* FROM (
    SELECT string_agg(int8send(namespace_id), ''), string_agg(value, E'\\n'),
           string_agg(int8send(customer_id), '') FROM found
) AS f, (
    SELECT string_agg(int8send(id), ''), string_agg(timestamptz_send(created_at), ''),
           array_agg(id) FILTER (WHERE NOT is_known), bool_or(is_gone)
    FROM locked
) AS l
"""
_NONE = "SELECT 0::smallint AS namespace_id, '' AS value, 0::bigint AS customer_id WHERE false"


class Stale(Exception):
    """Somebody else was first: the customers or identities of this batch have changed meanwhile.

    Roll back, which gives all locks free, and try again.
    """


@dataclass(slots=True)
class Found:
    """Who stands behind identities: their owners, when these and the customers named by id were
    made (microseconds), and who of them is known. All of them are locked."""

    owners: dict[Key, int] = field(default_factory=dict)
    created_at: dict[int, int] = field(default_factory=dict)
    known: Set[int] = frozenset()


@dataclass(slots=True)
class Resolved:
    """`customer_ids` is aligned with the items. Rows of `new_ids` are still to be written, `joins`
    still to be merged, `clashes` to be put into the queue of reviews."""

    customer_ids: list[int]
    new_ids: set[int]
    becomes_known: set[int]
    joins: list[Join]
    clashes: list[Clash]


class LookUp:
    """The identities of all items and the customers named by id, to be looked up.

    The customers are locked in the order of their ids: whoever merges or writes about the same
    people comes before or after, never in between.
    """

    def __init__(self, items: Iterable[Sequence[Key]], fixed: Iterable[int | None]) -> None:
        values: defaultdict[int, set[str]] = defaultdict(set)
        for keys in items:
            for space, value in keys:
                values[space].add(value)
        self._named = {id for id in fixed if id is not None}
        self._sql = _LOOK_UP.format(values=" UNION ALL ".join([_VALUES] * len(values)) or _NONE)
        self._params: list[object] = []
        for space in sorted(values):
            self._params += [space, "\n".join(values[space])]
        self._params.append(listed(sorted(self._named)))
        self._row: tuple[Any, ...] = (None,) * 7

    def ask(self, cursor: Any) -> None:
        """The one query. Nothing but waiting, so that another thread can work meanwhile."""
        if len(self._params) > 1 or self._named:
            cursor.execute(self._sql, self._params)
            self._row = cursor.fetchone()

    def found(self) -> Found:
        """The answer. Raises Stale when one of them was merged or erased meanwhile."""
        spaces, values, owner_ids, ids, created, unknown, is_gone = self._row
        created_at = dict(zip(longs(ids), longs(created), strict=True))
        if is_gone or not self._named <= created_at.keys():
            raise Stale
        owners: dict[Key, int] = {}
        if values is not None:
            found = zip(longs(spaces), values.split("\n"), strict=True)
            owners = dict(zip(found, longs(owner_ids), strict=True))
        known: Set[int] = created_at.keys()
        return Found(owners, created_at, known - set(unknown) if unknown else known)


def world_of(
    cursor: Any,
    found: Found,
    asked: set[int],
    *,
    strong: frozenset[int],
    limits: Mapping[int, int],
) -> World:
    """What the assignment has to know; `found` holds all of its people, `asked` those of them who
    are in question. Without any it needs no database."""
    counts, apart = _limits(cursor, asked)
    return World(found.owners, found.created_at, found.known, strong, limits, counts, apart)


def write_identities(cursor: Any, plan: Assignment, *, source_id: int, now: datetime) -> Resolved:
    """Give ids to new customers and write the identities that nobody had.

    These come by COPY in sorted order. The unique index is the lock: whoever comes second waits
    for the first. Raises Stale when another transaction was first. The foreign key of an identity
    is checked at commit, so the caller may write the customers of `new_ids` afterwards, with
    their attributes.
    """
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
