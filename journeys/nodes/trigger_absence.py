"""trigger.absence: she did one thing, and not another within some time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import say_duration
from journeys.nodes import readers, register
from journeys.nodes.base import Problem, Reference, setting
from journeys.nodes.entry import PER_KEY, EntrySettings, Trigger, say_limits, with_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(EntrySettings):
    event: str = setting(readers.text(120), gettext_lazy("She did"), noun="event")
    where: dict[str, Any] | None = setting(
        readers.condition, gettext_lazy("Only when"), default=None
    )
    key: str = setting(
        readers.text(120),
        gettext_lazy("Entry key"),
        default="",
        example="cart_id",
        help=gettext_lazy("A property that both events must share, such as the cart."),
    )
    without: str = setting(readers.text(120), gettext_lazy("And then not"), noun="event")
    without_where: dict[str, Any] | None = setting(
        readers.condition, gettext_lazy("Which counts only when"), default=None
    )
    within: timedelta = setting(readers.duration, gettext_lazy("Within"), example="1h")


@register
class TriggerAbsence(Trigger[Settings]):
    """She enters when the time is over; its two ends belong to it. An event that comes in after
    that changes nothing any more."""

    kind = "trigger.absence"
    label = gettext_lazy("Did not")
    icon = "ear"
    Settings = Settings
    has_key = True

    def check(self) -> Iterable[Problem]:
        yield from super().check()
        if self.settings.reentry == PER_KEY and not self.settings.key:
            yield Problem(
                f"nodes.{self.key}.key",
                _("Entering once per key needs the setting “key”: the property that is the key."),
            )

    def refers(self) -> Iterable[Reference]:
        yield Reference("event", self.settings.event, "event")
        yield Reference("event", self.settings.without, "without")

    def conditions(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        for name in ("where", "without_where"):
            condition = getattr(self.settings, name)
            if condition:
                yield name, condition

    def sentence(self) -> str:
        limits = say_limits(self.settings)
        words = format_html(
            _("<em>{event}</em>, and not <em>{other}</em> within <em>{span}</em>"),
            event=self.settings.event,
            other=self.settings.without,
            span=say_duration(self.settings.within),
        )
        return with_limits(words, limits)
