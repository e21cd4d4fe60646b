"""Filters of lists. None of them offers a brand that the reader may not see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.access import Right, brands_of
from customers.admin.scoped import actor_of

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesDropdownFilter
    from django.contrib.admin import RelatedFieldListFilter as AutocompleteSelectFilter
    from django.contrib.admin import RelatedFieldListFilter as RelatedDropdownFilter
    from django.contrib.admin import SimpleListFilter as DropdownFilter
    from django.contrib.admin.filters import FieldListFilter as RangeDateTimeFilter
else:
    from unfold.contrib.filters.admin import (
        AutocompleteSelectFilter,
        ChoicesDropdownFilter,
        DropdownFilter,
        RangeDateTimeFilter,
        RelatedDropdownFilter,
    )


class BrandFilter(RelatedDropdownFilter):
    """Choose one of the reader's brands."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        brands = brands_of(actor_of(request), getattr(model_admin, "right_to_see", Right.SEE))
        return [(str(brand.pk), brand.title) for brand in brands]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1


class IsThere(DropdownFilter):
    """Rows in which `field` holds something, or nothing; for dates such as "revoked"."""

    field = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", str(_("yes"))), ("no", str(_("no")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("yes", "no"):
            return queryset.filter(**{f"{self.field}__isnull": self.value() == "no"})
        return queryset


def is_there(field_name: str, title_text: Any) -> type[IsThere]:
    """A filter with the title *title_text*: whether *field_name* holds something."""

    class Filter(IsThere):
        title = title_text
        parameter_name = f"has_{field_name}"
        field = field_name

    return Filter


def brand(path: str = "brand") -> tuple[str, type[BrandFilter]]:
    """A filter by brand."""
    return (path, BrandFilter)


def choice(name: str) -> tuple[str, type[ChoicesDropdownFilter]]:
    """A filter by a field with choices."""
    return (name, ChoicesDropdownFilter)


def period(name: str) -> tuple[str, type[RangeDateTimeFilter]]:
    """A filter from … until …."""
    return (name, RangeDateTimeFilter)


def lookup(name: str) -> tuple[str, type[AutocompleteSelectFilter]]:
    """A filter by something that is found by typing; its admin page keeps brands apart."""
    return (name, AutocompleteSelectFilter)
