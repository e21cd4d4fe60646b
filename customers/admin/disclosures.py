"""To whom were personal data shown, of which customer, and what for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.access import Right
from customers.admin.base import History
from customers.admin.filters import choice, lookup, period
from customers.admin.search import ExactSearch
from customers.models import Disclosure


@admin.register(Disclosure)
class DisclosureAdmin(ExactSearch, History):
    """Seen by admins of the whole group: a customer is not one brand's."""

    group = "system"
    icon = "visibility"
    position = 12
    brand_path = None
    right_to_see = Right.SET_RIGHTS
    list_display = ["at", "user", "customer_reference", "reason", "note", "until"]
    list_filter = [period("at"), lookup("user"), choice("reason")]
    list_select_related = ["customer", "user"]
    number_lookups = ["customer_id"]
    search_help_text = _("The number of a customer.")
    ordering = ["-id"]
    fields: ClassVar[Any] = ["at", "user", "customer_reference", "reason", "note", "until"]
    readonly_fields = ["customer_reference"]

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_reference(self, disclosure: Disclosure) -> str:
        """The customer's number; names are personal data."""
        return disclosure.customer.reference
