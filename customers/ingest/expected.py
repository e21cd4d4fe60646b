"""What a brand expects of its events, held against a batch before anything of it is read.

Only what comes from outside is looked at. A brand that expects nothing costs nothing: whether it
does is asked together with the source of the batch.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

from django.utils.translation import gettext as _

from customers.ingest.facts import EventFact, Item
from customers.models.catalogue import BreachKind, PropertyType, SchemaMode
from customers.personal import is_personal_name

# Batches of these kinds come from outside; what the product says itself is as it should be.
OUTSIDE: Final = frozenset({"api", "sdk", "import"})
SHOWN: Final = 80


class Breach(NamedTuple):
    """One property that is not as expected, with the value that came, where it may be shown."""

    name: str
    kind: str
    shown: str

    @property
    def text(self) -> str:
        """As a sentence for whoever sent it."""
        words = {
            BreachKind.MISSING.value: _("“%(property)s” is missing."),
            BreachKind.TYPE.value: _("“%(property)s” is of another type: %(value)s came."),
            BreachKind.VALUE.value: _("“%(property)s” is none of the allowed values: %(value)s."),
        }[self.kind]
        return words % {"property": self.name, "value": self.shown or _("a personal value")}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _is_moment(value: object) -> bool:
    if isinstance(value, datetime | date):
        return True
    if not isinstance(value, str) or len(value) < 10:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


Test: TypeAlias = Callable[[object], bool]
TESTS: Final[Mapping[str, Test]] = {
    PropertyType.TEXT.value: lambda value: isinstance(value, str),
    PropertyType.NUMBER.value: _is_number,
    PropertyType.WHOLE.value: _is_whole,
    PropertyType.BOOLEAN.value: lambda value: isinstance(value, bool),
    PropertyType.MOMENT.value: _is_moment,
    PropertyType.LIST.value: lambda value: isinstance(value, list | tuple),
    PropertyType.OBJECT.value: lambda value: isinstance(value, Mapping),
}


@dataclass(slots=True)
class Expected:
    """What is expected of one event. null is as good as nothing."""

    mode: str
    required: frozenset[str]
    tests: dict[str, Test]
    values: dict[str, list[Any]]

    @classmethod
    def read(cls, mode: str, properties: Mapping[str, Any]) -> Expected:
        """From a row of the catalogue, which was checked when it was written."""
        return cls(
            mode,
            frozenset(name for name, says in properties.items() if says.get("required")),
            {name: TESTS[says["type"]] for name, says in properties.items() if says.get("type")},
            {name: says["values"] for name, says in properties.items() if says.get("values")},
        )

    def breaches(self, given: object) -> list[Breach]:
        """Everything that is not as expected, in the order of the names."""
        if not isinstance(given, Mapping):
            return []  # which the door refuses anyway
        found = [
            Breach(name, BreachKind.MISSING.value, "")
            for name in self.required
            if given.get(name) is None
        ]
        for name, test in self.tests.items():
            value = given.get(name)
            if value is not None and not test(value):
                found.append(Breach(name, BreachKind.TYPE.value, _shown(name, value)))
        for name, values in self.values.items():
            value = given.get(name)
            if value is None or (name in self.tests and not self.tests[name](value)):
                continue
            if not any(each == value and type(each) is type(value) for each in values):
                found.append(Breach(name, BreachKind.VALUE.value, _shown(name, value)))
        return sorted(found)


class Held(NamedTuple):
    """An item that is set aside: its position, and which event for which reasons."""

    position: int
    event: str
    breaches: list[Breach]

    @property
    def text(self) -> str:
        """For whoever sent it."""
        return " ".join(breach.text for breach in self.breaches[:3])


@dataclass(slots=True)
class Screened:
    """What became of a batch at this place: positions that go no further, and what was counted by
    (event, property, kind): how often, and an example."""

    held: list[Held] = field(default_factory=list)
    blocked: list[int] = field(default_factory=list)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    samples: dict[tuple[str, str, str], str] = field(default_factory=dict)

    @property
    def skipped(self) -> set[int]:
        """Positions of items that are not read at all."""
        return {held.position for held in self.held} | set(self.blocked)

    def note(self, event: str, breaches: Iterable[Breach]) -> None:
        """Count what is wrong with an event."""
        for breach in breaches:
            key = (event, breach.name, breach.kind)
            self.counts[key] += 1
            self.samples.setdefault(key, breach.shown)


def read_expected(cursor: Any, brand_id: int) -> dict[str, Expected]:
    """What a brand expects, by the name of the event."""
    cursor.execute(
        "SELECT event, mode, properties::text FROM customers_eventschema"
        " WHERE brand_id = %s AND mode <> 'off'",
        [brand_id],
    )
    return {event: Expected.read(mode, json.loads(says)) for event, mode, says in cursor.fetchall()}


def screen(items: Iterable[Item], expected: Mapping[str, Expected]) -> Screened:
    """Hold every event against what is expected of it. The whole item waits for its event, since
    what it says belongs together; of an item with a blocked event the others go too."""
    done = Screened()
    for index, item in enumerate(items):
        for event in item.events:
            if (says := _of(event, expected)) is None:
                continue
            if says.mode == SchemaMode.BLOCK:
                done.blocked.append(index)
                break
            if breaches := says.breaches(event.properties):
                done.note(event.name, breaches)
                if says.mode == SchemaMode.QUARANTINE:
                    done.held.append(Held(index, event.name, breaches))
                    break
    return done


# helpers


def _of(event: EventFact, expected: Mapping[str, Expected]) -> Expected | None:
    name: object = event.name
    return expected.get(name.strip()) if isinstance(name, str) else None


def _shown(name: str, value: object) -> str:
    """A value as an example; nothing where it speaks of a person."""
    if is_personal_name(name):
        return ""
    text = value if isinstance(value, str) else repr(value)[:SHOWN]
    return "".join(sign if sign.isprintable() else "␀" for sign in text[:SHOWN])
