"""Tags: what there is, how many customers have one, and how its values are spread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import CustomerTag, Tag, TagChange
from customers.scope import Scope

VALUES = 12


@dataclass(frozen=True, slots=True)
class TagRow:
    """A row of the list: the tag and how many customers have it."""

    tag: Tag
    customers: int


def visible(scope: Scope) -> QuerySet[Tag]:
    """Tags of the brands in scope and those that all brands share."""
    mine = Q(brand__isnull=True) | Q(brand__in=scope.brand_ids)
    return Tag.objects.filter(mine).select_related("category", "brand", "owner")


def by_category(scope: Scope) -> list[tuple[str, list[TagRow]]]:
    """Tags by the shelf on which they stand, those without a shelf at the end."""
    counts = dict(
        CustomerTag.objects.values_list("tag_id").annotate(n=Count("customer_id", distinct=True))
    )
    shelves: dict[str, list[TagRow]] = {}
    tags = sorted(
        visible(scope),
        key=lambda tag: (
            tag.category is None,
            (tag.category.position, tag.category.title) if tag.category else (0, ""),
            tag.title.casefold(),
        ),
    )
    for tag in tags:
        shelf = tag.category.title if tag.category else _("Without a category")
        shelves.setdefault(shelf, []).append(TagRow(tag, counts.get(tag.pk, 0)))
    return list(shelves.items())


def coverage(tag: Tag) -> int:
    """How many customers have the tag."""
    return CustomerTag.objects.filter(tag=tag).values("customer_id").distinct().count()


def distribution(tag: Tag) -> list[dict[str, Any]]:
    """Customers per value, the most frequent first, the rest together; for partials/bars.html."""
    rows = list(
        CustomerTag.objects.filter(tag=tag)
        .values_list("value")
        .annotate(n=Count("customer_id"))
        .order_by("-n", "value")
    )
    shown = [{"name": value or _("without a value"), "value": n} for value, n in rows[:VALUES]]
    rest = rows[VALUES:]
    if rest:
        n = len(rest)
        name = ngettext("%(n)s other value", "%(n)s other values", n) % {"n": n}
        shown.append({"name": name, "value": sum(count for _value, count in rest)})
    return shown


def changes_since(tag: Tag, now: datetime, days: int = 30) -> tuple[int, int]:
    """(came, went) in the last days."""
    found = TagChange.objects.filter(tag=tag, at__gte=now - timedelta(days=days)).aggregate(
        came=Count("pk", filter=Q(added=True)), went=Count("pk", filter=Q(added=False))
    )
    return found["came"], found["went"]
