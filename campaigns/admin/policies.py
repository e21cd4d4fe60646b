"""Policies: caps, quiet hours, holidays, arbitration, quotas, and how long decisions are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.actions.policies import BY_PURPOSE, save_cap, save_policy
from campaigns.models import (
    Arbitration,
    Campaign,
    CapPeriod,
    Content,
    FrequencyCap,
    Holiday,
    QuietHours,
    Quota,
    SendApproval,
    SendingPause,
)
from config.clock import utc_now
from customers.access import Actor, Right
from customers.admin.base import Desk, History, each
from customers.admin.exchange import Exchange, Sheet, brand_field, by_code
from customers.admin.filters import brand, choice, lookup
from customers.formats import duration


class PolicyDesk(Desk):
    """A policy that can be switched on and off."""

    right_to_change: ClassVar[Right] = Right.SET_POLICY
    actions = ["activate", "deactivate"]

    @admin.action(description=_("Activate the chosen ones"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Let them count from the gate's next look."""
        self._switch(request, queryset, active=True)

    @admin.action(description=_("Deactivate the chosen ones"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Let them count no more."""
        self._switch(request, queryset, active=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, active: bool) -> None:
        now = utc_now()
        done = _("%(n)d are active now.") if active else _("%(n)d are off now.")
        rows = queryset.select_related("brand")
        each(
            self, request, rows, lambda actor, row: self.switch(actor, row, active, now), str(done)
        )

    def switch(self, actor: Actor, row: Any, active: bool, now: datetime) -> None:
        """Let *row* count, or not."""
        save_policy(actor, row, {"is_active": active}, now=now)


class CapSheet(Sheet):
    noun = "cap"
    right = Right.SET_POLICY
    brand = brand_field()
    campaign = by_code("campaign", Campaign)
    content = by_code("content", Content)

    class Meta:
        model = FrequencyCap
        import_id_fields = ["name", "brand"]
        fields = [
            "name", "brand", "channel", "purpose", "campaign", "journey_id", "content", "limit",
            "period", "window_seconds", "per_address", "counts_transactional", "is_active",
        ]  # fmt: skip
        clean_model_instances = True
        skip_unchanged = True


@admin.register(FrequencyCap)
class FrequencyCapAdmin(Exchange, PolicyDesk):
    noun = "cap"
    icon = "speed"
    position = 40
    resource_classes = [CapSheet]
    list_display = [
        "name", "brand", "channel", "purpose", "campaign", "limit", "window", "is_active",
    ]  # fmt: skip
    list_filter = [
        "is_active", brand(), choice("channel"), choice("purpose"), choice("period"),
        lookup("campaign"),
    ]  # fmt: skip
    list_select_related = ["brand", "campaign"]
    search_fields = ["name"]
    autocomplete_fields = ["brand", "campaign", "content"]

    def switch(self, actor: Actor, row: Any, active: bool, now: datetime) -> None:
        save_cap(actor, {"is_active": active}, cap=row, now=now)

    @admin.display(description=_("within"), ordering="window_seconds")
    def window(self, cap: FrequencyCap) -> str:
        """The window in words."""
        if cap.period != CapPeriod.ROLLING:
            return cap.get_period_display()
        return duration(cap.window_seconds)


@admin.register(QuietHours)
class QuietHoursAdmin(PolicyDesk):
    noun = "quiet_hours"
    icon = "bedtime"
    position = 41
    list_display = ["__str__", "brand", "starts", "ends", *BY_PURPOSE, "is_active"]
    list_filter = ["is_active", brand(), choice("marketing")]
    list_select_related = ["brand"]
    search_fields = ["brand__name", "brand__code"]
    autocomplete_fields = ["brand"]


@admin.register(Holiday)
class HolidayAdmin(PolicyDesk):
    noun = "holiday"
    icon = "event_busy"
    position = 42
    list_display = ["name", "brand", "starts_on", "ends_on", *BY_PURPOSE, "is_active"]
    list_filter = ["is_active", brand(), choice("marketing")]
    list_select_related = ["brand"]
    search_fields = ["name"]
    autocomplete_fields = ["brand"]
    date_hierarchy = "starts_on"


@admin.register(Arbitration)
class ArbitrationAdmin(PolicyDesk):
    noun = "arbitration"
    icon = "balance"
    position = 43
    list_display = ["__str__", "window", "includes_service", "is_active"]
    list_filter = ["is_active", brand()]
    list_select_related = ["brand"]
    search_fields = ["brand__name", "brand__code"]
    autocomplete_fields = ["brand"]

    @admin.display(description=_("within"), ordering="window_seconds")
    def window(self, arbitration: Arbitration) -> str:
        """The window in words."""
        return duration(arbitration.window_seconds)


@admin.register(Quota)
class QuotaAdmin(PolicyDesk):
    noun = "quota"
    icon = "production_quantity_limits"
    position = 44
    list_display = ["__str__", "limit", "period", "action", "is_active"]
    list_filter = ["is_active", brand(), choice("channel"), choice("period")]
    list_select_related = ["brand"]
    search_fields = ["brand__name", "brand__code"]
    autocomplete_fields = ["brand"]


@admin.register(SendApproval)
class SendApprovalAdmin(PolicyDesk):
    noun = "send_approval"
    icon = "verified_user"
    position = 46
    list_display = ["__str__", "size", "is_active"]
    list_filter = ["is_active", brand()]
    list_select_related = ["brand"]
    search_fields = ["brand__name", "brand__code"]
    autocomplete_fields = ["brand"]


@admin.register(SendingPause)
class SendingPauseAdmin(History):
    """Looked at here; made and ended on the pages, whose actions wake what waits."""

    noun = "sending"
    icon = "pause_circle"
    position = 45
    list_display = ["__str__", "brand", "channel", "campaign", "since", "by", "note"]
    list_filter = [brand(), choice("channel")]
    list_select_related = ["brand", "campaign", "by"]
    search_fields = ["note"]
