"""trigger.event: an event starts a walk. The entry itself is one statement of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    Problem,
    Reference,
    setting,
)

if TYPE_CHECKING:
    from journeys.engine.run import Run

NEVER, PER_KEY, ONE_AT_A_TIME, ALWAYS = "never", "per_key", "one_at_a_time", "always"


@dataclass(frozen=True, slots=True)
class Settings:
    event: str = setting(readers.text(120), gettext_lazy("Event"))
    where: dict[str, Any] | None = setting(readers.rule, gettext_lazy("Only when"), default=None)
    key: str = setting(
        readers.text(120),
        gettext_lazy("Entry key"),
        default="",
        help=gettext_lazy(
            "A property that tells walks apart, such as the cart; without it, no entry."
        ),
    )
    reentry: str = setting(
        readers.choice(NEVER, PER_KEY, ONE_AT_A_TIME, ALWAYS),
        gettext_lazy("Enter again"),
        default=NEVER,
    )


@register
class TriggerEvent(Node[Settings]):
    """Customers enter by an event, as often as `reentry` allows."""

    kind = "trigger.event"
    family = Family.TRIGGER
    label = gettext_lazy("Event")
    icon = "bolt"
    Settings = Settings

    def check(self) -> Iterable[Problem]:
        if self.settings.reentry == PER_KEY and not self.settings.key:
            yield Problem(
                f"nodes.{self.key}.key",
                _("Entering once per key needs the setting “key”: the property that is the key."),
            )

    def refers(self) -> Iterable[Reference]:
        return [Reference("event", self.settings.event, "event")]

    def conditions(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        return [("where", self.settings.where)] if self.settings.where else []

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        event, key = self.settings.event, self.settings.key
        if self.settings.reentry == ALWAYS:
            return format_html(_("At every <em>{event}</em>"), event=event)
        if self.settings.reentry == PER_KEY:
            return format_html(
                _("At <em>{event}</em>, once per <em>{key}</em>"), event=event, key=key
            )
        if self.settings.reentry == ONE_AT_A_TIME:
            return format_html(_("At <em>{event}</em>, unless on the way already"), event=event)
        return format_html(_("At the first <em>{event}</em>"), event=event)

    def compile(self, run: Run) -> Plan | None:
        return Pass("next")

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        return [Leave("next", member.arrived_at) for member in members]
