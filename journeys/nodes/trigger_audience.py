"""trigger.audience: everybody in a segment enters once, when the journey is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers, register
from journeys.nodes.base import Reference, setting
from journeys.nodes.entry import NEVER, RunSettings, say_limits, with_limits
from journeys.nodes.running import Moments, RunTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(RunSettings):
    segment: str = setting(readers.name, gettext_lazy("Segment"), noun="segment")


@register
class TriggerAudience(RunTrigger[Settings]):
    """The members of a segment enter, each of them once. Without limits the engine has a quicker
    way of its own, see journeys/engine/audience.py."""

    kind = "trigger.audience"
    label = gettext_lazy("Audience")
    icon = "segment"
    Settings = Settings

    @property
    def is_limited(self) -> bool:
        return super().is_limited or self.settings.reentry != NEVER

    def refers(self) -> Iterable[Reference]:
        return [Reference("segment", self.settings.segment, "segment")]

    def sentence(self) -> str:
        limits = say_limits(self.settings)
        words = format_html(
            _("Everybody in <em>{segment}</em>, once"), segment=self.settings.segment
        )
        return with_limits(words, limits)

    def moments(self, moments: Moments) -> list[Any]:
        """Once, when it was published."""
        return [moments.published_at] if self.is_limited else []

    def audience(self) -> dict[str, Any]:
        return {"segment": self.settings.segment}
