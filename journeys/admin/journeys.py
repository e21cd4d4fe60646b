"""Journeys: found, looked at, paused and stopped. Their graph is drawn on the canvas."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.access import Right
from customers.admin.base import Desk, Lines
from customers.admin.filters import brand, choice, lookup, period
from journeys.models import Journey, JourneyVersion


class VersionLines(Lines):
    model = JourneyVersion
    fields = ["number", "published_at", "published_by", "note"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("published_by", "journey")


@admin.register(Journey)
class JourneyAdmin(Desk):
    """What surrounds the graph. State and draft change only by their own actions."""

    icon = "route"
    position = 10
    right_to_change = Right.EDIT
    list_display = [
        "name", "code", "brand", "state", "campaign", "priority", "current_number", "owner",
        "changed_at",
    ]  # fmt: skip
    list_filter = [
        choice("state"), brand(), lookup("campaign"), period("starts_at"), period("changed_at"),
    ]  # fmt: skip
    list_select_related = ["brand", "campaign", "current", "owner"]
    search_fields = ["name", "code", "description"]
    autocomplete_fields = ["campaign", "owner"]
    fields = [
        "name", "code", "brand", "description", "state", "campaign", "owner", "priority",
        "timezone", "starts_at", "ends_at", "current_number", "draft_number", "created_at",
        "changed_at",
    ]  # fmt: skip
    readonly_fields = [
        "code", "brand", "state", "current_number", "draft_number", "created_at", "changed_at",
    ]  # fmt: skip
    inlines = [VersionLines]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("version"), ordering="current__number")
    def current_number(self, journey: Journey) -> int | None:
        """The number of the published version that new entries take."""
        return journey.current.number if journey.current else None
