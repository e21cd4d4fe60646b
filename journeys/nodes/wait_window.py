"""wait.window: stay until it is a good hour on the customer's own clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.engine import look
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, Stay, setting
from journeys.nodes.clock import WEEKDAYS, next_opening

if TYPE_CHECKING:
    from journeys.engine.run import Run

DAYS = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    opens: time = setting(readers.clock_time, gettext_lazy("From"), example="09:00")
    closes: time = setting(
        readers.clock_time,
        gettext_lazy("Until"),
        example="20:00",
        help=gettext_lazy("Before the opening time: the window runs over midnight."),
    )
    days: tuple[str, ...] = setting(
        readers.several(DAYS), gettext_lazy("On"), default=WEEKDAYS, example="[mon, tue, fri]"
    )


@register
class WaitWindow(Node[Settings]):
    """Who comes inside the window goes on at once."""

    kind = "wait.window"
    family = Family.WAIT
    label = gettext_lazy("Wait for a good hour")
    icon = "calendar"
    Settings = Settings
    waits = True

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        span = f"{self.settings.opens:%H:%M}–{self.settings.closes:%H:%M}"
        if len(self.settings.days) == len(WEEKDAYS):
            return format_html(_("Wait until it is <em>{span}</em> where she is"), span=span)
        days = " · ".join(str(DAYS[day]) for day in WEEKDAYS if day in self.settings.days)
        return format_html(
            _("Wait until it is <em>{span}</em> where she is, on <em>{days}</em>"),
            span=span,
            days=days,
        )

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        clocks = look.zones(run, members)
        days = frozenset(self.settings.days)
        opens, closes = self.settings.opens, self.settings.closes
        for member in members:
            zone = clocks[member.enrollment_id]
            until = next_opening(member.arrived_at, zone, days, opens, closes)
            yield Leave("next", until) if until <= run.now else Stay(until)
