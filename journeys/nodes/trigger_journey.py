"""trigger.journey: customers enter from another journey, with what they carry."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers, register
from journeys.nodes.base import setting
from journeys.nodes.entry import EntrySettings, Trigger, say_limits, with_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(EntrySettings):
    journey: str = setting(
        readers.name,
        gettext_lazy("Only from the journey"),
        default="",
        noun="journey",
        help=gettext_lazy("Its code; empty: from any journey of the brand."),
    )


@register
class TriggerJourney(Trigger[Settings]):
    """The act “journey” of the other one lets them in; event, key and variables come along."""

    kind = "trigger.journey"
    label = gettext_lazy("From a journey")
    icon = "journey"
    Settings = Settings
    has_key = True

    def sentence(self) -> str:
        limits = say_limits(self.settings)
        words = (
            format_html(_("From the journey <em>{code}</em>"), code=self.settings.journey)
            if self.settings.journey
            else _("From another journey")
        )
        return with_limits(words, limits)
