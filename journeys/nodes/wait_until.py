"""wait.until: stay until a date and time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.engine import look
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, Stay, setting
from journeys.nodes.clock import moment_at

if TYPE_CHECKING:
    from journeys.engine.run import Run

JOURNEY, CUSTOMER = "journey", "customer"


@dataclass(frozen=True, slots=True)
class Settings:
    moment: datetime = setting(
        readers.moment,
        gettext_lazy("Date and time"),
        help=gettext_lazy("With a zone it is one moment for all; without, see “Whose clock”."),
    )
    clock: str = setting(
        readers.choice(
            {
                JOURNEY: gettext_lazy("the journey's"),
                CUSTOMER: gettext_lazy("the customer's own"),
            }
        ),
        gettext_lazy("Whose clock"),
        default=JOURNEY,
    )


@register
class WaitUntil(Node[Settings]):
    """Who comes after that moment goes on at once."""

    kind = "wait.until"
    family = Family.WAIT
    label = gettext_lazy("Wait until a moment")
    icon = "calendar"
    Settings = Settings
    waits = True

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        moment = self.settings.moment.isoformat(" ", "minutes")
        if self.settings.clock == CUSTOMER and self.settings.moment.tzinfo is None:
            return format_html(
                _("Wait until <em>{moment}</em> on the customer's clock"), moment=moment
            )
        return format_html(_("Wait until <em>{moment}</em>"), moment=moment)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        moment = self.settings.moment
        clocks = (
            look.zones(run, members, own=self.settings.clock == CUSTOMER)
            if moment.tzinfo is None
            else {}
        )
        for member in members:
            until = (
                moment_at(moment.date(), moment.time(), clocks[member.enrollment_id])
                if moment.tzinfo is None
                else moment.astimezone(UTC)
            )
            until = max(until, member.arrived_at)
            yield Leave("next", until) if until <= run.now else Stay(until)
