"""wait.event: stay until the first of several events happens, or until time is up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import say_duration
from journeys.models.timer import TimerKind
from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Family,
    Leave,
    Listen,
    Member,
    Node,
    Outcome,
    Problem,
    Reference,
    SettingError,
    Stay,
    Wake,
    setting,
)
from journeys.nodes.labels import in_words

if TYPE_CHECKING:
    from journeys.engine.run import Run

MOST_ARMS = 8


class Arm(NamedTuple):
    """One event that ends the wait; `where` is a condition over its properties."""

    event: str
    match: tuple[str, str] | None
    where: dict[str, Any] | None


def read_arms(given: Any) -> dict[str, Arm]:
    """{outcome: {event, match?, where?}}, sorted by outcome: jsonb forgets the order."""
    if not isinstance(given, Mapping) or not 1 <= len(given) <= MOST_ARMS:
        raise SettingError(
            _(
                "Expected one to %(most)s outcomes with the event of each, such as "
                "{viewed: {event: offer viewed}}, got %(given)r."
            )
            % {"most": MOST_ARMS, "given": given}
        )
    arms = {}
    for outcome, arm in sorted(given.items(), key=lambda item: str(item[0])):
        arm = readers.only_keys(arm, ["event"], ["match", "where"])
        arms[readers.name(outcome)] = Arm(
            readers.text(120)(arm["event"]),
            readers.match(arm["match"]) if "match" in arm else None,
            readers.rule(arm["where"]) if "where" in arm else None,
        )
    return arms


@dataclass(frozen=True, slots=True)
class Settings:
    until: dict[str, Arm] = setting(read_arms, gettext_lazy("Until"))
    at_most: timedelta | None = setting(readers.duration, gettext_lazy("At most"), default=None)
    timeout: str = setting(readers.name, gettext_lazy("When time is up"), default="timeout")


@register
class WaitEvent(Node[Settings]):
    """The first match wins; the moment of arrival and the deadline both count."""

    kind = "wait.event"
    family = Family.WAIT
    label = gettext_lazy("Wait for an event")
    icon = "ear"
    Settings = Settings
    waits = True
    listens = True

    def check(self) -> Iterable[Problem]:
        if self.settings.at_most and self.settings.timeout in self.settings.until:
            yield Problem(
                f"nodes.{self.key}.timeout",
                _("The outcome “%(name)s” is used for an event already; name another one.")
                % {"name": self.settings.timeout},
            )

    def refers(self) -> Iterable[Reference]:
        return [
            Reference("event", arm.event, f"until.{outcome}")
            for outcome, arm in self.settings.until.items()
        ]

    def conditions(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        return [
            (f"until.{outcome}.where", arm.where)
            for outcome, arm in self.settings.until.items()
            if arm.where
        ]

    def outcomes(self) -> Sequence[Outcome]:
        named = [Outcome(name, in_words(name, self.labels)) for name in self.settings.until]
        if self.settings.at_most:
            timeout = self.settings.timeout
            named.append(Outcome(timeout, in_words(timeout, self.labels), is_timeout=True))
        return named

    def sentence(self) -> str:
        events = format_html_join(
            _(" or "), "<em>{}</em>", ((arm.event,) for arm in self.settings.until.values())
        )
        if self.settings.at_most is None:
            return format_html(_("Wait until {events}"), events=events)
        span = say_duration(self.settings.at_most)
        return format_html(
            _("Wait until {events}, at most <em>{span}</em>"), events=events, span=span
        )

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        """1. Who was woken by an event or by time leaves. 2. For who has just arrived, events that
        are known already are looked up. 3. The others stay and listen."""
        ends = [self._end_of(member) for member in members]
        heard: dict[int, Wake] = {}
        to_ask = []
        for place, (member, end) in enumerate(zip(members, ends, strict=True)):
            wake = next(
                (w for w in member.wakes if w.event_id and w.label in self.settings.until), None
            )
            if not member.wakes:
                to_ask.append((place, member, member.arrived_at, end or run.horizon))
            elif wake and self.settings.until[wake.label].where:
                # A wake-up knows types and matches only, so a condition is asked of the store:
                # from that event on, since the ones before have been looked at.
                to_ask.append((place, member, wake.at, end or run.horizon))
            elif wake and (end is None or wake.at <= end):
                heard[place] = wake
        heard |= self._ask(to_ask, run)
        for place, (member, end) in enumerate(zip(members, ends, strict=True)):
            wake = heard.get(place)
            if wake and wake.at <= run.now:
                yield Leave(wake.label, wake.at, {"event": wake.event_id}, spends=wake.event_id)
            elif end is not None and end <= run.now:
                yield Leave(self.settings.timeout, end)
            else:
                yield Stay(end, tuple(self._listens(member)), wake)

    def _end_of(self, member: Member) -> datetime | None:
        at_most = self.settings.at_most
        return None if at_most is None else member.arrived_at + at_most

    def _listens(self, member: Member) -> Iterable[Listen]:
        for outcome, arm in self.settings.until.items():
            if arm.match is None:
                yield Listen(arm.event, outcome)
            elif (value := match_value(arm.match[1], member)) is not None:
                yield Listen(arm.event, outcome, arm.match[0], value)

    def _ask(
        self, asking: Sequence[tuple[int, Member, datetime, datetime]], run: Run
    ) -> dict[int, Wake]:
        """By place the first match between the two moments; it may lie ahead of now."""
        found: dict[int, tuple[datetime, int, str]] = {}
        for outcome, arm in self.settings.until.items():
            places, windows = [], []
            for place, member, start, end in asking:
                value = match_value(arm.match[1], member) if arm.match else ""
                if value is not None and start <= end:
                    places.append(place)
                    windows.append((member, start, end, value))
            prop = arm.match[0] if arm.match else ""
            answers = run.first_events(arm.event, windows, prop, arm.where)
            for place, answer in zip(places, answers, strict=True):
                if answer is not None:
                    mine = (answer.at, answer.event_id, outcome)
                    found[place] = min(found.get(place, mine), mine)
        return {
            place: Wake(TimerKind.EVENT, at, event_id, outcome)
            for place, (at, event_id, outcome) in found.items()
        }


def match_value(written: str, member: Member) -> str | None:
    """What the property must equal for this member, as text; None when she has no such value."""
    if written == "$entry_key":
        return member.entry_key or None
    if not written.startswith("$entry."):
        return written
    properties = (member.context.get("event") or {}).get("properties") or {}
    value = properties.get(written.removeprefix("$entry."))
    if value is None or isinstance(value, dict | list):
        return None
    # As PostgreSQL writes a scalar of jsonb: true, 12.50, plain text without quotes.
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 240 else None
