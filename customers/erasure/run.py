"""Counts and erases what all floors hold of a customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from customers.erasure.registry import Person, Rows, hooks, registered
from customers.identity.merging import Busy, lock_floors
from customers.models import Attribute, Customer, Identity
from customers.personal import is_personal_name


class Count(NamedTuple):
    """How many rows of a table; `gone`: they go, else they stay without what is hers."""

    table: str
    name: str
    rows: int
    gone: bool


def lock_person(cursor: Any, customer: Customer) -> None:
    """Keep the workers of the floors above away from everybody she ever was; before any lock of
    customers, as merges do. Raises Busy when somebody was merged into her meanwhile."""
    known = everybody_in(cursor, customer)
    lock_floors(cursor, known)
    if more := set(everybody_in(cursor, customer)) - set(known):
        raise Busy(sorted(more))


def everybody_in(cursor: Any, customer: Customer, *, lock: bool = False) -> list[int]:
    """Her id and those of all who were merged into her, in order."""
    cursor.execute(
        "SELECT id FROM customers_customer WHERE id = %s OR merged_into_id = %s ORDER BY id"
        + (" FOR NO KEY UPDATE" if lock else ""),
        [customer.pk, customer.pk],
    )
    return [row[0] for row in cursor.fetchall()]


def person_of(cursor: Any, customer: Customer, now: datetime) -> Person:
    """Everybody she ever was, locked in the order of the ids, and what is known of her."""
    ids = everybody_in(cursor, customer, lock=True)
    personal = dict(Attribute.objects.values_list("code", "is_personal"))
    values: set[str] = set()
    for identity in Identity.objects.filter(customer__in=ids):
        values.add(identity.value)
    for each in Customer.objects.filter(pk__in=ids):
        values.add(each.display_name)
        for code, value in each.attributes.items():
            if personal.get(code, is_personal_name(code)):
                values.update(str(one) for one in (value if isinstance(value, list) else [value]))
    values = {value.strip().casefold() for value in values if value and len(value.strip()) > 1}
    return Person(ids, sorted(values), sorted(set(_digits(values))), now)


def preview(cursor: Any, person: Person) -> list[Count]:
    """How many rows an erasure would empty or remove."""
    found = []
    for rows in registered():
        cursor.execute(f"SELECT count(*) FROM {rows.table} t WHERE {rows.where}", person.params)
        found.append(_count(rows, cursor.fetchone()[0]))
    return found


def erase_all(cursor: Any, person: Person) -> list[Count]:
    """Erase everything, inside the caller's transaction, which has begun with `lock_person`."""
    before, after = hooks()
    for hook in before:
        hook(cursor, person)
    found = []
    for rows in registered():
        what = (
            f"UPDATE {rows.table} t SET {rows.change} WHERE {rows.where}"
            if rows.change
            else f"DELETE FROM {rows.table} t WHERE {rows.where}"
        )
        cursor.execute(what, person.params)
        found.append(_count(rows, int(cursor.rowcount)))
    for hook in after:
        hook(cursor, person)
    return found


# helpers


def _count(rows: Rows, count: int) -> Count:
    return Count(rows.table, str(rows.name), count, not rows.change)


def _digits(values: Sequence[str] | set[str]) -> Iterator[str]:
    """Numbers as they may be written: with and without their country."""
    for value in values:
        if "@" in value:
            continue
        digits = "".join(sign for sign in value if sign.isdigit())
        if len(digits) >= 7 and len(digits) * 2 > len(value):
            yield digits
            if value.startswith("+86"):
                yield digits.removeprefix("86")
