"""Readers of each kind of model. They note problems and return what could be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from customers.models import DataType
from customers.rules.nodes import Title
from customers.tags.definition.nodes import (
    FUNNELS,
    Cell,
    Cuts,
    Lifecycle,
    Model,
    Points,
    Rfm,
    RuledValue,
    Rules,
    Scorecard,
    Stages,
    Tiers,
    Value,
)
from customers.tags.definition.reading import Reading

CELLS_MOST = 64
VALUES_MOST = 40
DAYS_MOST = 3660
FUNNEL_KINDS = (*FUNNELS, "custom")
_EVENTS = ("event", "where", "window")


def _rfm(reading: Reading, data: Mapping[str, Any], place: str) -> Model:
    scores = ("recency", "frequency", "monetary")
    found = reading.mapping(data, place, "of", *_EVENTS, "amount", *scores, "cells", "else")
    events = reading.events(found, place)
    amount = reading.text(found.get("amount"), f"{place}.amount")
    recency, frequency, monetary = (
        reading.cuts(found.get(each), f"{place}.{each}") for each in scores
    )
    cells = [
        _cell(reading, each, f"{place}.cells[{i}]", recency, frequency, monetary)
        for i, each in enumerate(reading.items(found.get("cells"), f"{place}.cells", CELLS_MOST))
    ]
    otherwise = _otherwise(reading, found, place)
    reading.once([cell.value for cell in cells] + _some(otherwise), f"{place}.cells")
    return Rfm(events, amount, recency, frequency, monetary, tuple(cells), otherwise)


def _cell(reading: Reading, data: object, place: str, *cuts: Cuts) -> Cell:
    found = reading.mapping(data, place, "code", "name", "r", "f", "m")
    value = reading.value(found, place)
    ranges = []
    for name, each in zip("rfm", cuts, strict=True):
        most = each.classes
        pair = found.get(name, [1, most])
        if not (isinstance(pair, list) and len(pair) == 2):
            reading.refuse(f"{place}.{name}", _("Two scores are expected, such as [4, 5]."))
            pair = [1, most]
        low, high = (
            reading.whole(score, f"{place}.{name}[{i}]", 1, most) for i, score in enumerate(pair)
        )
        if low > high:
            reading.refuse(f"{place}.{name}", _("The first score is not above the second."))
        ranges.append((low, high))
    return Cell(value, *ranges)


def _lifecycle(reading: Reading, data: Mapping[str, Any], place: str) -> Model:
    days = ("new_days", "active_days", "sleeping_days")
    found = reading.mapping(data, place, "of", *_EVENTS, *days, "loyal_times")
    events = reading.events(found, place)
    new, active, sleeping = (
        reading.whole(found.get(each), f"{place}.{each}", 1, DAYS_MOST) for each in days
    )
    loyal = reading.whole(found.get("loyal_times"), f"{place}.loyal_times", 1, 10_000)
    if sleeping <= active and "sleeping_days" in found and "active_days" in found:
        text = _("Sleeping begins where active ends, so it lasts longer.")
        reading.refuse(f"{place}.sleeping_days", text)
    return Lifecycle(events, new, active, sleeping, loyal)


def _stages(reading: Reading, data: Mapping[str, Any], place: str) -> Model:
    found = reading.mapping(data, place, "of", "kind", "stages")
    kind = reading.one_of(found.get("kind"), f"{place}.kind", FUNNEL_KINDS)
    stages = _ruled(reading, found.get("stages"), f"{place}.stages")
    known = FUNNELS.get(kind)
    if known:
        codes = [each.value.code for each in stages]
        if codes != [code for code in known if code in codes]:
            text = _("The stages of %(kind)s are %(known)s, in this order.")
            reading.refuse(
                f"{place}.stages", text % {"kind": kind.upper(), "known": ", ".join(known)}
            )
    return Stages(kind, stages)


def _tiers(reading: Reading, data: Mapping[str, Any], place: str) -> Model | None:
    from customers.tags.definition.read import read_fact

    found = reading.mapping(data, place, "of", "fact", "cuts", "names")
    fact = read_fact(reading, found.get("fact"), f"{place}.fact")
    if fact is not None and fact.kind != DataType.NUMBER:
        reading.refuse(f"{place}.fact", _("Tiers need a fact that is a number."))
    cuts = reading.cuts(found.get("cuts"), f"{place}.cuts")
    names = _names(reading, found.get("names"), f"{place}.names", cuts)
    return Tiers(fact, cuts, names) if fact else None


def _rules(reading: Reading, data: Mapping[str, Any], place: str) -> Model:
    found = reading.mapping(data, place, "of", "values", "else")
    values = _ruled(reading, found.get("values"), f"{place}.values")
    otherwise = _otherwise(reading, found, place)
    if otherwise is not None:
        reading.once([each.value for each in values] + [otherwise], f"{place}.else")
    return Rules(values, otherwise)


def _scorecard(reading: Reading, data: Mapping[str, Any], place: str) -> Model:
    found = reading.mapping(data, place, "of", "points", "cuts", "names")
    points = []
    lines = reading.items(found.get("points"), f"{place}.points", VALUES_MOST)
    for i, each in enumerate(lines):
        line = reading.mapping(each, f"{place}.points[{i}]", "rule", "points")
        rule = reading.rule(line.get("rule"), f"{place}.points[{i}].rule")
        worth = reading.number(line.get("points"), f"{place}.points[{i}].points")
        if rule is not None:
            points.append(Points(rule, worth))
    cuts = Cuts(reading.rising(found.get("cuts", []), f"{place}.cuts", least=0))
    if not cuts.values and not found.get("names"):
        return Scorecard(tuple(points), cuts, ())
    names = _names(reading, found.get("names"), f"{place}.names", cuts)
    return Scorecard(tuple(points), cuts, names)


Reader = Callable[[Reading, Mapping[str, Any], str], Model | None]
MODELS: dict[str, Reader] = {
    "rfm": _rfm,
    "lifecycle": _lifecycle,
    "stages": _stages,
    "tiers": _tiers,
    "rules": _rules,
    "scorecard": _scorecard,
}


# helpers


def _ruled(reading: Reading, data: object, place: str) -> tuple[RuledValue, ...]:
    found = []
    values = []
    for i, each in enumerate(reading.items(data, place, VALUES_MOST)):
        line = reading.mapping(each, f"{place}[{i}]", "code", "name", "rule")
        value = reading.value(line, f"{place}[{i}]")
        values.append(value)
        rule = reading.rule(line.get("rule"), f"{place}[{i}].rule")
        if rule is not None:
            found.append(RuledValue(value, rule))
    reading.once(values, place)
    return tuple(found)


def _otherwise(reading: Reading, data: Mapping[str, Any], place: str) -> Value | None:
    """`else`; null or left out: those whom nothing fits have no value."""
    if data.get("else") is None:
        return None
    found = reading.mapping(data["else"], f"{place}.else", "code", "name")
    return reading.value(found, f"{place}.else")


def _names(reading: Reading, data: object, place: str, cuts: Cuts) -> tuple[Value | None, ...]:
    """A name for each class from low to high: a text, {"code", "name"}, or null for no value."""
    wanted = cuts.classes
    if not isinstance(data, list) or len(data) != wanted:
        text = _("%(wanted)s names are expected, one for each class from low to high.")
        reading.refuse(place, text % {"wanted": wanted})
        return ()
    found: list[Value | None] = []
    for i, each in enumerate(data):
        if each is None:
            found.append(None)
        elif isinstance(each, str):
            code = reading.text(each, f"{place}[{i}]", 60)
            found.append(Value(code, Title(code)))
        else:
            line = reading.mapping(each, f"{place}[{i}]", "code", "name")
            found.append(reading.value(line, f"{place}[{i}]"))
    reading.once([each for each in found if each], place)
    return tuple(found)


def _some(value: Value | None) -> list[Value]:
    return [value] if value else []
