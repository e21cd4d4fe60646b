"""wait.date: stay until a date of the customer, of the entry or of an event, and an offset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import say_duration
from journeys.engine import look
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
    Stay,
    setting,
)
from journeys.nodes.clock import read_date, shifted
from journeys.nodes.labels import in_words

if TYPE_CHECKING:
    from journeys.engine.run import Run

SOURCES = ("attribute", "property", "event")


@dataclass(frozen=True, slots=True)
class Settings:
    attribute: str = setting(
        readers.name,
        gettext_lazy("Attribute of the customer"),
        default="",
        noun="attribute",
        help=gettext_lazy("Give one of: attribute, property, event."),
    )
    property: str = setting(
        readers.text(120), gettext_lazy("Property of the entry"), default="", example="due_at"
    )
    event: str = setting(
        readers.text(120), gettext_lazy("Last time she did"), default="", noun="event"
    )
    offset: timedelta = setting(
        readers.offset, gettext_lazy("Before (-) or after"), default=timedelta(0)
    )
    at: time | None = setting(
        readers.clock_time,
        gettext_lazy("At this time of her day"),
        default=None,
        help=gettext_lazy("Empty: at the time of the date itself; a day without time begins at 0."),
    )
    missing: str = setting(
        readers.name, gettext_lazy("When there is no date"), default="missing", example="missing"
    )


@register
class WaitDate(Node[Settings]):
    """The date is looked up at arrival and once more when it comes, so a date that moved counts.

    A moment in the past ends the wait at once.
    """

    kind = "wait.date"
    family = Family.WAIT
    label = gettext_lazy("Wait for a date")
    icon = "calendar"
    Settings = Settings
    waits = True
    looks = True

    def check(self) -> Iterable[Problem]:
        given = [name for name in SOURCES if getattr(self.settings, name)]
        if len(given) != 1:
            yield Problem(
                f"nodes.{self.key}.{given[1] if given else SOURCES[0]}",
                _("Give exactly one of: attribute, property, event."),
            )
        if self.settings.missing == "next":
            yield Problem(
                f"nodes.{self.key}.missing",
                _("The outcome “%(name)s” is used twice; name another one.") % {"name": "next"},
            )

    def refers(self) -> Iterable[Reference]:
        if self.settings.event:
            yield Reference("event", self.settings.event, "event")
        if self.settings.attribute:
            yield Reference("attribute", self.settings.attribute, "attribute")

    def outcomes(self) -> Sequence[Outcome]:
        missing = self.settings.missing
        return [Outcome("next", ""), Outcome(missing, in_words(missing, self.labels))]

    def sentence(self) -> str:
        settings = self.settings
        name = settings.attribute or settings.property or settings.event
        span = say_duration(abs(settings.offset))
        if settings.offset < timedelta(0):
            return format_html(
                _("Wait until <em>{span}</em> before <em>{name}</em>"), span=span, name=name
            )
        if settings.offset:
            return format_html(
                _("Wait until <em>{span}</em> after <em>{name}</em>"), span=span, name=name
            )
        return format_html(_("Wait until <em>{name}</em>"), name=name)

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        clocks = look.zones(run, members)
        values = self._values(members, run)
        for member in members:
            zone = clocks[member.enrollment_id]
            moment = read_date(values.get(member.enrollment_id), zone)
            if moment is None:
                wakes = member.wakes
                yield Leave(self.settings.missing, wakes[0].at if wakes else member.arrived_at)
                continue
            until = shifted(moment, self.settings.offset, self.settings.at, zone)
            until = max(until, member.arrived_at)
            yield Leave("next", until) if until <= run.now else Stay(until)

    def _values(self, members: Sequence[Member], run: Run) -> dict[int, Any]:
        """What stands for each walk, as text; one query at most."""
        if self.settings.attribute:
            return look.attribute_of(run, members, self.settings.attribute)
        if self.settings.property:
            name = self.settings.property
            return {member.enrollment_id: member.payload.get(name) for member in members}
        last = look.last_events(run, members, self.settings.event)
        return {id: at.isoformat() for id, at in last.items()}
