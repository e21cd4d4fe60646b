"""Fields that name the ways out of a step: each row is a way, called as the reader calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from journeys.canvas.fields.base import OMIT, Ask, Typed
from journeys.canvas.fields.conditions import (
    plain,
    read_condition,
    read_rule_field,
    say,
    show_condition,
    show_rule,
)
from journeys.canvas.fields.nouns import show_noun
from journeys.nodes.forms import Form
from journeys.nodes.readers import NAME

MOST: Final = 20
EVENT, RULE, CONDITION = Form("noun", noun="event"), Form("rule"), Form("condition")


# wait.event: {outcome: {event, match?, where?} or {when: rule}}


def show_arms(ask: Ask) -> Mapping[str, Any]:
    """A row for each event or rule that ends the wait."""
    given = ask.given if isinstance(ask.given, Mapping) else {}
    rows = []
    for n, (code, arm) in enumerate(sorted(given.items(), key=lambda item: str(item[0]))):
        arm = arm if isinstance(arm, Mapping) else {}
        name = f"{ask.name}.{n}"
        row: dict[str, Any] = {"name": name, "code": code, "words": ask.words.get(code, code)}
        if "when" in arm:
            row["rule"] = show_rule(Ask(RULE, f"{name}.when", arm["when"]))
        else:
            row["event"] = show_noun(
                Ask(EVENT, f"{name}.event", arm.get("event", ""), titles=ask.titles)
            )
            row["where"] = show_condition(Ask(CONDITION, f"{name}.where", arm.get("where", OMIT)))
            row["match"] = arm.get("match")
        rows.append(row)
    return {"rows": rows}


def read_arms(ask: Ask, typed: Typed) -> Any:
    """The arms as they are written."""
    before = ask.given if isinstance(ask.given, Mapping) else {}
    found: dict[str, Any] = {}
    for n in range(MOST):
        name = f"{ask.name}.{n}"
        code = typed.text(f"{name}.code")
        if not NAME.fullmatch(code):
            continue
        was = before.get(code)
        old: Mapping[str, Any] = was if isinstance(was, Mapping) else {}
        if typed.has(f"{name}.is_rule"):
            rule = read_rule_field(Ask(RULE, f"{name}.when", old.get("when", {}), "", True), typed)
            found[code] = {"when": rule}
            continue
        arm: dict[str, Any] = {"event": typed.text(f"{name}.event")}
        where = read_condition(Ask(CONDITION, f"{name}.where"), typed)
        if where is not OMIT:
            arm["where"] = where
        if "match" in old:
            arm["match"] = old["match"]
        found[code] = arm
    return found


# branch.rules: [{outcome, when}]


def show_cases(ask: Ask) -> Mapping[str, Any]:
    """A row for each rule, in the order in which they are asked."""
    given = ask.given if isinstance(ask.given, list) else []
    rows = []
    for n, case in enumerate(given):
        case = case if isinstance(case, Mapping) else {}
        code = str(case.get("outcome", ""))
        name = f"{ask.name}.{n}"
        rule = show_rule(Ask(RULE, f"{ask.name}.{code}.when", case.get("when", {})))
        rows.append({"name": name, "code": code, "words": ask.words.get(code, code), "rule": rule})
    return {"rows": rows}


def read_cases(ask: Ask, typed: Typed) -> Any:
    """The rules as they are written."""
    given = ask.given if isinstance(ask.given, list) else []
    before = {str(c.get("outcome")): c.get("when", {}) for c in given if isinstance(c, Mapping)}
    found = []
    for n in range(MOST):
        code = typed.text(f"{ask.name}.{n}.code")
        if NAME.fullmatch(code):
            asked = Ask(RULE, f"{ask.name}.{code}.when", before.get(code, {}), "", True)
            found.append({"outcome": code, "when": read_rule_field(asked, typed)})
    return found


# branch.value: {outcome: [values]}


def show_ways(ask: Ask) -> Mapping[str, Any]:
    """A row for each outcome with its values."""
    given = ask.given if isinstance(ask.given, Mapping) else {}
    rows = []
    for n, (code, values) in enumerate(sorted(given.items(), key=lambda item: str(item[0]))):
        listed = values if isinstance(values, list | tuple) else [values]
        rows.append(
            {
                "name": f"{ask.name}.{n}",
                "code": code,
                "words": ask.words.get(code, code),
                "values": ", ".join(say(each) for each in listed),
            }
        )
    return {"rows": rows}


def read_ways(ask: Ask, typed: Typed) -> Any:
    """The ways as they are written."""
    found: dict[str, Any] = {}
    for n in range(40):
        code = typed.text(f"{ask.name}.{n}.code")
        if NAME.fullmatch(code):
            text = typed.text(f"{ask.name}.{n}.values")
            found[code] = [each.strip() for each in text.split(",") if each.strip()]
    return found


# weights: {outcome: share}


def show_weights(ask: Ask) -> Mapping[str, Any]:
    """A row for each outcome with its share."""
    given = ask.given if isinstance(ask.given, Mapping) else {}
    numbers = [v for v in given.values() if isinstance(v, int | float) and v > 0]
    total = sum(numbers) or 1
    rows = []
    for n, (code, weight) in enumerate(sorted(given.items(), key=lambda item: str(item[0]))):
        is_number = isinstance(weight, int | float)
        rows.append(
            {
                "name": f"{ask.name}.{n}",
                "code": code,
                "words": ask.words.get(code, code),
                "weight": say(int(weight) if is_number and float(weight).is_integer() else weight),
                "share": weight / total if is_number else None,
            }
        )
    return {"rows": rows, "may_drop": len(rows) > 2}


def read_weights(ask: Ask, typed: Typed) -> Any:
    """The weights as they are written."""
    found: dict[str, Any] = {}
    for n in range(MOST):
        code = typed.text(f"{ask.name}.{n}.code")
        if NAME.fullmatch(code):
            found[code] = plain(typed.text(f"{ask.name}.{n}.weight"))
    return found


# {name: value}, which name no outcomes


def show_values(ask: Ask) -> Mapping[str, Any]:
    """A row for each name with its value, and one that is empty."""
    given = ask.given if isinstance(ask.given, Mapping) else {}
    pairs = [(str(name), say(value)) for name, value in given.items()]
    return {"rows": [(f"{ask.name}.{n}", *pair) for n, pair in enumerate([*pairs, ("", "")])]}


def read_values(ask: Ask, typed: Typed) -> Any:
    """The names and values that were typed."""
    found: dict[str, Any] = {}
    for n in range(41):
        name = typed.text(f"{ask.name}.{n}.key")
        if name:
            found[name] = plain(typed.text(f"{ask.name}.{n}.value"))
    return found or OMIT


# an outcome that has no more to it than its name: the setting is its code


def show_code(ask: Ask) -> Mapping[str, Any]:
    """What the outcome is called."""
    code = str(ask.given if ask.given is not None else ask.default or "")
    return {"value": code, "code": code, "words": ask.words.get(code, code)}


def read_code(ask: Ask, typed: Typed) -> Any:
    """The code stays as it is; its name comes with the labels."""
    code = typed.text(ask.name)
    return OMIT if not code or (code == ask.default and ask.value is OMIT) else code
