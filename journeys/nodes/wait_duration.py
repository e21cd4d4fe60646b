"""wait.duration: stay for a length of time, written down or told by the entry's payload."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import Compiled
from journeys.nodes import register
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
from journeys.nodes.length import Length, read_length

if TYPE_CHECKING:
    from journeys.engine.run import Run


@dataclass(frozen=True, slots=True)
class Settings:
    duration: Length = setting(
        read_length,
        gettext_lazy("How long"),
        help=gettext_lazy(
            "A length of time, or a property of the entry that tells it, such as "
            "{property: days, unit: d, missing: 7d}."
        ),
    )


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
        return format_html(_("Wait <em>{span}</em>"), span=self.settings.duration.say())

    def compile(self, run: Run) -> Plan | None:
        length = self.settings.duration.fixed
        if length is None:
            return None
        return Rest(lambda arrived: Compiled(f"{arrived} + %s", (length,)))

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        for member in members:
            until = member.arrived_at + self.settings.duration.of(member)
            yield Leave("next", until) if until <= run.now else Stay(until)
