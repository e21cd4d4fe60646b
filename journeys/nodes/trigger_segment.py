"""trigger.segment: who joins a segment enters, or who leaves it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers, register
from journeys.nodes.base import Reference, setting
from journeys.nodes.entry import EntrySettings, Trigger, say_limits, with_limits

JOINED, LEFT = "joined", "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(EntrySettings):
    segment: str = setting(readers.name, gettext_lazy("Segment"), noun="segment")
    move: str = setting(
        readers.choice({JOINED: gettext_lazy("joined it"), LEFT: gettext_lazy("left it")}),
        gettext_lazy("Who"),
        default=JOINED,
    )


@register
class TriggerSegment(Trigger[Settings]):
    """Comings and goings from publishing on; who is in it already does not enter."""

    kind = "trigger.segment"
    label = gettext_lazy("Segment")
    icon = "segment"
    Settings = Settings

    def refers(self) -> Iterable[Reference]:
        return [Reference("segment", self.settings.segment, "segment")]

    def sentence(self) -> str:
        segment, limits = self.settings.segment, say_limits(self.settings)
        words = (
            format_html(_("Who joins <em>{segment}</em>"), segment=segment)
            if self.settings.move == JOINED
            else format_html(_("Who leaves <em>{segment}</em>"), segment=segment)
        )
        return with_limits(words, limits)
