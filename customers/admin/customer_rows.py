"""Events and tags of one customer: the lists behind the few that stand on the customer's page.

Their tables are the largest there are, and their indexes begin with the customer. So a list shows
nothing until it is told whose rows are wanted.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.admin.base import History
from customers.admin.filters import brand, lookup, period
from customers.admin.search import owners
from customers.formats import reference
from customers.models import EventRow, TagRow
from customers.profile.veil import Veil

if TYPE_CHECKING:
    List = ChangeList
else:
    from unfold.views import ChangeList as List


class RowsOfOne(List):
    """A list whose rows are reached by the customer and their own key together."""

    def url_for_result(self, result: Any) -> str:
        page: Any = self.model_admin
        meta = self.opts
        name = f"admin:{meta.app_label}_{meta.model_name}_change"
        return reverse(name, args=[quote(page.key_of(result))])


class OfOneCustomer(History):
    """Rows of the customer who is searched for; `own_key` are the fields beside the customer."""

    own_key: ClassVar[tuple[str, ...]] = ("pk",)
    search_fields = ["customer_id"]
    search_help_text = _(
        "Whose? A number such as C-4 018 226, or a whole phone number, e-mail or id."
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return RowsOfOne

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset.none(), False
        # As a list, so that each of them is looked up by the index.
        return queryset.filter(customer_id__in=list(owners(term))), False

    def key_of(self, row: Any) -> str:
        """The part of its address that tells *row* from all others."""
        return "~".join(str(getattr(row, name)) for name in ("customer_id", *self.own_key))

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        names = ("customer_id", *self.own_key)
        values = object_id.split("~", len(names) - 1)
        if len(values) != len(names) or not all(v.isdigit() and len(v) < 19 for v in values[:2]):
            return None
        return self.get_queryset(request).filter(**dict(zip(names, values, strict=True))).first()

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_reference(self, row: Any) -> str:
        """The customer's number; names are personal data."""
        return reference(row.customer_id)


@admin.register(EventRow)
class EventRowAdmin(OfOneCustomer):
    icon = "bolt"
    position = 14
    list_display = [
        "occurred_at", "event_type", "customer_reference", "brand", "source", "received_at",
    ]  # fmt: skip
    list_filter = [brand(), lookup("event_type"), period("occurred_at"), period("received_at")]
    list_select_related = ["event_type", "brand", "source"]
    ordering = ["-occurred_at"]
    fields: ClassVar[Any] = [
        "customer_reference", "event_type", "occurred_at", "received_at", "brand", "source",
        "masked_properties",
    ]  # fmt: skip
    readonly_fields: ClassVar[Any] = ["customer_reference", "masked_properties"]

    @admin.display(description=_("properties"))
    def masked_properties(self, row: EventRow) -> str:
        """What the event says, with everything personal masked."""
        veil = Veil.of(row.customer, told=row.properties)
        marks = row.event_type.personal
        rows = [(name, veil.value(name, plain(value), marks))
                for name, value in sorted(row.properties.items())]  # fmt: skip
        return render_to_string("customers/admin/pairs.html", {"rows": rows})


@admin.register(TagRow)
class TagRowAdmin(OfOneCustomer):
    own_key = ("tag_id", "value")
    icon = "label"
    position = 15
    brand_path = "tag__brand"
    list_display = ["tag", "value_or_tick", "customer_reference", "since", "expires_at", "source"]
    list_filter = [
        brand("tag__brand"), lookup("tag"), period("since"), period("expires_at"),
    ]  # fmt: skip
    list_select_related = ["tag", "source"]
    ordering = ["tag__name", "value"]
    fields: ClassVar[Any] = [
        "customer_reference", "tag", "value_or_tick", "since", "expires_at", "source",
    ]  # fmt: skip
    readonly_fields: ClassVar[Any] = ["customer_reference", "value_or_tick"]

    @admin.display(description=_("value"), ordering="value")
    def value_or_tick(self, row: TagRow) -> str:
        """The value; a tick for a tag that has none."""
        return row.value or "✓"


def plain(value: Any) -> Any:
    """Lists and objects in a property as one text, which is masked as a whole."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
