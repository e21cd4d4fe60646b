"""Campaigns and experiments."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Experiment
from customers.access import Right
from customers.admin.base import Desk
from customers.admin.filters import brand, choice, period


@admin.register(Campaign)
class CampaignAdmin(Desk):
    """Campaigns. Messages name the campaign they were sent for, so none is removed."""

    icon = "campaign"
    position = 10
    list_display = [
        "name", "brand", "kind", "state", "target", "budget", "currency", "starts_at", "ends_at",
    ]  # fmt: skip
    list_filter = [
        brand(), choice("state"), choice("kind"), period("starts_at"), period("ends_at"),
    ]  # fmt: skip
    list_select_related = ["brand"]
    search_fields = ["name", "code", "goal"]
    autocomplete_fields = ["brand", "owner"]
    readonly_fields = ["created_at", "state"]
    fieldsets = [
        (None, {"fields": ["name", "code", "brand", "kind", "state", "owner"]}),
        (_("Goal"), {"fields": ["goal", "target", "budget", "currency"]}),
        (_("Time"), {"fields": ["starts_at", "ends_at", "created_at"]}),
        (_("Links"), {"fields": ["utm_campaign"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "code", "brand"] if obj else [*self.readonly_fields]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Experiment)
class ExperimentAdmin(Desk):
    """Experiments. The salt and the arms decide who is in which arm, so they stay as they are."""

    icon = "science"
    position = 15
    right_to_change = Right.PUBLISH
    list_display = ["name", "brand", "state", "arms", "journey_id", "node", "started_at"]
    list_filter = [brand(), choice("state"), period("started_at")]
    list_select_related = ["brand"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["brand"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = ["code", "brand", "journey_id", "node", "salt", "arms", "started_at"]
        return fixed if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
