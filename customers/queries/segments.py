"""Segments: the list, one of them, and who is in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.access.people import Sight
from customers.models import Customer, Segment, SegmentKind, SegmentMember, SegmentSize
from customers.queries.people import PAGE, Person, describe
from customers.rules import Vocabulary, read_rule, say
from customers.scope import Scope

HISTORY = 30


@dataclass(frozen=True, slots=True)
class Shown:
    """A segment with its sentence and the sizes after its last builds, oldest first."""

    segment: Segment
    sentence: SafeString | str
    sizes: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Members:
    """A page of members; `after` is the id behind which the next page begins."""

    rows: list[tuple[Person, datetime]]
    after: str


def visible(scope: Scope) -> QuerySet[Segment]:
    """Segments of the brands in scope and those that all brands share."""
    mine = Q(brand__isnull=True) | Q(brand__in=scope.brand_ids)
    return Segment.objects.filter(mine).select_related("brand", "owner")


def show(segments: Sequence[Segment]) -> list[Shown]:
    """Sentences and sizes; the number of queries does not grow with the segments."""
    words = Vocabulary(whole=True)
    sizes = _sizes([segment.pk for segment in segments])
    return [Shown(segment, sentence(segment, words), sizes[segment.pk]) for segment in segments]


def sentence(segment: Segment, vocabulary: Vocabulary | None = None) -> SafeString | str:
    """Who is in the segment, in one sentence."""
    if segment.kind == SegmentKind.LIST:
        return _("A list of customers that was put together by hand or by an upload.")
    rule, problems = read_rule(segment.rule, vocabulary=vocabulary)
    if rule is None:
        return _("The rule can't be read: %(problem)s") % {"problem": problems[0].text}
    return say(rule)


def members(segment: Segment, *, scope: Scope, after: int | None, unmask: Sight) -> Members:
    """Who is in the segment, the newest customers first, with the same number of queries always."""
    found = SegmentMember.objects.filter(segment=segment)
    if after is not None:
        found = found.filter(customer_id__lt=after)
    rows = list(found.order_by("-customer_id").values_list("customer_id", "since")[: PAGE + 1])
    page = dict(rows[:PAGE])
    customers = Customer.objects.filter(pk__in=page).order_by("-pk")
    people = describe(list(customers), scope=scope, unmask=unmask)
    last = str(min(page)) if len(rows) > PAGE else ""
    return Members([(person, page[person.customer.pk]) for person in people], last)


def changes(segment: Segment, now: datetime) -> dict[str, Any]:
    """What the page says beside the size: the share of everybody, and the change in a day."""
    day_ago = (
        SegmentSize.objects.filter(segment=segment, at__lte=now - timedelta(days=1))
        .order_by("-at")
        .values_list("size", flat=True)
        .first()
    )
    return {"before": day_ago, "change": None if day_ago is None else segment.size - day_ago}


# helpers


def _sizes(ids: list[int]) -> dict[int, list[int]]:
    rank = Window(RowNumber(), partition_by=F("segment_id"), order_by=F("at").desc())
    rows = (
        SegmentSize.objects.filter(segment__in=ids)
        .annotate(rank=rank)
        .filter(rank__lte=HISTORY)
        .order_by("at")
        .values_list("segment_id", "size")
    )
    sizes: dict[int, list[int]] = defaultdict(list)
    for segment_id, size in rows:
        sizes[segment_id].append(size)
    return sizes
