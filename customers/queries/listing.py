"""The list of customers: searched, filtered, in an order that an index gives, page by page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db import connection

from config.database.limit import TookTooLongError, time_limit
from customers.access.people import Shown, Sight
from customers.models import Customer
from customers.queries.branches import Branch, Cursor, everybody, read_page
from customers.queries.people import PAGE, Person, describe
from customers.queries.search import search, within
from customers.rules import Compiled
from customers.scope import Scope

EVERYBODY: Final = Compiled("true")
# Up to here a page counts exactly; an exact figure of more costs more than it says.
COUNTED: Final = 10_000
COUNT_MS: Final = 1_500
SORTS: Final = ("new", "old", "name", "name_back")


@dataclass(frozen=True, slots=True)
class People:
    """A page of the list, and the cursors of the pages on both sides where there are rows."""

    rows: list[Person]
    before: str
    after: str


class Count(NamedTuple):
    """How many customers fit, and whether that is exact or PostgreSQL's guess."""

    number: int
    is_exact: bool


def people(
    *,
    scope: Scope,
    q: str = "",
    after: Cursor | None = None,
    before: Cursor | None = None,
    sight: Sight,
    shown: Shown,
) -> People:
    """Customers whom the words fit as far as `sight` reaches, the best first; without words the
    newest first. Masked but for those of `shown`; the number of queries is the same for any page.
    """
    branches = branches_of(q, "new", sight)
    page = read_page(branches, EVERYBODY, size=PAGE, after=after, before=before)
    rows = describe(in_order(page.ids), scope=scope, unmask=shown)
    return People(rows, page.before, page.after)


def best(q: str, sight: Sight, limit: int) -> list[Customer]:
    """The customers whom the words fit best."""
    return in_order(read_page(branches_of(q, "", sight), EVERYBODY, size=limit).ids)


def branches_of(q: str, sort: str, sight: Sight) -> list[Branch]:
    """The list in its order: by how well the words fit, else by `sort`.

    The order of names tells something of a name, so it is only for who may see every name.
    """
    if q:
        return _found(q, sight)
    if sight.every and sort in ("name", "name_back"):
        return _by_name(descending=sort == "name_back")
    return [Branch([Compiled("customers_customer c WHERE true")], descending=sort != "old")]


def count(branches: Sequence[Branch], where: Compiled) -> Count:
    """How many fit: exact up to ten thousand, else about."""
    sql, params = everybody(branches, where)
    try:
        with time_limit(COUNT_MS / 1000) as cursor:
            cursor.execute(
                f"SELECT count(*) FROM ({sql} LIMIT %s) AS found", [*params, COUNTED + 1]
            )
            found = int(cursor.fetchone()[0])
    except TookTooLongError:
        found = COUNTED + 1
    if found <= COUNTED:
        return Count(found, True)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        plan: Any = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return Count(_rounded(max(COUNTED, int(plan[0]["Plan"]["Plan Rows"]))), False)


def count_exactly(branches: Sequence[Branch], where: Compiled) -> int:
    """How many fit, however long it takes: before something is done to all of them."""
    sql, params = everybody(branches, where)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS them", params)
        return int(cursor.fetchone()[0])


def in_order(ids: Sequence[int]) -> list[Customer]:
    """The customers of these ids, in the same order."""
    found = Customer.objects.select_related("sighting").in_bulk(ids)
    return [found[id] for id in ids if id in found]


# helpers


def _found(q: str, sight: Sight) -> list[Branch]:
    """By beginnings only those whose data the reader may see anyway."""
    if sight.every or not sight:
        return search(q, unmask=bool(sight))
    mine = sorted(sight.brand_ids)
    known = [within(branch, mine) for branch in search(q, unmask=True)]
    return [*search(q, unmask=False), *known]


def _by_name(*, descending: bool) -> list[Branch]:
    """Those with a name in its order, the others behind them."""
    named = (
        "EXISTS (SELECT 1 FROM customers_namekey n WHERE n.customer_id = c.id AND n.place <> '')"
    )
    source = (
        "customers_namekey k JOIN customers_customer c ON c.id = k.customer_id WHERE k.place <> ''"
    )
    return [
        Branch([Compiled(source)], "k.place", Compiled(named), descending=descending),
        Branch([Compiled("customers_customer c WHERE true")], descending=True),
    ]


def _rounded(number: int) -> int:
    """Two figures; a guess has no more."""
    return int(float(f"{number:.1e}"))
