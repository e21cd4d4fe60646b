"""wait.event: stay until the first of several events or conditions, or until time is up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
from journeys.nodes.forms import Form, asked_by
from journeys.nodes.labels import in_words
from journeys.nodes.length import Length, read_length

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.nodes.telling import Telling

MOST_ARMS = 8
SHORTEST_LOOK = timedelta(minutes=1)
ARRIVAL, ENTRY = "arrival", "entry"


class Arm(NamedTuple):
    """What ends the wait: an event, `where` being a condition over its properties, or a rule over
    the customer (`when`), which is looked at again and again."""

    event: str = ""
    match: tuple[str, str] | None = None
    where: dict[str, Any] | None = None
    when: dict[str, Any] | None = None


ARMS = Form(
    "rows",
    example="{viewed: {event: offer viewed}}",
    parts={
        "outcome": Form("code"),
        "event": Form("noun", noun="event"),
        "match": Form("match"),
        "where": Form("condition"),
        "when": Form("rule"),
    },
)


@asked_by(ARMS)
def read_arms(given: Any) -> dict[str, Arm]:
    """{outcome: {event, match?, where?} or {when: rule}}, sorted: jsonb forgets the order."""
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
        if isinstance(arm, Mapping) and "when" in arm:
            arm = readers.only_keys(arm, ["when"], [])
            arms[readers.name(outcome)] = Arm(when=readers.rule(arm["when"]))
            continue
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
    at_most: Length | None = setting(
        read_length,
        gettext_lazy("At most"),
        default=None,
        help=gettext_lazy(
            "A length of time, or a property of the entry that tells it, such as "
            "{property: days, unit: d}."
        ),
    )
    timeout: str = setting(
        readers.name, gettext_lazy("When time is up"), default="timeout", example="not_yet"
    )
    counted_from: str = setting(
        readers.choice(
            {ARRIVAL: gettext_lazy("her arrival here"), ENTRY: gettext_lazy("her entry")}
        ),
        gettext_lazy("Time runs from"),
        default=ARRIVAL,
    )
    already: str = setting(
        readers.choice(
            {
                ARRIVAL: gettext_lazy("only what happens from her arrival on"),
                ENTRY: gettext_lazy("also what happened since her entry"),
            }
        ),
        gettext_lazy("What counts"),
        default=ARRIVAL,
    )
    every: timedelta = setting(
        readers.duration,
        gettext_lazy("Look at conditions every"),
        default=timedelta(minutes=15),
        example="15m",
    )


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
        if self.settings.every < SHORTEST_LOOK:
            yield Problem(
                f"nodes.{self.key}.every", _("Conditions are looked at once a minute at most.")
            )
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
            if arm.event
        ]

    def rules(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        return [
            (f"until.{outcome}.when", arm.when)
            for outcome, arm in self.settings.until.items()
            if arm.when
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
            _(" or "),
            "<em>{}</em>",
            (
                (arm.event or in_words(outcome, self.labels),)
                for outcome, arm in self.settings.until.items()
            ),
        )
        if self.settings.at_most is None:
            return format_html(_("Wait until {events}"), events=events)
        span = self.settings.at_most.say()
        return format_html(
            _("Wait until {events}, at most <em>{span}</em>"), events=events, span=span
        )

    def explain(self, member: Member, answer: Answer, telling: Telling) -> Iterable[str]:
        """The rules that were asked, unless an event was quicker."""
        if isinstance(answer, Leave) and answer.spends is not None:
            return
        for outcome, arm in self.settings.until.items():
            if arm.when:
                yield from telling.rule(arm.when, member)
            if isinstance(answer, Leave) and answer.outcome == outcome:
                return

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        """1. Who was woken by an event or by time leaves. 2. For who has just arrived, events that
        are known already are looked up. 3. Rules are asked of the others, at arrival, at every
        look and at the end. 4. Whoever is left stays and listens."""
        ends = [self._end_of(member) for member in members]
        heard: dict[int, Wake] = {}
        to_ask = []
        for place, (member, end) in enumerate(zip(members, ends, strict=True)):
            wake = next(
                (w for w in member.wakes if w.event_id and w.label in self.settings.until), None
            )
            if not member.wakes:
                from_entry = self.settings.already == ENTRY
                start = member.entered_at if from_entry else member.arrived_at
                to_ask.append((place, member, start, end or run.horizon))
            elif wake and self.settings.until[wake.label].where:
                # A wake-up knows types and matches only, so a condition is asked of the store:
                # from that event on, since the ones before have been looked at.
                to_ask.append((place, member, wake.at, end or run.horizon))
            elif wake and (end is None or wake.at <= end):
                heard[place] = wake
        heard |= self._ask(to_ask, run)
        fits = self._fits([m for n, m in enumerate(members) if not _is_due(heard.get(n), run)], run)
        for place, (member, end) in enumerate(zip(members, ends, strict=True)):
            wake = heard.get(place)
            if wake and wake.at <= run.now:
                yield Leave(wake.label, wake.at, {"event": wake.event_id}, spends=wake.event_id)
            elif member.enrollment_id in fits:
                seen = member.wakes[0].at if member.wakes else member.arrived_at
                yield Leave(fits[member.enrollment_id], seen)
            elif end is not None and end <= run.now:
                yield Leave(self.settings.timeout, end)
            else:
                look = self._next_look(member, run)
                yield Stay(end, tuple(self._listens(member)), wake, look)

    def _end_of(self, member: Member) -> datetime | None:
        at_most = self.settings.at_most
        if at_most is None:
            return None
        from_entry = self.settings.counted_from == ENTRY
        start = member.entered_at if from_entry else member.arrived_at
        return max(start + at_most.of(member), member.arrived_at)

    def _fits(self, members: Sequence[Member], run: Run) -> dict[int, str]:
        """By enrollment the outcome of the first rule that fits, in the order of outcomes."""
        found: dict[int, str] = {}
        for outcome, arm in self.settings.until.items():
            left = [member for member in members if member.enrollment_id not in found]
            if arm.when and left:
                found |= dict.fromkeys(run.matching(arm.when, left), outcome)
        return found

    def _next_look(self, member: Member, run: Run) -> datetime | None:
        """When rules are asked again: at whole multiples after her arrival."""
        if not any(arm.when for arm in self.settings.until.values()):
            return None
        rounds = (run.now - member.arrived_at) // self.settings.every
        return member.arrived_at + (rounds + 1) * self.settings.every

    def _listens(self, member: Member) -> Iterable[Listen]:
        for outcome, arm in self.settings.until.items():
            if not arm.event:
                continue
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
            if not arm.event:
                continue
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


def _is_due(wake: Wake | None, run: Run) -> bool:
    return wake is not None and wake.at <= run.now


def match_value(written: str, member: Member) -> str | None:
    """What the property must equal for this member, as text; None when she has no such value."""
    if written == "$entry_key":
        return member.entry_key or None
    if not written.startswith("$entry."):
        return written
    value = member.payload.get(written.removeprefix("$entry."))
    if value is None or isinstance(value, dict | list):
        return None
    # As PostgreSQL writes a scalar of jsonb: true, 12.50, plain text without quotes.
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 240 else None
