"""What became of each message: candidates, decisions of the gate, messages. Only read here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import Candidate, Decision, Message
from customers.access import may
from customers.admin.base import History
from customers.admin.filters import brand, choice, lookup, period
from customers.admin.scoped import actor_of
from customers.admin.search import ExactSearch
from customers.formats import masked


@admin.register(Candidate)
class CandidateAdmin(ExactSearch, History):
    icon = "hourglass_empty"
    position = 61
    shared_is_visible = False
    list_display = [
        "id", "customer_number", "brand", "channel", "purpose", "node", "state", "rule",
        "wanted_at", "due_at", "decided_at",
    ]  # fmt: skip
    list_filter = [
        choice("state"), brand(), choice("channel"), choice("purpose"), lookup("content"),
        period("wanted_at"),
    ]  # fmt: skip
    list_select_related = ["brand"]
    number_lookups = ["id", "customer_id", "enrollment_id"]
    search_help_text = _("The number of a candidate, an enrollment or a customer.")
    exclude = ["context"]  # what the event said may be personal

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_number(self, candidate: Candidate) -> str:
        """The customer's number."""
        return f"C-{candidate.customer_id}"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("context")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = [field.name for field in self.model._meta.fields]
        hidden = {"customer", "context"}
        return ["customer_number", *(name for name in names if name not in hidden)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)


@admin.register(Decision)
class DecisionAdmin(ExactSearch, History):
    """The ledger of the gate. It names no brand, so that only readers of the whole group see it."""

    icon = "gavel"
    position = 62
    brand_path = None
    list_display = [
        "id", "candidate_id", "customer_id", "verdict", "rule", "detail", "decided_at", "next_at",
    ]  # fmt: skip
    list_filter = [choice("verdict"), period("decided_at")]
    number_lookups = ["id", "candidate_id"]
    search_help_text = _("The number of a decision or of a candidate.")
    ordering = ["-id"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(actor_of(request), self.right_to_see, None)


@admin.register(Message)
class MessageAdmin(ExactSearch, History):
    icon = "mail"
    position = 60
    shared_is_visible = False
    list_display = [
        "id", "customer_number", "shown_address", "brand", "channel", "purpose", "state",
        "accepted_at", "handed_over_at", "opened_at", "error",
    ]  # fmt: skip
    list_filter = [
        choice("state"), brand(), choice("channel"), choice("purpose"), lookup("account"),
        period("accepted_at"),
    ]  # fmt: skip
    list_select_related = ["brand"]
    number_lookups = ["id", "customer_id", "candidate_id"]
    text_lookups = ["provider_id"]
    search_help_text = _("The number of a message, candidate or customer, or a provider's id.")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = [field.name for field in self.model._meta.fields]
        shown = {"customer": "customer_number", "address": "shown_address"}
        hidden = {"subject"}  # may greet the customer by name
        return [shown.get(name, name) for name in names if name not in hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_number(self, message: Message) -> str:
        """The customer's number."""
        return f"C-{message.customer_id}"

    @admin.display(description=_("address"))
    def shown_address(self, message: Message) -> str:
        """The address, masked."""
        kinds = {"email": "email", "sms": "phone"}
        return masked(message.address, kinds.get(message.channel, ""))
