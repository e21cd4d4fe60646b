"""Search on tables that are too large to look for a piece of a word in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from customers.models import Identity

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as Base
else:
    Base = object

MAX_BIGINT = 2**63 - 1
MOST_OWNERS = 50


class ExactSearch(Base):
    """Finds rows by a whole number or a whole value, each of which has an index."""

    number_lookups: ClassVar[Sequence[str]] = ("pk",)
    text_lookups: ClassVar[Sequence[str]] = ()
    search_fields = ("pk",)  # asked for by those who look rows up

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return [*self.number_lookups, *self.text_lookups]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(self.match(term)), False

    def match(self, term: str) -> Q:
        """The condition for *term*, which is not empty."""
        found = Q(pk__in=[])
        number = number_in(term)
        if number is not None:
            for lookup in self.number_lookups:
                found |= Q(**{lookup: number})
        for lookup in self.text_lookups:
            found |= Q(**{lookup: term})
        return found


def values_meant(term: str) -> set[str]:
    """The spellings in which an identity typed as *term* may be kept."""
    value = term.strip().lower() if "@" in term else term.strip()
    digits = value.replace(" ", "").replace("-", "")
    return {value, digits, f"+86{digits}"} if digits.lstrip("+").isdigit() else {value}


def owners(term: str) -> list[int]:
    """The customers with this number or this identity; at most MOST_OWNERS of them."""
    found = Identity.objects.filter(value__in=values_meant(term)).values_list("customer_id")
    ids = {pk for (pk,) in found[:MOST_OWNERS]}
    number = number_in(term)
    return sorted(ids if number is None else ids | {number})


def number_in(term: str) -> int | None:
    """The number that is meant by "4018226", "4,018,226" or "C-4 018 226"; else None."""
    digits = re.sub(r"[\s,\u00a0]", "", term.upper().removeprefix("C-"))
    if not digits.isascii() or not digits.isdigit():
        return None
    number = int(digits) if len(digits) < 20 else MAX_BIGINT + 1
    return number if number <= MAX_BIGINT else None
