"""The exits of a node whose settings can't be read yet, as far as they tell.

Somebody who draws puts a node down first and fills it in afterwards; meanwhile its ways must hold.
What is missing is filled in with anything that can be read, and the node asked for its outcomes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

from journeys.nodes import REGISTRY
from journeys.nodes.base import Node, Outcome, SettingError
from journeys.nodes.forms import Form
from journeys.nodes.labels import Labels, in_words
from journeys.nodes.readers import NAME

ANY_RULE: Final = {"segment": "any"}
FILLERS: Final[Mapping[str, Any]] = {
    "noun": "any",
    "text": "any",
    "code": "any",
    "duration": "1h",
    "moment": "2030-01-01T00:00",
    "time": "09:00",
    "rule": ANY_RULE,
    "condition": ANY_RULE,
    "weights": {"a": 1, "b": 1},
}


def exits_of(
    kind: str, settings: Mapping[str, Any], ways: Mapping[str, str], labels: Labels
) -> list[Outcome]:
    """The outcomes in drawn order; of a node that can't be understood, those it leads by."""
    node = mended(kind, settings)
    if node is None:
        return [Outcome(name, in_words(name, labels)) for name in ways]
    node.labels = labels
    return list(node.outcomes())


def mended(kind: str, settings: Mapping[str, Any]) -> Node[Any] | None:
    """The node with whatever can't be read made readable; None when nothing helps."""
    node = REGISTRY.get(kind)
    if node is None:
        return None
    given: dict[str, Any] = {}
    for field in dataclasses.fields(node.Settings):
        mend = MENDERS.get((kind, field.name))
        value = settings.get(field.name)
        if mend is not None:
            value = mend(value)
        if _reads(field, value):
            given[field.name] = value
        elif field.default is dataclasses.MISSING:
            given[field.name] = _filler(field.metadata["form"])
    try:
        return node.restore("mended", given)
    except SettingError:
        return None


# helpers


def _reads(field: dataclasses.Field[Any], value: Any) -> bool:
    if value is None:
        return False
    try:
        field.metadata["read"](value)
    except SettingError:
        return False
    return True


def _filler(form: Form) -> Any:
    if form.type == "number":
        return form.lowest if form.lowest else 1
    if form.type == "choice":
        return next(iter(form.choices))
    if form.type == "choices":
        return [next(iter(form.choices))]
    return FILLERS.get(form.type, {})


def _names(given: Any) -> list[str]:
    return [name for name in given if isinstance(name, str) and NAME.fullmatch(name)]


def _arms(given: Any) -> dict[str, Any]:
    names = _names(given) if isinstance(given, Mapping) else []
    return {name: {"event": "any"} for name in names} or {"happened": {"event": "any"}}


def _rules(given: Any) -> list[dict[str, Any]]:
    rows = given if isinstance(given, list) else []
    names = _names([row.get("outcome") for row in rows if isinstance(row, Mapping)])
    return [{"outcome": name, "when": ANY_RULE} for name in names or ["yes"]]


def _values(given: Any) -> dict[str, Any]:
    names = _names(given) if isinstance(given, Mapping) else []
    return {name: [f"value {n}"] for n, name in enumerate(names or ["yes"])}


def _weights(given: Any) -> dict[str, int]:
    names = _names(given) if isinstance(given, Mapping) else []
    return dict.fromkeys(names, 1) if len(names) > 1 else {"a": 1, "b": 1}


def _ways(given: Any) -> list[str]:
    form: Form = next(
        field.metadata["form"]
        for field in dataclasses.fields(REGISTRY["branch.message"].Settings)
        if field.name == "ways"
    )
    ways = given if isinstance(given, list) else []
    known = [way for way in dict.fromkeys(map(str, ways)) if way in form.choices]
    return known or [next(iter(form.choices))]


# Settings that name outcomes: their names are kept, whatever else is wrong with them.
MENDERS: Final[Mapping[tuple[str, str], Callable[[Any], Any]]] = {
    ("wait.event", "until"): _arms,
    ("branch.rules", "rules"): _rules,
    ("branch.value", "ways"): _values,
    ("branch.random", "weights"): _weights,
    ("branch.experiment", "arms"): _weights,
    ("branch.message", "ways"): _ways,
}
