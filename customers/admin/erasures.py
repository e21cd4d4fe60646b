"""Certificates of erasure. They are only read here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.access import Right
from customers.admin.base import History
from customers.admin.filters import choice, lookup, period
from customers.admin.search import ExactSearch
from customers.models import Erasure


@admin.register(Erasure)
class ErasureAdmin(ExactSearch, History):
    group = "system"
    icon = "delete_forever"
    position = 14
    brand_path = None
    right_to_see = Right.SET_RIGHTS
    list_display = ["number_column", "at", "by_label", "customer_reference", "reason", "is_barred"]
    list_filter = [period("at"), lookup("by"), choice("reason"), "is_barred"]
    list_select_related = ["customer", "by"]
    number_lookups = ["pk", "customer_id"]
    search_help_text = _("The number of a certificate or of a customer.")
    ordering = ["-id"]
    fields: ClassVar[Any] = [
        "number_column", "at", "by_label", "customer_reference", "merged", "reason", "is_barred",
        "lifted_at", "counts",
    ]  # fmt: skip
    readonly_fields = ["number_column", "customer_reference"]

    @admin.display(description=_("certificate"), ordering="id")
    def number_column(self, erasure: Erasure) -> str:
        """The number of the certificate."""
        return erasure.number

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_reference(self, erasure: Erasure) -> str:
        """The number that is left of the customer."""
        return erasure.customer.reference
