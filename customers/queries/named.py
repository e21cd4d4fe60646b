"""Customers by the identities with which a sender names them, without making anybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _

from customers.identity.normalise import FORMS, NotAnIdentity
from customers.ingest import BadFact
from customers.ingest.catalogue import Space, read_spaces

_OWNERS = """
SELECT w.place, i.customer_id
FROM unnest(%s::int[], %s::smallint[], %s::text[]) AS w (place, space, value)
JOIN customers_identity i ON i.namespace_id = w.space AND i.value = w.value
"""


def customers_named(
    people: Sequence[Sequence[tuple[object, object]]], brand_id: int
) -> list[int | BadFact]:
    """The customer whom each of *people* is, as one sender of the brand calls her; a BadFact with
    the reason where nobody or more than one is named. Two queries for any number."""
    refused: dict[int, BadFact] = {}
    wanted: list[tuple[int, int, str]] = []
    owners: defaultdict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        spaces = read_spaces(cursor, brand_id)
        for place, pairs in enumerate(people):
            try:
                wanted += [(place, *_key(spaces, code, value)) for code, value in pairs]
            except (BadFact, NotAnIdentity) as error:
                refused[place] = BadFact(str(error))
        columns = [list(column) for column in zip(*wanted, strict=True)]
        cursor.execute(_OWNERS, columns or [[], [], []])
        for place, customer_id in cursor.fetchall():
            owners[place].add(customer_id)
    return [refused.get(place) or _only_one(owners[place]) for place in range(len(people))]


# helpers


def _key(spaces: dict[str, Space], code: object, value: object) -> tuple[int, str]:
    space = spaces.get(code) if isinstance(code, str) else None
    if space is None:
        text = _("“%(code)s” is no kind of identity here.")
        raise BadFact(text % {"code": str(code)[:40].replace("\x00", "?")})
    if not isinstance(value, str):
        raise BadFact(_("The value of an identity is a text."))
    return space.id, FORMS[space.normaliser](value)


def _only_one(owners: set[int]) -> int | BadFact:
    if len(owners) == 1:
        return owners.pop()
    if owners:
        return BadFact(_("These identities belong to more than one customer."))
    return BadFact(_("Nobody is known by this."))
