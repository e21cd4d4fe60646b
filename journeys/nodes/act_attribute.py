"""act.attribute: set an attribute of the customer, or take its value back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.ingest import Batch, Item, ingest
from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Problem,
    Reference,
    setting,
)
from journeys.nodes.effects import Done, Effect
from journeys.nodes.templates import (
    TemplateFault,
    Words,
    asks_customer,
    in_short,
    is_template,
)
from journeys.nodes.values import read_value, value_for

if TYPE_CHECKING:
    from journeys.engine.run import Run

SOURCE = "journey"


@dataclass(frozen=True, slots=True)
class SetAttribute(Effect):
    """Told by the one door, whose rule of conflicts decides. A value that the attribute can't take
    sets the customer aside with the door's sentence."""

    code: str
    value: Any

    changes_customer = True

    def say(self) -> str:
        if self.value is None:
            return format_html(_("Takes the attribute <em>{name}</em> away."), name=self.code)
        words = {"name": self.code, "value": str(self.value)}
        return format_html(_("Sets the attribute <em>{name}</em> to <em>{value}</em>."), **words)

    @classmethod
    def write(cls, done: Sequence[Done], now: datetime) -> None:
        # One item per visit, in order: the later of two values for one customer wins.
        items = [
            Item(
                str(n), customer_id=one.customer_id, attributes={one.effect.code: one.effect.value}
            )
            for n, one in enumerate(sorted(done, key=lambda one: (one.at, one.visit)))
        ]
        told = ingest(Batch(SOURCE, items, source_kind="journey"), now=now)
        if told.refused:
            raise ValueError(told.refused[0].text)


@dataclass(frozen=True, slots=True)
class Settings:
    attribute: str = setting(readers.name, gettext_lazy("Attribute"), noun="attribute")
    value: Any = setting(
        read_value,
        gettext_lazy("Value"),
        default=None,
        help=gettext_lazy(
            "A literal, $entry.property, $vars.name, $entry_key, or a text with "
            "{{ customer.city }}."
        ),
    )
    remove: bool = setting(readers.flag, gettext_lazy("Take it back"), default=False)


@register
class ActAttribute(Node[Settings]):
    """Written in the transaction that moves her on; who has no such value goes on unchanged."""

    kind = "act.attribute"
    family = Family.ACT
    label = gettext_lazy("Attribute")
    icon = "person"
    Settings = Settings
    changes = True
    at_door = False

    def check(self) -> Iterable[Problem]:
        if (self.settings.value is None) != self.settings.remove:
            yield Problem(f"nodes.{self.key}.value", _("Give a value, or take it back; not both."))

    @property
    def sees_customers(self) -> bool:
        return asks_customer([self.settings.value])

    def refers(self) -> Iterable[Reference]:
        return [Reference("attribute", self.settings.attribute, "attribute")]

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        name, value = self.settings.attribute, self.settings.value
        if self.settings.remove:
            return format_html(_("Take the value of <em>{name}</em> back"), name=name)
        shown = in_short(value) if is_template(value) else value
        return format_html(_("Set <em>{name}</em> to <em>{value}</em>"), name=name, value=shown)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        words = Words(members, run, [self.settings.value])
        for member in members:
            try:
                value = value_for(self.settings.value, member, words)
            except TemplateFault as fault:
                yield Leave("next", member.arrived_at, {"missing": str(fault)})
                continue
            if value is None and not self.settings.remove:
                yield Leave("next", member.arrived_at, {"missing": self.settings.value})
                continue
            does = (SetAttribute(self.settings.attribute, value),)
            yield Leave("next", member.arrived_at, does=does)
