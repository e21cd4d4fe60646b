"""Who the watchdog found, and people who are moved: looked at, mended, stopped."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.messages import ERROR, SUCCESS
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.admin.base import History, each
from customers.admin.filters import brand, choice, lookup, period
from customers.admin.scoped import actor_of
from journeys import actions
from journeys.actions.repair import LOOK, TAKE_OUT
from journeys.admin.history import GroupHistory
from journeys.models import Journey, PeopleMove, Trouble, TroubleKind


@admin.register(Trouble)
class TroubleAdmin(GroupHistory):
    """Walks that can't go on; a row disappears by itself when it is mended."""

    icon = "healing"
    position = 25
    list_display = ["enrollment_id", "journey_id", "node", "kind", "found_at"]
    list_filter = [choice("kind"), period("found_at")]
    number_lookups = ["enrollment_id", "journey_id"]
    search_help_text = _("The number of an enrollment or of a journey.")
    ordering = ["-found_at", "enrollment_id"]
    actions = ["look_again", "take_out"]  # type: ignore[assignment]

    @admin.action(description=_("Look again at all who are stuck where the chosen ones are"))
    def look_again(self, request: HttpRequest, queryset: QuerySet[Trouble]) -> None:
        """As if they had just come there."""
        self._mend(request, queryset.filter(kind=TroubleKind.STUCK), LOOK)

    @admin.action(description=_("Take out all who stand where the chosen ones are"))
    def take_out(self, request: HttpRequest, queryset: QuerySet[Trouble]) -> None:
        """They leave their journey."""
        self._mend(request, queryset, TAKE_OUT)

    def _mend(self, request: HttpRequest, queryset: QuerySet[Trouble], how: str) -> None:
        places = sorted(set(queryset.values_list("journey_id", "kind", "node")[:1_000]))
        journeys = Journey.objects.select_related("brand").in_bulk({place[0] for place in places})
        people = 0
        for journey, kind, node in places:
            try:
                people += actions.repair(
                    actor_of(request), journeys[journey], kind, how, utc_now(), node=node
                )
            except (actions.JourneyRefused, PermissionDenied) as refusal:
                self.message_user(request, f"{journeys[journey]}: {refusal}", ERROR)
        self.message_user(request, str(_("Done for %(n)d people.")) % {"n": people}, SUCCESS)


@admin.register(PeopleMove)
class PeopleMoveAdmin(History):
    """People moved to a new version, on, or out, with how far it is."""

    icon = "move_up"
    position = 22
    brand_path = "journey__brand"
    list_display = [
        "id", "journey", "kind", "source_number", "target_number", "node", "state", "total",
        "moved", "left", "stayed", "by", "created_at", "finished_at",
    ]  # fmt: skip
    list_filter = [
        choice("kind"), choice("state"), brand("journey__brand"), lookup("journey"),
        period("created_at"),
    ]  # fmt: skip
    list_select_related = ["journey", "journey__brand", "source", "target"]
    ordering = ["-id"]
    actions = ["stop", "go_on"]  # type: ignore[assignment]

    @admin.action(description=_("Stop the chosen moves"))
    def stop(self, request: HttpRequest, queryset: QuerySet[PeopleMove]) -> None:
        """Behind the bucket on its way."""
        now, rows = utc_now(), queryset.select_related("journey__brand")
        done = str(_("%(n)d moves are stopped."))
        each(self, request, rows, lambda who, row: actions.stop_move(who, row, now), done)

    @admin.action(description=_("Let the chosen moves go on"))
    def go_on(self, request: HttpRequest, queryset: QuerySet[PeopleMove]) -> None:
        """From where they were."""
        now, rows = utc_now(), queryset.select_related("journey__brand")
        done = str(_("%(n)d moves go on."))
        each(self, request, rows, lambda who, row: actions.go_on(who, row, now), done)

    @admin.display(description=_("from version"), ordering="source__number")
    def source_number(self, move: PeopleMove) -> int:
        """The version in which they were."""
        return move.source.number

    @admin.display(description=_("to version"), ordering="target__number")
    def target_number(self, move: PeopleMove) -> Any:
        """The version to which they go."""
        return move.target.number if move.target else "–"
