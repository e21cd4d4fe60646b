"""The list of tags: filtered, in the order of the tree, page by page, with figures and flags.

The number of queries is the same for any number of tags, and none of them counts customers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Func, IntegerField, Min, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Lower
from django.utils.translation import gettext as _

from customers.models import Staleness, Tag, TagCategory, TagKind, TagMeasure
from customers.queries.tags.visible import visible
from customers.scope import Scope
from customers.tags.tree import Branch, below, in_order

PAGE = 50
NO_CATEGORY = "none"
SHARED = "shared"
FLAGS = ("stale", "unused", "failing")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader chose; what can't be chosen is taken for nothing."""

    q: str = ""
    kind: str = ""
    category: str = ""
    flag: str = ""
    brand: str = ""

    @property
    def any(self) -> bool:
        """Whether the list is narrowed at all."""
        return any((self.q, self.kind, self.category, self.flag, self.brand))


@dataclass(frozen=True, slots=True)
class Flag:
    """Something about a tag that needs a look: a word with its tone, and why."""

    word: str
    tone: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class TagRow:
    """A row of the list. `shelf` is the way to its category where a new one begins, else None."""

    tag: Tag
    measure: TagMeasure | None
    flags: Sequence[Flag]
    shelf: str | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category of the tree with the number of tags in it and below."""

    branch: Branch
    tags: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list, the tree beside it, and how many tags there are in all."""

    page: Page[Tag]
    rows: Sequence[TagRow]
    shelves: Sequence[Shelf]
    count: int
    without: int
    flagged: dict[str, int]
    counted_at: datetime | None


def listing(scope: Scope, filters: Filters, number: Any = 1) -> Listing:
    """The page *number* of the tags that fit."""
    branches = in_order(TagCategory.objects.all())
    mine = visible(scope)
    totals = mine.aggregate(
        stale=Count("pk", filter=~Q(measure__stale="") & Q(measure__isnull=False)),
        unused=Count("pk", filter=Q(measure__is_unused=True)),
        failing=Count("pk", filter=Q(measure__isnull=False) & ~Q(measure__problem="")),
        counted_at=Min("measure__counted_at"),
        all=Count("pk"),
    )
    found = _narrowed(mine, filters, branches)
    order = [branch.category.pk for branch in branches]
    place = Func(
        Value(order), F("category_id"), function="array_position", output_field=IntegerField()
    )
    found = found.order_by(Coalesce(place, len(order) + 1), Lower("name"), "pk")
    page = Paginator(found, PAGE).get_page(number)
    by_shelf = Counter(
        dict(mine.order_by().values_list("category_id").annotate(n=Count("pk"))),
    )
    return Listing(
        page,
        _rows(list(page), {branch.category.pk: branch.words for branch in branches}),
        [Shelf(b, sum(by_shelf[pk] for pk in below(branches, b.category.pk))) for b in branches],
        totals["all"],
        by_shelf[None],
        {flag: totals[flag] for flag in FLAGS},
        totals["counted_at"],
    )


def flags_of(measure: TagMeasure | None) -> list[Flag]:
    """What is the matter with a tag, in words; nothing while it was not counted."""
    if measure is None:
        return []
    found = []
    if measure.problem:
        found.append(Flag(_("failing"), "bad", measure.problem))
    if measure.stale == Staleness.LATE:
        found.append(Flag(_("stale"), "warn", _("It was not refreshed in time.")))
    elif measure.stale:
        found.append(
            Flag(_("stale"), "warn", _("Its values have not changed for long, while events came."))
        )
    if measure.is_unused:
        found.append(
            Flag(_("unused"), "", _("No segment, journey, campaign or other tag reads it."))
        )
    return found


# helpers


def _narrowed(tags: QuerySet[Tag], filters: Filters, branches: Sequence[Branch]) -> QuerySet[Tag]:
    if filters.q:
        names = Cast("names", TextField())
        tags = tags.annotate(all_names=names).filter(
            Q(name__icontains=filters.q)
            | Q(all_names__icontains=filters.q)
            | Q(code__icontains=filters.q)
            | Q(description__icontains=filters.q)
        )
    if filters.kind in TagKind.values:
        tags = tags.filter(kind=filters.kind)
    if filters.category == NO_CATEGORY:
        tags = tags.filter(category__isnull=True)
    elif filters.category.isdecimal():
        tags = tags.filter(category__in=below(branches, int(filters.category[:18])))
    if filters.brand == SHARED:
        tags = tags.filter(brand__isnull=True)
    elif filters.brand.isdecimal():
        tags = tags.filter(brand=int(filters.brand[:18]))
    match filters.flag:
        case "stale":
            tags = tags.filter(measure__isnull=False).exclude(measure__stale="")
        case "unused":
            tags = tags.filter(measure__is_unused=True)
        case "failing":
            tags = tags.filter(measure__isnull=False).exclude(measure__problem="")
    return tags


def _rows(tags: Sequence[Tag], words: dict[int, str]) -> list[TagRow]:
    rows, before = [], ""
    for tag in tags:
        measure = getattr(tag, "measure", None)
        shelf = words.get(tag.category_id or 0) or _("Without a category")
        rows.append(TagRow(tag, measure, flags_of(measure), shelf if shelf != before else None))
        before = shelf
    return rows
