"""A list that is read branch by branch: each has an order that an index gives, none repeats
whom an earlier one has shown. Pages go both ways by cursor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from django.db import connection

from customers.rules import Compiled

ALIVE: Final = "c.merged_into_id IS NULL AND c.erased_at IS NULL"
_CURSOR: Final = re.compile(r"(\d{1,2})\.(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Branch:
    """Rows in one order. `parts` are SQL from the word after FROM on, each with a WHERE, with
    customers_customer as c; `key` is SQL of what is sorted by before the id (empty: by id alone);
    `member` is true of the c that any part would show, for the branches behind this one."""

    parts: Sequence[Compiled]
    key: str = ""
    member: Compiled = field(default_factory=lambda: Compiled("false"))
    descending: bool = False


class Cursor(NamedTuple):
    """A row of the list: the branch in which it stands, and the customer. Holds no name."""

    branch: int
    customer_id: int

    def __str__(self) -> str:
        return f"{self.branch}.{self.customer_id}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """The cursor in an address, or None for anything else."""
        found = _CURSOR.fullmatch(text) if text.isascii() else None
        return cls(int(found[1]), int(found[2])) if found else None


class Page(NamedTuple):
    """Ids in order, with the cursors of the pages on both sides where there are rows."""

    ids: list[int]
    before: str
    after: str


def read_page(
    branches: Sequence[Branch],
    where: Compiled,
    *,
    size: int,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> Page:
    """The page behind `after` or ahead of `before`, else the first one.

    `where` is what else must be true of c. At most one query per branch and one for the cursor.
    A row of the cursor that is no longer in the list begins the list anew.
    """
    cursor, back = (before, True) if before else (after, False)
    key = ""
    if cursor is not None:
        found = _key_at(branches, cursor)
        if found is None:
            cursor, back = None, False
        else:
            key = found
    order = list(range(len(branches)))
    if back:
        order.reverse()
    if cursor is not None:
        order = order[order.index(cursor.branch) :]
    rows: list[Cursor] = []
    for number in order:
        start = (key, cursor.customer_id) if cursor and cursor.branch == number else None
        wanted = size + 1 - len(rows)
        rows += [
            Cursor(number, customer_id)
            for customer_id in _read(branches, number, where, start, wanted, back)
        ]
        if len(rows) > size:
            break
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    has_before, has_after = (more, True) if back else (cursor is not None, more)
    return Page(
        [row.customer_id for row in rows],
        str(rows[0]) if rows and has_before else "",
        str(rows[-1]) if rows and has_after else "",
    )


def everybody(branches: Sequence[Branch], where: Compiled) -> Compiled:
    """A SELECT of the ids of all rows of the list, each once, in no order."""
    if len(branches) == 1 and len(branches[0].parts) == 1:
        sql, params = branches[0].parts[0]
        return Compiled(
            f"SELECT c.id FROM {sql} AND {ALIVE} AND {where.sql}", (*params, *where.params)
        )
    sqls, params = [], ()
    for branch in branches:
        for part in branch.parts:
            sqls.append(f"SELECT c.id FROM {part.sql} AND {ALIVE} AND {where.sql}")
            params += (*part.params, *where.params)
    return Compiled(" UNION ".join(sqls) or "SELECT NULL::bigint WHERE false", params)


# helpers


def _read(
    branches: Sequence[Branch],
    number: int,
    where: Compiled,
    start: tuple[str, int] | None,
    limit: int,
    back: bool,
) -> list[int]:
    branch = branches[number]
    falling = branch.descending != back
    sign, way = ("<", " DESC") if falling else (">", "")
    conditions, params = [ALIVE, where.sql], [*where.params]
    for earlier in branches[:number]:
        conditions.append(f"NOT {earlier.member.sql}")
        params += earlier.member.params
    if start is not None:
        key, customer_id = start
        if branch.key:
            conditions.append(f"({branch.key}, c.id) {sign} (%s, %s)")
            params += [key, customer_id]
        else:
            conditions.append(f"c.id {sign} %s")
            params.append(customer_id)
    by = f"{branch.key}{way}, c.id{way}" if branch.key else f"c.id{way}"
    also = " AND ".join(conditions)
    sqls: list[str] = []
    values: list[Any] = []
    for part in branch.parts:
        sqls.append(
            f"(SELECT c.id, {branch.key or 'NULL'} AS key FROM {part.sql} AND {also}"
            f" ORDER BY {by} LIMIT %s)"
        )
        values += [*part.params, *params, limit]
    if not sqls:
        return []
    sql = sqls[0]
    if len(sqls) > 1:
        sql = f"{' UNION ALL '.join(sqls)} ORDER BY key{way}, id{way} LIMIT %s"
        values.append(limit)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def _key_at(branches: Sequence[Branch], cursor: Cursor) -> str | None:
    """What the row of the cursor is sorted by; None when it is not there any more."""
    if cursor.branch >= len(branches):
        return None
    branch = branches[cursor.branch]
    if not branch.key:
        return ""
    sqls = [f"SELECT {branch.key} AS key FROM {part.sql} AND c.id = %s" for part in branch.parts]
    values = [value for part in branch.parts for value in (*part.params, cursor.customer_id)]
    with connection.cursor() as db:
        db.execute(f"{' UNION ALL '.join(sqls)} ORDER BY key LIMIT 1", values)
        row = db.fetchone()
    return None if row is None else str(row[0])
