"""What came and went: the history of a tag, newest first, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from customers.access.people import Shown
from customers.models import Customer, Tag, TagChange
from customers.queries.people import name_of
from customers.tags.labels import value_label

PAGE = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One value that came to or went from a customer, and how it got there."""

    customer: Customer
    name: str
    label: str
    added: bool
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes; `after` finds the next one."""

    rows: Sequence[Change]
    after: str


def read_after(text: str) -> tuple[datetime, int] | None:
    """The moment and id behind which a page begins; None for anything that is not one."""
    moment, _comma, pk = text.partition(",")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if at.tzinfo is None or not 1900 < at.year < 2200:
        return None
    return (at, int(pk)) if pk.isascii() and pk.isdigit() and len(pk) <= 18 else None


def changes(
    tag: Tag,
    *,
    unmask: Shown,
    customer: int | None = None,
    after: tuple[datetime, int] | None = None,
) -> Changes:
    """The changes of a tag, of one customer or of all; one query for a page."""
    found = TagChange.objects.filter(tag=tag).select_related("customer", "source")
    if customer is not None:
        found = found.filter(customer=customer)
    if after is not None:
        at, pk = after
        found = found.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    rows = list(found.order_by("-at", "-pk")[: PAGE + 1])
    page = rows[:PAGE]
    shown = [
        Change(
            row.customer,
            name_of(row.customer, unmask=unmask.of(row.customer)),
            value_label(tag, row.value),
            row.added,
            row.at,
            row.source.title if row.source else "",
        )
        for row in page
    ]
    more = len(rows) > PAGE
    return Changes(shown, f"{page[-1].at.isoformat()},{page[-1].pk}" if more else "")
