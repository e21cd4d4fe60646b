"""The form of a step, made of the forms of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from journeys.canvas.fields import conditions, nouns, outcomes, plain
from journeys.canvas.fields.base import OMIT, Ask, Read, Show, Shown, Typed
from journeys.nodes.forms import Form

__all__ = ["OMIT", "Ask", "Shown", "Typed", "read", "show", "type_of"]

# Settings whose code is the name of an outcome or of an end; see `labels` of a graph.
NAMED: Final = frozenset({"timeout", "otherwise", "missing", "reason"})


def type_of(form: Form, setting: str) -> str:
    """Which of the fields below asks for a setting."""
    if form.type == "code":
        return "outcome" if setting in NAMED else "text"
    if form.type == "rows":
        if "outcome" in form.parts:
            return "arms"
        inner = form.parts.get("")
        return "cases" if inner and inner.type == "group" else "nouns"
    if form.type == "values" and setting == "ways":
        return "ways"
    return form.type


def show_group(ask: Ask) -> Mapping[str, Any]:
    """The fields of a group beside each other."""
    given = ask.given if isinstance(ask.given, Mapping) else {}
    parts = [
        (ask.part(name, form, given.get(name, OMIT), str(form.label)), name)
        for name, form in ask.form.parts.items()
    ]
    return {"parts": [show(part, name) for part, name in parts]}


def read_group(ask: Ask, typed: Typed) -> Any:
    """The parts that were given; none of them: the group is not."""
    given = ask.given if isinstance(ask.given, Mapping) else {}
    found = {}
    for name, form in ask.form.parts.items():
        value = read(ask.part(name, form, given.get(name, OMIT)), name, typed)
        if value is not OMIT:
            found[name] = value
    return found or OMIT


SHOW: Final[Mapping[str, Show]] = {
    "text": plain.show_text,
    "number": plain.show_number,
    "switch": plain.show_switch,
    "choice": plain.show_choice,
    "choices": plain.show_choices,
    "duration": plain.show_duration,
    "moment": plain.show_moment,
    "time": plain.show_time,
    "noun": nouns.show_noun,
    "nouns": nouns.show_nouns,
    "rule": conditions.show_rule,
    "condition": conditions.show_condition,
    "arms": outcomes.show_arms,
    "cases": outcomes.show_cases,
    "ways": outcomes.show_ways,
    "weights": outcomes.show_weights,
    "values": outcomes.show_values,
    "outcome": outcomes.show_code,
    "group": show_group,
}
READ: Final[Mapping[str, Read]] = {
    "text": plain.read_text,
    "number": plain.read_number,
    "switch": plain.read_switch,
    "choice": plain.read_choice,
    "choices": plain.read_choices,
    "duration": plain.read_length_field,
    "moment": plain.read_text,
    "time": plain.read_time,
    "noun": nouns.read_noun,
    "nouns": nouns.read_nouns,
    "rule": conditions.read_rule_field,
    "condition": conditions.read_condition,
    "arms": outcomes.read_arms,
    "cases": outcomes.read_cases,
    "ways": outcomes.read_ways,
    "weights": outcomes.read_weights,
    "values": outcomes.read_values,
    "outcome": outcomes.read_code,
    "group": read_group,
}


def show(ask: Ask, setting: str, *, help: str = "", error: str = "", warning: str = "") -> Shown:
    """The field of a setting as its template draws it."""
    kind = type_of(ask.form, setting)
    more = SHOW[kind](ask)
    value = more.get("value", "")
    return Shown(kind, ask.name, ask.label, value, help, error, warning, ask.is_needed, more)


def read(ask: Ask, setting: str, typed: Typed) -> Any:
    """What was typed, as the setting is written; OMIT when it is not given."""
    return READ[type_of(ask.form, setting)](ask, typed)
