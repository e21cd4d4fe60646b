"""Who walks through which journey, and where each one stands. Only the engine moves people."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.admin.base import History
from customers.admin.filters import brand, choice, is_there, lookup, period
from customers.admin.search import ExactSearch
from journeys.models import Enrollment


@admin.register(Enrollment)
class EnrollmentAdmin(ExactSearch, History):
    icon = "directions_walk"
    position = 20
    brand_path = "journey__brand"
    list_display = [
        "id", "customer_number", "journey", "version_number", "node", "state", "entered_at",
        "arrived_at", "finished_at", "exit_reason",
    ]  # fmt: skip
    list_filter = [
        choice("state"), brand("journey__brand"), lookup("journey"),
        is_there("goal_at", _("reached the goal")), period("entered_at"),
    ]  # fmt: skip
    list_select_related = ["journey", "journey__brand", "version"]
    number_lookups = ["id", "customer_id"]
    search_help_text = _("The number of an enrollment or of a customer.")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = [field.name for field in self.model._meta.fields]
        shown = {"customer": "customer_number", "version": "version_number"}
        hidden = {"context", "entry_guard"}  # what the event said may be personal
        return [shown.get(name, name) for name in names if name not in hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_number(self, enrollment: Enrollment) -> str:
        """The customer's number."""
        return f"C-{enrollment.customer_id}"

    @admin.display(description=_("version"), ordering="version_id")
    def version_number(self, enrollment: Enrollment) -> int:
        """The number of the version that is walked through."""
        return enrollment.version.number
