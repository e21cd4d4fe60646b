"""Who is in a segment: searched by name or identity, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from customers.access.people import Shown, Sight
from customers.models import Segment, SegmentMember
from customers.queries.branches import Branch, Cursor, read_page
from customers.queries.listing import EVERYBODY, Count, branches_of, count, in_order
from customers.queries.people import PAGE, Person, describe
from customers.rules import Compiled
from customers.scope import Scope

_IN = (
    "EXISTS (SELECT 1 FROM customers_segmentmember m"
    " WHERE m.customer_id = c.id AND m.segment_id = %s)"
)


@dataclass(frozen=True, slots=True)
class Members:
    """A page of members with when they came in, the cursors of the pages on both sides, and how
    many the words fit (None without words: the size of the segment tells it)."""

    rows: list[tuple[Person, datetime]]
    before: str
    after: str
    found: Count | None = None


def members(
    segment: Segment,
    *,
    scope: Scope,
    sight: Sight,
    shown: Shown,
    q: str = "",
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> Members:
    """Members whom the words fit as far as `sight` reaches, the best first; without words the
    newest customers first. The number of queries is the same for any page."""
    if q:
        branches, where = branches_of(q, "new", sight), Compiled(_IN, (segment.pk,))
    else:
        source = (
            "customers_segmentmember m JOIN customers_customer c ON c.id = m.customer_id"
            " WHERE m.segment_id = %s"
        )
        branches, where = [Branch([Compiled(source, (segment.pk,))], descending=True)], EVERYBODY
    page = read_page(branches, where, size=PAGE, after=after, before=before)
    people = describe(in_order(page.ids), scope=scope, unmask=shown)
    held = SegmentMember.objects.filter(segment=segment, customer__in=page.ids)
    since = dict(held.values_list("customer_id", "since"))
    rows = [(each, since[each.customer.pk]) for each in people if each.customer.pk in since]
    return Members(rows, page.before, page.after, count(branches, where) if q else None)
