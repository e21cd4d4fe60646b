"""Tasks for people. They are finished on their page, where the journey hears of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from campaigns.models import Task
from customers.admin.base import History
from customers.admin.filters import brand, choice, period
from customers.admin.search import ExactSearch
from customers.profile.veil import Veil


@admin.register(Task)
class TaskAdmin(ExactSearch, History):
    icon = "task_alt"
    position = 55
    list_display = [
        "id", "node", "brand", "customer_number", "state", "opened_at", "due_at", "finished_at",
    ]  # fmt: skip
    list_filter = [brand(), choice("state"), period("due_at")]
    list_select_related = ["brand"]
    fields = [
        "shown_title", "brand", "customer_number", "shown_instructions", "state", "opened_at",
        "due_at", "finished_at", "finished_by",
    ]  # fmt: skip
    readonly_fields: ClassVar[Any] = fields
    number_lookups = ["customer_id"]
    search_help_text = _("The number of a customer.")
    ordering = ["due_at"]

    @admin.display(description=_("title"))
    def shown_title(self, task: Task) -> str:
        """What is asked for, with what is personal of the customer masked."""
        return Veil.of(task.customer).text(task.title)

    @admin.display(description=_("instructions"))
    def shown_instructions(self, task: Task) -> str:
        """The same of the instructions."""
        return Veil.of(task.customer).text(task.instructions) or "–"

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_number(self, task: Task) -> str:
        """The customer's number."""
        return f"C-{task.customer_id}"
