"""Which tags customers have now, for pages that show several customers at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from customers.models import CustomerTag, Tag
from customers.scope import Scope
from customers.tags.labels import value_label


class Standing(NamedTuple):
    """A tag that a customer has: its value, the name of the value, and since when."""

    tag: Tag
    value: str
    label: str
    since: datetime


def standing(
    customer_ids: Collection[int], scope: Scope, *, now: datetime | None = None
) -> dict[int, list[Standing]]:
    """By customer the tags of the brands in scope and of the group, by name; one query.

    With `now`, values that are not valid any more are left out.
    """
    mine = Q(tag__brand__isnull=True) | Q(tag__brand__in=scope.brand_ids)
    rows = CustomerTag.objects.filter(mine, customer__in=customer_ids)
    if now is not None:
        rows = rows.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    found: dict[int, list[Standing]] = defaultdict(list)
    for row in rows.select_related("tag", "tag__category").order_by("tag__name", "value"):
        label = value_label(row.tag, row.value)
        found[row.customer_id].append(Standing(row.tag, row.value, label, row.since))
    return dict(found)


def model_of(tag: Tag) -> str:
    """Which model a tag is ("rfm", "lifecycle", …); "" for others."""
    model = (tag.definition or {}).get("model")
    return str(model.get("of", "")) if isinstance(model, dict) else ""
