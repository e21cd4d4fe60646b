"""What the engine wrote: versions, steps, timers and replays. Only read here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.access import Right, may
from customers.admin.base import History
from customers.admin.filters import brand, choice, lookup, period
from customers.admin.scoped import actor_of
from customers.admin.search import ExactSearch
from journeys.models import JourneyVersion, Replay, Step, Timer


class GroupHistory(ExactSearch, History):
    """Rows that name no brand: for readers of the whole group."""

    brand_path = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(actor_of(request), Right.SEE, None)


@admin.register(JourneyVersion)
class VersionAdmin(History):
    icon = "history"
    position = 12
    brand_path = "journey__brand"
    list_display = ["journey", "number", "published_at", "published_by", "note"]
    list_filter = [brand("journey__brand"), lookup("journey"), period("published_at")]
    list_select_related = ["journey", "journey__brand", "published_by"]
    search_fields = ["journey__name", "journey__code", "note"]
    ordering = ["-published_at"]


@admin.register(Step)
class StepAdmin(GroupHistory):
    icon = "footprint"
    position = 30
    list_display = [
        "id", "enrollment_id", "visit", "customer_id", "node", "outcome", "arrived_at", "left_at",
    ]  # fmt: skip
    list_filter = [period("left_at")]
    number_lookups = ["enrollment_id"]
    search_help_text = _("The number of an enrollment.")
    ordering = ["-id"]


@admin.register(Timer)
class TimerAdmin(GroupHistory):
    """What is due when. A timer that stays here after its time shows an engine that lags."""

    group = "system"
    icon = "alarm"
    position = 40
    list_display = ["id", "enrollment_id", "visit", "kind", "due_at", "label"]
    list_filter = [choice("kind"), period("due_at")]
    number_lookups = ["id"]
    search_help_text = _("The number of a timer.")
    ordering = ["due_at"]
    sortable_by = ["due_at", "id"]


@admin.register(Replay)
class ReplayAdmin(GroupHistory):
    group = "system"
    icon = "replay"
    position = 45
    list_display = ["name", "position_read", "clock", "problem_count", "finished"]
    list_filter = ["finished"]
    number_lookups = ["id"]
    text_lookups = ["name"]
    ordering = ["-id"]

    @admin.display(description=_("events read"), ordering="position")
    def position_read(self, replay: Replay) -> int:
        """How many events were read."""
        return replay.position
