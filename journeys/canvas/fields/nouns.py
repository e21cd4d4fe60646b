"""Fields that name something outside the step: an event, a content, a segment, a tag…"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from journeys.canvas.fields.base import OMIT, Ask, Typed
from journeys.nodes.forms import Form

ROOM = 3  # empty rows that a list offers


def show_noun(ask: Ask) -> Mapping[str, Any]:
    """What is chosen, by its name, and the noun to choose among."""
    code = "" if ask.given is None else str(ask.given)
    return {
        "value": code,
        "title": ask.titles.get((ask.form.noun, code), code),
        "noun": ask.form.noun,
    }


def read_noun(ask: Ask, typed: Typed) -> Any:
    """The code of what was chosen."""
    return typed.text(ask.name) or OMIT


def show_nouns(ask: Ask) -> Mapping[str, Any]:
    """One after the other, and room for one more."""
    given = ask.given if isinstance(ask.given, list | tuple) else []
    form = ask.form.parts.get("", Form("text"))
    rows = [ask.part(str(n), form, code) for n, code in enumerate([*given, ""])]
    return {"rows": [(row.name, show_noun(row)) for row in rows]}


def read_nouns(ask: Ask, typed: Typed) -> Any:
    """Those that are chosen, in their order."""
    found = []
    for n in range(20):
        code = typed.text(f"{ask.name}.{n}")
        if code and code not in found:
            found.append(code)
    return found or OMIT
