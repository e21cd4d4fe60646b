"""Journeys: found, looked at, paused and stopped. Their graph is drawn on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.access import Actor, Right
from customers.admin.base import Desk, Lines, each
from customers.admin.filters import brand, choice, lookup, period
from journeys import actions
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
        "timezone", "starts_at", "ends_at", "at_end", "current_number",
        "draft_number", "created_at", "changed_at",
    ]  # fmt: skip
    readonly_fields = [
        # Its time is set on its page, by the action that looks whether it can be.
        "code", "brand", "state", "starts_at", "ends_at", "at_end", "current_number",
        "draft_number", "created_at", "changed_at",
    ]  # fmt: skip
    inlines = [VersionLines]
    actions = ["pause", "resume", "drain", "stop", "archive"]

    @admin.action(description=_("Pause the chosen journeys"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Journey]) -> None:
        """Nobody enters, nobody moves, until they are resumed."""
        self._each(request, queryset, actions.pause, _("%(n)d journeys are paused."))

    @admin.action(description=_("Resume the chosen journeys"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Journey]) -> None:
        """Go on where they were."""
        self._each(request, queryset, actions.resume, _("%(n)d journeys go on."))

    @admin.action(description=_("Drain the chosen journeys"), permissions=["change"])
    def drain(self, request: HttpRequest, queryset: QuerySet[Journey]) -> None:
        """Let nobody in; who is inside walks to the end."""
        self._each(request, queryset, actions.drain, _("%(n)d journeys let nobody in any more."))

    @admin.action(description=_("Stop the chosen journeys for good"), permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Journey]) -> None:
        """End every walk."""
        self._each(request, queryset, actions.stop, _("%(n)d journeys are stopped."))

    @admin.action(description=_("Archive the chosen journeys"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Journey]) -> None:
        """Put them away."""
        self._each(request, queryset, actions.archive, _("%(n)d journeys are archived."))

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Journey],
        change: Callable[[Actor, Journey, datetime], object],
        done: Any,
    ) -> None:
        now = utc_now()
        rows = queryset.select_related("brand")
        each(self, request, rows, lambda actor, row: change(actor, row, now), str(done))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("version"), ordering="current__number")
    def current_number(self, journey: Journey) -> int | None:
        """The number of the published version that new entries take."""
        return journey.current.number if journey.current else None
