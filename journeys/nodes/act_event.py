"""act.event: something happened to the customer, told by the one door."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.ingest import Batch, EventFact, Item, ingest
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, Reference, setting
from journeys.nodes.effects import Done, Effect
from journeys.nodes.templates import TemplateFault, Words, asks_customer
from journeys.nodes.values import VALUES_HELP, properties_for, read_properties

if TYPE_CHECKING:
    from journeys.engine.run import Run

SOURCE = "journey"
# An event of a journey may begin a journey that tells an event; so far and no further.
DEPTH, DEEPEST = "journey_depth", 10


@dataclass(frozen=True, slots=True)
class TellEvent(Effect):
    """Its idempotency key is the visit. It may wake others, so it is written late."""

    name: str
    properties: dict[str, Any] = field(hash=False)

    changes_customer = True
    may_wake = True
    order = 80

    def say(self) -> str:
        told = json.dumps(self.properties, ensure_ascii=False, default=str)
        text = _("Tells the event <em>{name}</em>: {properties}")
        return format_html(text, name=self.name, properties=told)

    @classmethod
    def write(cls, done: Sequence[Done], now: datetime) -> None:
        brands: dict[int, list[Done]] = defaultdict(list)
        for one in done:
            brands[one.journey.brand_id].append(one)
        for brand_id, group in sorted(brands.items()):
            items = [
                Item(
                    str(n),
                    customer_id=one.customer_id,
                    events=[EventFact(one.effect.name, one.at, one.effect.properties, one.token)],
                )
                for n, one in enumerate(group)
            ]
            told = ingest(Batch(SOURCE, items, brand_id=brand_id, source_kind="journey"), now=now)
            if told.refused:
                raise ValueError(told.refused[0].text)


@dataclass(frozen=True, slots=True)
class Settings:
    event: str = setting(readers.text(120), gettext_lazy("Event"), noun="event")
    properties: dict[str, Any] = setting(
        read_properties,
        gettext_lazy("Properties"),
        default=None,
        help=VALUES_HELP,
    )


@register
class ActEvent(Node[Settings]):
    """The event stands on her timeline and may begin or move any journey, this one too."""

    kind = "act.event"
    family = Family.ACT
    label = gettext_lazy("Tell an event")
    icon = "bolt"
    Settings = Settings
    changes = True
    at_door = False

    @property
    def sees_customers(self) -> bool:
        return asks_customer(self._written.values())

    def refers(self) -> Iterable[Reference]:
        return [Reference("event", self.settings.event, "event")]

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        return format_html(_("Tell the event <em>{event}</em>"), event=self.settings.event)

    @property
    def _written(self) -> dict[str, Any]:
        return self.settings.properties or {}

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        words = Words(members, run, self._written.values())
        for member in members:
            found = member.payload.get(DEPTH)
            depth = found + 1 if isinstance(found, int) else 1
            if depth > DEEPEST:
                yield Leave("next", member.arrived_at, {"too_deep": depth})
                continue
            try:
                values = properties_for(self._written, member, words)
            except TemplateFault as fault:
                yield Leave("next", member.arrived_at, {"not_told": str(fault)})
                continue
            values |= {"journey": run.journey.code, DEPTH: depth}
            does = (TellEvent(self.settings.event, values),)
            yield Leave("next", member.arrived_at, does=does)
