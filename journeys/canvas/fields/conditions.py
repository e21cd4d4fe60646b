"""Conditions over the properties of an event, and audience rules inside of a step's form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from customers.rules.operators import MANY_VALUES, NO_VALUE
from journeys.canvas.fields.base import OMIT, Ask, Typed

MOST: Final = 8
JOINS: Final = ("all", "any")


def operators() -> list[tuple[str, str]]:
    """What a property can be compared by."""
    return [
        ("eq", _("is")), ("ne", _("is not")), ("gte", _("is at least")), ("lte", _("is at most")),
        ("gt", _("is above")), ("lt", _("is below")), ("contains", _("contains")),
        ("starts_with", _("begins with")), ("in", _("is one of")), ("not_in", _("is none of")),
        ("exists", _("is there")), ("missing", _("is missing")),
    ]  # fmt: skip


def show_condition(ask: Ask) -> Mapping[str, Any]:
    """Rows of property, operator and value, joined by all or any; else the JSON."""
    value = ask.given
    known = rows_of(value)
    if known is None:
        return {"json": json.dumps(value, ensure_ascii=False)}
    join, rows = known
    shown = [(f"{ask.name}.{n}", *row) for n, row in enumerate([*rows, ("", "eq", "")])]
    return {"rows": shown[:MOST], "join": join, "operators": operators()}


def read_condition(ask: Ask, typed: Typed) -> Any:
    """The rows as a condition; a single one stands alone."""
    if typed.has(f"{ask.name}.json"):
        return read_json(typed.text(f"{ask.name}.json"))
    found = []
    for n in range(MOST):
        name = typed.text(f"{ask.name}.{n}.property")
        if not name:
            continue
        op = typed.text(f"{ask.name}.{n}.op") or "eq"
        row: dict[str, Any] = {"property": name, "op": op}
        text = typed.text(f"{ask.name}.{n}.value")
        if op in MANY_VALUES:
            row["value"] = [plain(each.strip()) for each in text.split(",") if each.strip()]
        elif op not in NO_VALUE:
            row["value"] = plain(text)
        found.append(row)
    if not found:
        return OMIT
    join = typed.text(f"{ask.name}.join")
    return found[0] if len(found) == 1 else {join if join in JOINS else "all": found}


def show_rule(ask: Ask) -> Mapping[str, Any]:
    """The rule for its editor, which the page puts here."""
    return {"rule": ask.given if isinstance(ask.given, Mapping) else {}, "field": field_of(ask)}


def read_rule_field(ask: Ask, typed: Typed) -> Any:
    """What the rule editor holds; a rule about nobody in particular is not given."""
    if not typed.has(field_of(ask)):
        return ask.value
    found = read_json(typed.text(field_of(ask)))
    is_empty = not found or found in ({"all": []}, {"any": []})
    return OMIT if is_empty and not ask.is_needed else ({} if is_empty else found)


def field_of(ask: Ask) -> str:
    """The name under which the rule editor knows this rule: an identifier."""
    return "rule_" + ask.name.replace(".", "_")[-34:]


# helpers


def rows_of(value: Any) -> tuple[str, list[tuple[str, str, str]]] | None:
    """(join, rows) of a condition that rows can show, else None."""
    if value in (None, {}):
        return "all", []
    if not isinstance(value, Mapping):
        return None
    join = next((join for join in JOINS if set(value) == {join}), "")
    parts = value[join] if join else [value]
    if not isinstance(parts, list) or len(parts) > MOST:
        return None
    rows = []
    for part in parts:
        row = row_of(part)
        if row is None:
            return None
        rows.append(row)
    return join or "all", rows


def row_of(part: Any) -> tuple[str, str, str] | None:
    if not isinstance(part, Mapping) or not {"property", "op"} <= set(part) <= {
        "property", "op", "value",
    }:  # fmt: skip
        return None
    op, value = str(part["op"]), part.get("value", "")
    if op not in dict(operators()):
        return None
    if isinstance(value, list):
        return str(part["property"]), op, ", ".join(say(each) for each in value)
    return (str(part["property"]), op, say(value)) if not isinstance(value, Mapping) else None


def say(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def plain(text: str) -> Any:
    """A number or true and false as such, anything else as a text."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, bool | int | float) else text


def read_json(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text
