"""Webhooks and their calls. The secret is made here, shown once, and can be made anew."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.secrets import seal
from config.calling.signing import new_secret
from customers.access import Right
from customers.admin.base import Desk, History
from customers.admin.filters import brand, choice, lookup
from journeys.models import Webhook, WebhookCall


@admin.register(Webhook)
class WebhookAdmin(Desk):
    icon = "webhook"
    position = 60
    right_to_see = Right.SET_CHANNEL
    right_to_change = Right.SET_CHANNEL
    list_display = ["name", "code", "brand", "url", "is_active"]
    list_filter = [brand(), choice("is_active")]
    list_select_related = ["brand"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["brand"]
    fields = ["name", "code", "brand", "url", "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code", "brand"] if obj else []

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        """Keep it; a new one gets its secret, which is shown this once."""
        if not change:
            secret = new_secret()
            obj.secret = seal(secret)
        super().save_model(request, obj, form, change)
        if not change:
            words = _("Its secret, shown only now: %(secret)s") % {"secret": secret}
            messages.warning(request, words)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not obj.calls.exists()


@admin.register(WebhookCall)
class WebhookCallAdmin(History):
    icon = "call_made"
    position = 61
    brand_path = "webhook__brand"
    list_display = ["id", "webhook", "state", "status", "attempts", "next_at", "created_at"]
    list_filter = [brand("webhook__brand"), lookup("webhook"), choice("state")]
    list_select_related = ["webhook", "webhook__brand"]
    fields = [
        "webhook", "state", "status", "attempts", "next_at", "gives_up_at", "created_at", "error",
    ]  # fmt: skip
    readonly_fields: ClassVar[Any] = fields
    ordering = ["-id"]
