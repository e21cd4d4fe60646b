"""The script of a simulation: who walks, from when on, and what happens to her, step by step.

    {"customer": {"name": "Ada", "attributes": {"city": "Ulm"}}, "start": "2026-03-04T09:00",
     "steps": [{"event": "order_paid", "properties": {"amount": 80}}, {"after": "2d"}, {"next": 1}]}

It is all that there is: the server keeps nothing between two looks, and the same script tells the
same story as long as the journey and what is known of the customer stay the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.formats import number
from customers.ingest.limits import is_deep, is_unfit
from customers.models import Channel, ConsentState, Purpose
from journeys.nodes import readers
from journeys.nodes.base import Problem, SettingError
from journeys.nodes.clock import moment_at

MOST_STEPS: Final = 200
MOST_CHARACTERS: Final = 60_000
MOST_ROWS: Final = 60
MOST_LEVELS: Final = 12
LARGEST_DRAW: Final = 1_000_000
# How far a simulation may reach, before and after today.
REACH: Final = timedelta(days=10 * 366)
LONGEST: Final = timedelta(days=5 * 366)

# What a customer or a provider may make of a message.
DEEDS: Final[Mapping[str, Any]] = {
    "delivered": gettext_lazy("it arrived"),
    "opened": gettext_lazy("she opened it"),
    "clicked": gettext_lazy("she clicked"),
    "replied": gettext_lazy("she replied"),
    "unsubscribed": gettext_lazy("she unsubscribed"),
    "complained": gettext_lazy("she called it spam"),
    "bounced": gettext_lazy("it came back"),
    "failed": gettext_lazy("it failed"),
}


class ScriptUnreadable(ValueError):
    """A script that can't be played; `problems` holds every reason with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.place}: {problem.text}" for problem in problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Invented:
    """A customer who does not exist. Another `draw` gives her another luck at random splits."""

    identities: Sequence[tuple[str, str]] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[tuple[str, str]] = ()
    consents: Sequence[tuple[str, str, str]] = ()
    segments: Sequence[str] = ()
    draw: int = 0


@dataclass(frozen=True)
class Enter:
    """She is let in by a trigger."""

    node: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Happen:
    """She does something."""

    event: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Pass:
    """Time goes by."""

    span: timedelta


@dataclass(frozen=True)
class Until:
    """The clock is set to a moment."""

    at: datetime


@dataclass(frozen=True)
class Next:
    """The clock goes to what is due next, so many times."""

    times: int


@dataclass(frozen=True)
class Reply:
    """What another system, or a person, answers at the step where she waits."""

    node: str
    outcome: str
    value: Any


@dataclass(frozen=True)
class Deed:
    """What becomes of the last message of a step."""

    node: str
    what: str


Step = Enter | Happen | Pass | Until | Next | Reply | Deed


@dataclass(frozen=True)
class Script:
    """A whole script. `customer` is an invented one, or the number of a real one."""

    customer: Invented | int
    start: datetime
    steps: Sequence[Step]


def read_script(data: Any, zone: ZoneInfo, now: datetime) -> Script:
    """Read a script; moments without a zone are read on the clock *zone*, and *now* is when it
    begins unless it says so. Raises ScriptUnreadable with every problem."""
    reader = _Reader(zone, now)
    if not isinstance(data, Mapping):
        raise ScriptUnreadable([Problem("", _("Expected a script: {customer, start, steps}."))])
    if is_deep(data, MOST_LEVELS):
        raise ScriptUnreadable([Problem("", _("The script is nested too deep."))])
    text = json.dumps(data, default=str, ensure_ascii=False)
    if "\\u0000" in text or is_unfit(text):
        raise ScriptUnreadable([Problem("", _("The script holds a character that can't be kept."))])
    size = len(text)
    if size > MOST_CHARACTERS:
        text = _("A script takes at most %(most)s characters, this one takes %(n)s.")
        words = {"most": number(MOST_CHARACTERS), "n": number(size)}
        raise ScriptUnreadable([Problem("", text % words)])
    reader.only("", data, ("customer", "start", "steps"))
    customer = reader.customer(data.get("customer", {}))
    start = reader.moment("start", data["start"]) if data.get("start") else now
    steps = reader.steps(data.get("steps", []))
    if reader.problems or customer is None or start is None:
        raise ScriptUnreadable(reader.problems)
    return Script(customer, start, steps)


