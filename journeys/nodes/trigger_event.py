"""trigger.event: an event starts a walk. The entry itself is one statement of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.nodes import readers, register
from journeys.nodes.base import Problem, Reference, setting
from journeys.nodes.entry import (
    ALWAYS,
    NEVER,
    ONE_AT_A_TIME,
    PER_KEY,
    EntrySettings,
    Trigger,
    say_limits,
    with_limits,
)

__all__ = ["ALWAYS", "NEVER", "ONE_AT_A_TIME", "PER_KEY", "TriggerEvent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(EntrySettings):
    event: str = setting(readers.text(120), gettext_lazy("Event"), noun="event")
    where: dict[str, Any] | None = setting(
        readers.condition, gettext_lazy("Only when"), default=None
    )
    key: str = setting(
        readers.text(120),
        gettext_lazy("Entry key"),
        default="",
        example="order_id",
        help=gettext_lazy(
            "A property that tells walks apart, such as the cart; without it, no entry."
        ),
    )


@register
class TriggerEvent(Trigger[Settings]):
    """Customers enter by an event, as often as `reentry` allows."""

    kind = "trigger.event"
    label = gettext_lazy("Event")
    icon = "bolt"
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
        return [Reference("event", self.settings.event, "event")]

    def conditions(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        return [("where", self.settings.where)] if self.settings.where else []

    def sentence(self) -> str:
        limits = say_limits(self.settings)
        return with_limits(self._when(), limits)

    def _when(self) -> str:
        event, key = self.settings.event, self.settings.key
        match self.settings.reentry:
            case "always" | "after_time":
                return format_html(_("At every <em>{event}</em>"), event=event)
            case "per_key":
                return format_html(
                    _("At <em>{event}</em>, once per <em>{key}</em>"), event=event, key=key
                )
            case "one_at_a_time" | "after_exit":
                return format_html(_("At <em>{event}</em>, unless on the way already"), event=event)
            case _other:
                return format_html(_("At the first <em>{event}</em>"), event=event)
