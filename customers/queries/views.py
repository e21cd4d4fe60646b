"""Saved views of the list of customers, and the address of a list."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet
from django.http import QueryDict

from customers.models import SavedView, User
from customers.queries.filters import NAMES
from customers.scope import Scope

LONGEST: Final = 2_000
# What a view keeps. What somebody typed into the search is a person, and no view.
KEPT: Final = (*NAMES, "sort", "col")


def kept(data: QueryDict) -> str:
    """The part of an address that a view keeps, always in the same order."""
    found = QueryDict(mutable=True)
    for name in KEPT:
        values = [value for value in data.getlist(name) if value and "\x00" not in value]
        if values:
            found.setlist(name, values)
    return found.urlencode()


def views_of(user: User, scope: Scope) -> QuerySet[SavedView]:
    """The reader's own views and those shared in the brands that she looks at."""
    return (
        SavedView.objects.filter(Q(owner=user) | Q(brand__in=scope.brand_ids))
        .select_related("owner", "brand")
        .order_by("name", "pk")
    )
