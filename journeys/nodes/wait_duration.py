"""wait.duration: stay for a length of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import Compiled, say_duration
from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Plan,
    Rest,
    Stay,
    setting,
)

if TYPE_CHECKING:
    from journeys.engine.run import Run


@dataclass(frozen=True, slots=True)
class Settings:
    duration: timedelta = setting(readers.duration, gettext_lazy("How long"))


@register
class WaitDuration(Node[Settings]):
    """Stay for elapsed time. A wait that ends in the past ends at once."""

    kind = "wait.duration"
    family = Family.WAIT
    label = gettext_lazy("Wait")
    icon = "clock"
    Settings = Settings
    waits = True

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        span = say_duration(self.settings.duration)
        return format_html(_("Wait <em>{span}</em>"), span=span)

    def compile(self, run: Run) -> Plan | None:
        return Rest(lambda arrived: Compiled(f"{arrived} + %s", (self.settings.duration,)))

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        for member in members:
            until = member.arrived_at + self.settings.duration
            yield Leave("next", until) if until <= run.now else Stay(until)
