"""trigger.audience: everybody in a segment enters once, when the journey is published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Pass,
    Plan,
    Reference,
    setting,
)

if TYPE_CHECKING:
    from journeys.engine.run import Run


@dataclass(frozen=True, slots=True)
class Settings:
    segment: str = setting(readers.name, gettext_lazy("Segment"))


@register
class TriggerAudience(Node[Settings]):
    """The members of a segment enter, each of them once."""

    kind = "trigger.audience"
    family = Family.TRIGGER
    label = gettext_lazy("Audience")
    icon = "segment"
    Settings = Settings

    def refers(self) -> Iterable[Reference]:
        return [Reference("segment", self.settings.segment, "segment")]

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        return format_html(
            _("Everybody in <em>{segment}</em>, once"), segment=self.settings.segment
        )

    def compile(self, run: Run) -> Plan | None:
        return Pass("next")

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        return [Leave("next", member.arrived_at) for member in members]