# helpers


class _Reader:
    """Collects every problem with its place."""

    def __init__(self, zone: ZoneInfo, now: datetime) -> None:
        self.zone = zone
        self.now = now
        self.problems: list[Problem] = []

    def refuse(self, place: str, text: str) -> None:
        self.problems.append(Problem(place, text))

    def only(self, place: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
        for name in given:
            if name not in known:
                text = _("“%(key)s” is not known here. Expected are: %(known)s.")
                shown = str(name)[:40]
                self.refuse(place, text % {"key": shown, "known": ", ".join(known)})

    def read(self, place: str, reader: Callable[[Any], Any], given: Any) -> Any:
        try:
            return reader(given)
        except SettingError as error:
            self.refuse(place, str(error))
            return None

    def moment(self, place: str, given: Any) -> datetime | None:
        found = self.read(place, readers.moment, given)
        if found is None:
            return None
        if found.tzinfo is None:
            at = moment_at(found.date(), found.time(), self.zone)
        else:
            at = found.astimezone(UTC)
        if abs(at - self.now) > REACH:
            self.refuse(place, _("A simulation reaches ten years back and ahead at most."))
            return None
        return at

    def mapping(self, place: str, given: Any) -> Mapping[str, Any]:
        if given is None:
            return {}
        if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
            self.refuse(place, _("An object is expected, {…}."))
            return {}
        if len(given) > MOST_ROWS:
            self.refuse(place, _("At most %(most)s rows are possible here.") % {"most": MOST_ROWS})
            return {}
        return given

    def rows(self, place: str, given: Any) -> Sequence[Any]:
        if given is None:
            return []
        if not isinstance(given, list) or len(given) > MOST_ROWS:
            text = _("A list of at most %(most)s is expected.")
            self.refuse(place, text % {"most": MOST_ROWS})
            return []
        return given

    def customer(self, given: Any) -> Invented | int | None:
        place = "customer"
        given = self.mapping(place, given)
        if "id" in given:
            self.only(place, given, ("id",))
            id = given["id"]
            if isinstance(id, bool) or not isinstance(id, int) or not 0 < id < 2**61:
                self.refuse(f"{place}.id", _("Expected the number of a customer."))
                return None
            return id
        names = (
            "name", "language", "timezone", "attributes", "tags", "consents", "identities",
            "segments", "draw",
        )  # fmt: skip
        self.only(place, given, names)
        attributes = dict(self.mapping(f"{place}.attributes", given.get("attributes")))
        for name, code in (("name", "name"), ("language", "language"), ("timezone", "timezone")):
            if given.get(name):
                attributes[code] = given[name]
        draw = given.get("draw", 0)
        if isinstance(draw, bool) or not isinstance(draw, int) or not 0 <= draw <= LARGEST_DRAW:
            text = _("Expected a whole number from 0 to %(most)s.")
            self.refuse(f"{place}.draw", text % {"most": number(LARGEST_DRAW)})
            draw = 0
        return Invented(
            identities=self._pairs(f"{place}.identities", given.get("identities")),
            attributes=attributes,
            tags=self._tags(f"{place}.tags", given.get("tags")),
            consents=self._consents(f"{place}.consents", given.get("consents")),
            segments=[str(each) for each in self.rows(f"{place}.segments", given.get("segments"))],
            draw=draw,
        )

    def steps(self, given: Any) -> list[Step]:
        if not isinstance(given, list):
            self.refuse("steps", _("A list of steps is expected."))
            return []
        if len(given) > MOST_STEPS:
            text = _("A script has at most %(most)s steps, this one has %(n)s.")
            self.refuse("steps", text % {"most": MOST_STEPS, "n": number(len(given))})
            return []
        found = [self._step(f"steps.{n}", each) for n, each in enumerate(given)]
        return [step for step in found if step is not None]

    # helpers

    def _step(self, place: str, given: Any) -> Step | None:
        kinds: Mapping[str, tuple[tuple[str, ...], Callable[[str, Mapping[str, Any]], Step | None]]]
        kinds = {
            "enter": (("properties",), self._enter),
            "event": (("properties",), self._happen),
            "after": ((), self._pass),
            "until": ((), self._until),
            "next": ((), self._next),
            "answer": (("outcome", "value"), self._reply),
            "message": (("node",), self._deed),
        }
        if isinstance(given, Mapping):
            kind = next((name for name in kinds if name in given), None)
            if kind is not None:
                more, read = kinds[kind]
                self.only(place, given, (kind, *more))
                return read(place, given)
        text = _("Expected a step, one of: %(known)s.")
        self.refuse(place, text % {"known": ", ".join(f"{{{name}: …}}" for name in kinds)})
        return None

    def _enter(self, place: str, given: Mapping[str, Any]) -> Step | None:
        node = self.read(f"{place}.enter", readers.name, given["enter"])
        properties = self.mapping(f"{place}.properties", given.get("properties"))
        return Enter(node, properties) if node else None

    def _happen(self, place: str, given: Mapping[str, Any]) -> Step | None:
        event = self.read(f"{place}.event", readers.text(120), given["event"])
        properties = self.mapping(f"{place}.properties", given.get("properties"))
        return Happen(event, properties) if event else None

    def _pass(self, place: str, given: Mapping[str, Any]) -> Step | None:
        span = self.read(f"{place}.after", readers.duration, given["after"])
        if span is not None and span > LONGEST:
            self.refuse(f"{place}.after", _("The clock goes five years ahead at most."))
            return None
        return Pass(span) if span is not None else None

    def _until(self, place: str, given: Mapping[str, Any]) -> Step | None:
        at = self.moment(f"{place}.until", given["until"])
        return Until(at) if at is not None else None

    def _next(self, place: str, given: Mapping[str, Any]) -> Step | None:
        times = self.read(f"{place}.next", readers.whole(1, 100), given["next"])
        return Next(times) if times is not None else None

    def _reply(self, place: str, given: Mapping[str, Any]) -> Step | None:
        node = self.read(f"{place}.answer", readers.name, given["answer"])
        outcome = self.read(f"{place}.outcome", readers.name, given.get("outcome"))
        return Reply(node, outcome, given.get("value")) if node and outcome else None

    def _deed(self, place: str, given: Mapping[str, Any]) -> Step | None:
        what = given["message"]
        if what not in DEEDS:
            text = _("Expected what becomes of the message, one of: %(known)s.")
            self.refuse(f"{place}.message", text % {"known": ", ".join(DEEDS)})
            return None
        node = given.get("node", "")
        if node:
            node = self.read(f"{place}.node", readers.name, node)
        return Deed(node or "", str(what)) if node is not None else None

    def _pairs(self, place: str, given: Any) -> list[tuple[str, str]]:
        found = []
        for name, value in self.mapping(place, given).items():
            if not isinstance(value, str) or not value.strip():
                self.refuse(f"{place}.{name}", _("A text is expected."))
            else:
                found.append((name, value.strip()))
        return found

    def _tags(self, place: str, given: Any) -> list[tuple[str, str]]:
        found = []
        for code, value in self.mapping(place, given).items():
            values = value if isinstance(value, list) else [value]
            for each in values[:MOST_ROWS]:
                if each is True or each is None or each == "":
                    found.append((code, ""))
                elif isinstance(each, str | int | float) and not isinstance(each, bool):
                    found.append((code, str(each)))
                else:
                    self.refuse(f"{place}.{code}", _("Expected a value of the tag, or true."))
        return found

    def _consents(self, place: str, given: Any) -> list[tuple[str, str, str]]:
        known = (Channel.values, Purpose.values, ConsentState.values)
        found = []
        for n, each in enumerate(self.rows(place, given)):
            row = self.mapping(f"{place}.{n}", each)
            said = tuple(row.get(name) for name in ("channel", "purpose", "state"))
            if all(word in words for word, words in zip(said, known, strict=True)):
                found.append((str(said[0]), str(said[1]), str(said[2])))
            else:
                text = _(
                    "Expected channel (%(channels)s), purpose (%(purposes)s) "
                    "and state (%(states)s)."
                )
                words = zip(("channels", "purposes", "states"), known, strict=True)
                self.refuse(f"{place}.{n}", text % {name: ", ".join(w) for name, w in words})
        return found
