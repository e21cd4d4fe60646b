"""trigger.api: another system lets a customer enter, with what it knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers, register
from journeys.nodes.base import Problem, setting
from journeys.nodes.entry import PER_KEY, EntrySettings, Trigger, say_limits, with_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(EntrySettings):
    where: dict[str, Any] | None = setting(
        readers.condition, gettext_lazy("Only when the payload"), default=None
    )
    key: str = setting(
        readers.text(120),
        gettext_lazy("Entry key"),
        default="",
        example="booking_id",
        help=gettext_lazy("A property of the payload that tells walks apart."),
    )


@register
class TriggerApi(Trigger[Settings]):
    """POST /api/v1/journeys/<code>/enter. The call is an event of the customer like any other, so
    that it is seen, counted once per key, and goes with her when she is merged."""

    kind = "trigger.api"
    label = gettext_lazy("API")
    icon = "code"
    Settings = Settings
    has_key = True

    def check(self) -> Iterable[Problem]:
        yield from super().check()
        if self.settings.reentry == PER_KEY and not self.settings.key:
            yield Problem(
                f"nodes.{self.key}.key",
                _("Entering once per key needs the setting “key”: the property that is the key."),
            )

    def conditions(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        return [("where", self.settings.where)] if self.settings.where else []

    def sentence(self) -> str:
        limits = say_limits(self.settings)
        return with_limits(_("When a system calls"), limits)


def call_event(journey_code: str) -> str:
    """The code of the event that a call of the journey's API is."""
    return f"enter:{journey_code}"
