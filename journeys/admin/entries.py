"""Entries that have a time: runs of schedules and audiences, and who is to enter later."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.admin.base import History
from customers.admin.filters import brand, is_there, lookup, period
from customers.admin.search import ExactSearch
from journeys.models import Entrant, TriggerRun


@admin.register(TriggerRun)
class TriggerRunAdmin(History):
    icon = "event_repeat"
    position = 14
    brand_path = "journey__brand"
    list_display = [
        "journey", "node", "due_at", "started_at", "looked", "entered", "finished_at",
    ]  # fmt: skip
    list_filter = [
        brand("journey__brand"), lookup("journey"), is_there("finished_at", _("finished")),
        period("due_at"),
    ]  # fmt: skip
    list_select_related = ["journey", "journey__brand"]
    ordering = ["-due_at"]


@admin.register(Entrant)
class EntrantAdmin(ExactSearch, History):
    icon = "hourglass"
    position = 15
    brand_path = "journey__brand"
    list_display = ["id", "journey", "node", "customer_number", "since", "due_at"]
    list_filter = [brand("journey__brand"), lookup("journey"), period("due_at")]
    list_select_related = ["journey", "journey__brand"]
    fields = ["journey", "node", "customer_number", "since", "due_at"]
    readonly_fields: ClassVar[Any] = fields
    number_lookups = ["customer_id"]
    search_help_text = _("The number of a customer.")
    ordering = ["due_at"]

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_number(self, entrant: Entrant) -> str:
        """The customer's number."""
        return f"C-{entrant.customer_id}"
