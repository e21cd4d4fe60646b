"""Definitions of tags as fields of a form, and fields as a definition again. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from customers.tags import presets

CHINESE = "zh-hans"
BLANK = 2  # empty lines to go on with
_APART = re.compile(r"[,，、;；/\s]+")
FUNNELS = ("aarrr", "aipl", "custom")
EVERYBODY = "*"  # no code of a segment looks like this


def start(of: str) -> dict[str, Any]:
    """What the form of a new tag begins with, as fact or model."""
    match of:
        case "fact":
            return {"of": "count"}
        case "rfm":
            return presets.rfm("", "amount")
        case "lifecycle":
            return {"new_days": 30, "active_days": 90, "sleeping_days": 180, "loyal_times": 3}
        case "tiers":
            names = [presets.named(*each) for each in presets.TIERS]
            return {"fact": {"of": "sum", "property": "amount"}, "names": names}
    return {"stages": presets.stages(of)} if of in FUNNELS else {}


def kind_of(definition: Mapping[str, Any]) -> str:
    """Which form a stored definition is edited in."""
    model = definition.get("model")
    if isinstance(model, Mapping):
        return str(model["kind"] if model["of"] == "stages" else model["of"])
    return "fact" if "fact" in definition else "assigned"


def figures(text: str) -> list[Any]:
    """ "30, 90, 180" as numbers; what is none stays a text, so that it is refused by its place."""
    return [_number(each) for each in _APART.split(text.strip()) if each]


def written(values: Sequence[Any]) -> str:
    return ", ".join(f"{each:g}" if isinstance(each, int | float) else str(each) for each in values)


def rule_text(rule: Any) -> str:
    """A rule as it stands in a text field."""
    return json.dumps(rule, ensure_ascii=False) if rule else ""


def segment_of(rule: Any) -> str:
    """What is chosen for a rule that asks for no more than a segment, or for nothing; else ""."""
    if isinstance(rule, Mapping) and set(rule) == {"segment"} and isinstance(rule["segment"], str):
        return rule["segment"]
    return EVERYBODY if rule == {"all": []} else ""


def rule_of(segment: str, text: str) -> Any:
    """The rule of a line: a chosen segment, or what was written."""
    if segment == EVERYBODY:
        return {"all": []}
    if segment:
        return {"segment": segment}
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text[:60]


def name_of(value: Any, language: str) -> str:
    """The name of a value in a language; "" when it has none."""
    if not isinstance(value, Mapping):
        return str(value or "") if language == "en" else ""
    name = value.get("name")
    if isinstance(name, Mapping):
        return str(name.get(language, ""))
    return str(name or "") if language == "en" else ""


def code_of(value: Any) -> str:
    return str(value.get("code", "")) if isinstance(value, Mapping) else str(value or "")


def value_of(line: Mapping[str, str]) -> dict[str, Any] | None:
    """The value that a line names; None for an empty one."""
    code, english, chinese = (line.get(key, "").strip() for key in ("code", "en", "zh"))
    if not (code or english or chinese):
        return None
    names = {"en": english, CHINESE: chinese}
    return {
        "code": code or english or chinese,
        "name": {key: name for key, name in names.items() if name} or code,
    }


def cuts_of(groups: str, text: str) -> dict[str, Any]:
    return {"quantiles": int(groups)} if groups else {"values": figures(text)}


# helpers


def _number(text: str) -> Any:
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value == int(value) and abs(value) < 1e15 else value
