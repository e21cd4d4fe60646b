"""Which tags a reader sees."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from customers.models import Tag
from customers.scope import Scope


def visible(scope: Scope) -> QuerySet[Tag]:
    """Tags of the brands in scope and those that all brands share."""
    mine = Q(brand__isnull=True) | Q(brand__in=scope.brand_ids)
    return Tag.objects.filter(mine).select_related("category", "brand", "owner", "measure")
