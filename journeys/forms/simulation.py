"""What is typed on the page of a simulation, as a script, and a script as the page shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.graph.yaml import plain
from journeys.nodes.base import Problem
from journeys.simulation import ScriptUnreadable

# What is said of consents when nobody says more: all that the journey's messages need.
AGREES: Final[Mapping[str, Any]] = {
    "granted": gettext_lazy("agrees to all of them"),
    "denied": gettext_lazy("refuses all of them"),
    "": gettext_lazy("has said nothing"),
}
LONGEST: Final = 60_000


@dataclass(frozen=True)
class Typed:
    """The fields of the page, as they are shown again."""

    who: str = "invented"
    customer: str = ""
    name: str = "Ada"
    language: str = ""
    email: str = "ada@example.com"
    phone: str = "13800000001"
    traits: str = ""  # attributes: a field of that name would hide those of its form
    tags: str = ""
    segments: str = ""
    agrees: str = "granted"
    draw: int = 0
    start: str = ""
    event: str = ""
    properties: str = ""
    until: str = ""
    steps: list[Any] = field(default_factory=list)

    @property
    def steps_json(self) -> str:
        """The steps so far, for the hidden field."""
        return json.dumps(self.steps, ensure_ascii=False)


def read_typed(data: QueryDict) -> Typed:
    """What was typed; raises ScriptUnreadable when the hidden steps can't be read."""
    try:
        steps = json.loads(data.get("steps", "[]")[:LONGEST] or "[]")
    except (ValueError, RecursionError):
        steps = None
    if not isinstance(steps, list):
        text = _("The request can't be read. Load the page again.")
        raise ScriptUnreadable([Problem("", text)])
    draw = data.get("draw", "0")
    names = (
        "who", "customer", "name", "language", "email", "phone", "traits", "tags", "segments",
        "agrees", "start", "event", "properties", "until",
    )  # fmt: skip
    return Typed(
        **{name: data.get(name, "")[:4_000] for name in names},
        draw=int(draw) if draw.isascii() and draw.isdigit() and len(draw) < 7 else 0,
        steps=steps,
    )


def step_of(data: QueryDict, typed: Typed) -> dict[str, Any] | None:
    """The step that a button asks for; None for one that adds none."""
    what, _colon, more = data.get("do", "").partition(":")
    match what:
        case "enter":
            return {"enter": more, "properties": lines_of("properties", typed.properties)}
        case "event":
            if not typed.event.strip():
                raise ScriptUnreadable([Problem("", _("Say which event happens."))])
            properties = lines_of("properties", typed.properties)
            return {"event": typed.event.strip(), "properties": properties}
        case "after":
            return {"after": more}
        case "next":
            return {"next": 1}
        case "until":
            if not typed.until:
                raise ScriptUnreadable([Problem("", _("Say to which moment the clock goes."))])
            return {"until": typed.until}
        case "answer":
            node, _slash, outcome = more.partition("/")
            return {"answer": node, "outcome": outcome}
        case "message":
            return {"message": data.get("deed", ""), "node": more}
    return None


def script_of(typed: Typed, needs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The script; *needs* are channel and purpose of the journey's messages."""
    script: dict[str, Any] = {"customer": customer_of(typed, needs), "steps": typed.steps}
    return {**script, "start": typed.start} if typed.start else script


def customer_of(typed: Typed, needs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    if typed.who == "real":
        known = typed.customer.isascii() and typed.customer.isdigit() and len(typed.customer) < 19
        if not known:
            text = _("Search for a customer and choose her, or invent one.")
            raise ScriptUnreadable([Problem("customer", text)])
        return {"id": int(typed.customer)}
    identities = {"email": typed.email.strip(), "phone": typed.phone.strip()}
    consents = [
        {"channel": channel, "purpose": purpose, "state": typed.agrees}
        for channel, purpose in needs
        if typed.agrees in ("granted", "denied")
    ]
    return {
        "name": typed.name,
        "language": typed.language,
        "identities": {name: value for name, value in identities.items() if value},
        "attributes": lines_of("attributes", typed.traits),
        "tags": lines_of("tags", typed.tags, bare=True),
        "segments": [code for code in typed.segments.replace(",", " ").split() if code],
        "consents": consents,
        "draw": typed.draw,
    }


def lines_of(place: str, text: str, *, bare: bool = False) -> dict[str, Any]:
    """“name: value”, one a line, or a JSON object; with *bare*, a name alone is true."""
    if text.strip().startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
        raise ScriptUnreadable([Problem(place, _("This is not a JSON object."))])
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, colon, value = line.replace("：", ":", 1).partition(":")
        if not line.strip():
            continue
        if not name.strip() or not (colon or bare):
            words = _("Line %(n)s: write “name: value”, such as “city: Shanghai”.")
            raise ScriptUnreadable([Problem(place, words % {"n": number})])
        found[name.strip()] = plain(value.strip()) if colon else True
    return found
