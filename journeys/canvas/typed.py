"""What was typed into the form of a step, as the operation that it means."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.http import QueryDict
from django.utils.translation import get_language

from journeys.canvas.fields import OMIT, Typed, read
from journeys.canvas.heading import read_heading_form
from journeys.canvas.panel import asks_of, words_of
from journeys.nodes import REGISTRY
from journeys.nodes.labels import LONGEST

if TYPE_CHECKING:
    from journeys.canvas.editing import Editing

LABEL: Final = "label."


def operation_of(editing: Editing, key: str, data: QueryDict) -> tuple[str, dict[str, Any]]:
    """The operation and what it needs: `describe` for the journey, `configure` for a step."""
    if not key:
        return "describe", {"parts": read_heading_form(editing, Typed(data))}
    settings = read_settings(editing, key, data)
    settings = with_row(settings, data.get("add", ""), editing)
    renames, labels = renamed(editing, key, data)
    return "configure", {
        "key": key,
        "settings": recoded(settings, renames),
        "renames": renames,
        "labels": labels,
    }


# helpers


def read_settings(editing: Editing, key: str, data: QueryDict) -> dict[str, Any]:
    item = editing.sketch.written[key]
    kind = REGISTRY.get(item.kind)
    drop = data.get("drop", "")
    if drop:
        data = data.copy()
        data.pop(f"{drop}.code", None)
    typed = Typed(data)
    settings: dict[str, Any] = {}
    asks = asks_of(editing, key)
    for each in dataclasses.fields(kind.Settings) if kind else ():
        value = read(asks[each.name], each.name, typed)
        if value is not OMIT:
            settings[each.name] = value
    return settings


def with_row(settings: dict[str, Any], add: str, editing: Editing) -> dict[str, Any]:
    """One more row where the button says: "until.event", "until.rule", "rules", "weights"…"""
    setting, _dot, _what = add.partition(".")
    if not setting:
        return settings
    taken = {o.name for key in editing.sketch.written for o in editing.sketch.outcomes(key)}
    given = settings.get(setting)
    rows: Any
    if isinstance(given, list):
        return {**settings, setting: [*given, {"outcome": fresh("way", taken), "when": {}}]}
    new: Any = {"until.rule": {"when": {}}, "until.event": {"event": ""}, "ways": []}.get(add, 50)
    rows = {**(given if isinstance(given, Mapping) else {})}
    base = "happened" if setting == "until" else "way"
    if setting in ("weights", "arms"):
        base = next((c for c in "abcdefghijklmnopqrst" if c not in rows), "way")
        return {**settings, setting: {**rows, base: new}}
    return {**settings, setting: {**rows, fresh(base, taken | set(rows)): new}}


def renamed(editing: Editing, key: str, data: QueryDict) -> tuple[dict[str, str], dict[str, Any]]:
    """Outcomes that get another code, and labels. A code that another step has too is not renamed
    for it: this step gets one of its own."""
    words = words_of(editing, key)
    others = {
        outcome.name
        for other in editing.sketch.written
        if other != key
        for outcome in editing.sketch.outcomes(other)
    }
    known = editing.journey.draft.get("labels") or {}
    renames: dict[str, str] = {}
    labels: dict[str, Any] = {}
    for code, now in words.items():
        text = data.get(f"{LABEL}{code}", now).strip()[:LONGEST]
        if not text or text == now:
            continue
        new = code
        if code in others:
            new = renames[code] = fresh(code, others | set(words))
        old = known.get(code)
        labels[new] = {**old, get_language() or "en": text} if isinstance(old, Mapping) else text
    return renames, labels


def recoded(settings: dict[str, Any], renames: Mapping[str, str]) -> dict[str, Any]:
    """*settings* with outcomes under their new codes."""
    found = {}
    for name, value in settings.items():
        if isinstance(value, str) and name in ("timeout", "otherwise", "missing", "reason"):
            value = renames.get(value, value)
        elif isinstance(value, Mapping) and name in ("until", "ways", "weights", "arms"):
            value = {renames.get(code, code): inner for code, inner in value.items()}
        elif isinstance(value, list) and name == "rules":
            value = [
                {**row, "outcome": renames.get(row["outcome"], row["outcome"])} for row in value
            ]
        found[name] = value
    # A code that is only a default has to be written once it is another one.
    for name in ("timeout", "otherwise", "missing"):
        if name not in found and name in renames:
            found[name] = renames[name]
    return found


def fresh(base: str, taken: set[str]) -> str:
    """A code that no outcome has."""
    if base not in taken and base != "way":
        return base
    stem, n = base.rstrip("0123456789").rstrip("_")[:34] or "way", 1 + (base != "way")
    while f"{stem}_{n}" in taken:
        n += 1
    return f"{stem}_{n}"
