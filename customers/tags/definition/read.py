"""Reads a definition as it was written: every problem at once, each with its place and reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from customers.models import DataType
from customers.rules import Problem
from customers.rules.vocabulary import Vocabulary
from customers.tags.definition.nodes import (
    MAY_PROPERTY,
    NEEDS_PROPERTY,
    NUMBERS,
    STATISTICS,
    Definition,
    Fact,
)
from customers.tags.definition.read_models import MODELS
from customers.tags.definition.reading import Reading

_AS = (DataType.TEXT.value, DataType.NUMBER.value, DataType.DATE.value)


def read_definition(
    data: object, place: str = "definition", *, vocabulary: Vocabulary | None = None
) -> tuple[Definition | None, list[Problem]]:
    """Read a definition of schema version 1; return it, or None and every problem.

    `{}` is the definition of a tag that is assigned. What rules name must exist; an event that
    never came in yet is only a warning.
    """
    if data == {}:
        return Definition(), []
    reading = Reading(vocabulary)
    found = reading.mapping(data, place, "schema", "fact", "model")
    if not found:
        return None, reading.problems
    if found.get("schema") != 1:
        reading.refuse(f"{place}.schema", _("The schema of a definition is 1."))
    of: Any = None
    if ("fact" in found) == ("model" in found):
        reading.refuse(place, _("A definition has either a “fact” or a “model”."))
    elif "fact" in found:
        of = read_fact(reading, found["fact"], f"{place}.fact")
    else:
        of = _model(reading, found["model"], f"{place}.model")
    refused = any(not problem.is_warning for problem in reading.problems)
    return (None if refused or of is None else Definition(of)), reading.problems


def read_fact(reading: Reading, data: object, place: str) -> Fact | None:
    """A statistic over events."""
    found = reading.mapping(data, place, "of", "event", "property", "where", "window", "as")
    if not found:
        return None
    of: Any = reading.one_of(found.get("of"), f"{place}.of", STATISTICS)
    events = reading.events(found, place)
    property = found.get("property")
    name = "" if property is None else reading.text(property, f"{place}.property")
    if of in NEEDS_PROPERTY and property is None:
        text = _("“%(of)s” needs a property, such as amount.")
        reading.refuse(f"{place}.property", text % {"of": of})
    elif of and property is not None and of not in NEEDS_PROPERTY | MAY_PROPERTY:
        reading.refuse(f"{place}.property", _("“%(of)s” takes no property.") % {"of": of})
    return Fact(of, events, name, _kind(reading, found, of, name, place)) if of else None


# helpers


def _kind(reading: Reading, data: Mapping[str, Any], of: str, name: str, place: str) -> str:
    """The type of the value: numbers and days follow from the statistic, the rest is chosen."""
    if of in NUMBERS:
        kind: str = DataType.NUMBER
    elif of in MAY_PROPERTY and not name:
        kind = DataType.DATE
    else:
        kind = reading.one_of(data.get("as", DataType.TEXT.value), f"{place}.as", _AS)
        return kind or DataType.TEXT
    if data.get("as") not in (None, kind):
        reading.refuse(
            f"{place}.as", _("The value of “%(of)s” has a type of its own.") % {"of": of}
        )
    return kind


def _model(reading: Reading, data: object, place: str) -> Any:
    of = data.get("of") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping):
        reading.mapping(data, place)
        return None
    name = reading.one_of(of, f"{place}.of", tuple(MODELS))
    return MODELS[name](reading, data, place) if name else None
