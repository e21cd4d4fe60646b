"""Consents as they stand, and every change of them: the proof. Both are only read here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.admin.base import History
from customers.admin.filters import brand, choice, period
from customers.admin.search import ExactSearch
from customers.models import Consent, ConsentChange

WHAT_SINCE = [
    "customer_reference", "brand", "channel", "purpose", "state", "since", "source", "wording",
    "proof",
]  # fmt: skip
WHAT_AT = ["at" if name == "since" else name for name in WHAT_SINCE]


@admin.register(Consent)
class ConsentAdmin(ExactSearch, History):
    icon = "handshake"
    position = 11
    list_display = ["customer_reference", "brand", "channel", "purpose", "state", "since", "source"]
    list_filter = [
        brand(), choice("channel"), choice("purpose"), choice("state"), period("since"),
    ]  # fmt: skip
    list_select_related = ["customer", "brand", "source"]
    number_lookups = ["customer_id"]
    search_help_text = _("The number of a customer.")
    ordering = ["-id"]
    fields: ClassVar[Any] = WHAT_SINCE
    readonly_fields = ["customer_reference"]

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_reference(self, consent: Consent) -> str:
        """The customer's number; names are personal data."""
        return consent.customer.reference


@admin.register(ConsentChange)
class ConsentChangeAdmin(ExactSearch, History):
    icon = "history"
    position = 12
    list_display = ["at", "customer_reference", "brand", "channel", "purpose", "state", "source"]
    list_filter = [brand(), choice("channel"), choice("purpose"), choice("state"), period("at")]
    list_select_related = ["customer", "brand", "source"]
    number_lookups = ["customer_id"]
    search_help_text = _("The number of a customer.")
    ordering = ["-id"]
    fields: ClassVar[Any] = WHAT_AT
    readonly_fields = ["customer_reference"]

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_reference(self, change: ConsentChange) -> str:
        """The customer's number; names are personal data."""
        return change.customer.reference
