"""A sample to be checked: who was drawn, what is known of each, and what was said so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, Q, QuerySet

from customers.access.people import Shown
from customers.models import EventType, Tag, TagMark, TagSample, TagVerdict
from customers.queries.people import name_of
from customers.scope import Scope
from customers.tags.evaluation.statistics import Share, share_of
from customers.tags.labels import value_label
from customers.tags.standing import Standing, standing

PAGE = 20
EVENTS = 5

_LAST = """
SELECT wanted.id, e.event_type_id, e.occurred_at
FROM unnest(%s::bigint[]) AS wanted (id), LATERAL (
    SELECT event_type_id, occurred_at FROM customers_event
    WHERE customer_id = wanted.id AND (brand_id IS NULL OR brand_id = ANY(%s))
    ORDER BY occurred_at DESC LIMIT %s
) e
ORDER BY wanted.id, e.occurred_at DESC
"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A customer of a sample, with what helps to judge the value."""

    mark: TagMark
    name: str
    label: str
    events: Sequence[tuple[str, datetime]] = ()
    others: Sequence[Standing] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sample is checked, and what it says so far (None: nothing)."""

    size: int
    right: int
    wrong: int
    unsure: int
    share: Share | None = field(default=None)

    @property
    def left(self) -> int:
        """How many nobody has looked at."""
        return self.size - self.right - self.wrong - self.unsure


def samples_of(tag: Tag) -> QuerySet[TagSample]:
    """The samples of a tag, the newest first, with their counts."""
    rows = TagSample.objects.filter(tag=tag).select_related("drawn_by")
    return rows.annotate(
        right=Count("marks", filter=Q(marks__verdict=TagVerdict.RIGHT)),
        wrong=Count("marks", filter=Q(marks__verdict=TagVerdict.WRONG)),
        unsure=Count("marks", filter=Q(marks__verdict=TagVerdict.UNSURE)),
        size=Count("marks"),
    ).order_by("-pk")


def progress_of(sample: Any) -> Progress:
    """The counts of a sample of `samples_of`."""
    told = sample.right + sample.wrong
    return Progress(
        sample.size, sample.right, sample.wrong, sample.unsure, share_of(sample.right, told)
    )


def drawn(
    sample: TagSample, *, scope: Scope, unmask: Shown, number: Any
) -> tuple[Page[TagMark], list[Drawn]]:
    """A page of the sample; the number of queries is the same for any page."""
    rows = TagMark.objects.filter(sample=sample).select_related("customer").order_by("place")
    page = Paginator(rows, PAGE).get_page(number)
    return page, show(list(page), sample.tag, scope=scope, unmask=unmask)


def show(marks: Sequence[TagMark], tag: Tag, *, scope: Scope, unmask: Shown) -> list[Drawn]:
    """These marks with what is known of their customers; three queries."""
    ids = [mark.customer_id for mark in marks]
    events: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [ids, list(scope.brand_ids), EVENTS])
        rows = cursor.fetchall()
    names = EventType.objects.in_bulk({row[1] for row in rows})
    for pk, kind, at in rows:
        events[pk].append((names[kind].title if kind in names else "", at))
    others = standing(ids, scope)
    return [
        Drawn(
            mark,
            name_of(mark.customer, unmask=unmask.of(mark.customer)),
            value_label(tag, mark.value),
            events[mark.customer_id],
            [each for each in others.get(mark.customer_id, []) if each.tag.pk != tag.pk],
        )
        for mark in marks
    ]
