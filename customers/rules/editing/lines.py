"""The line of each kind of condition, and what a new one begins with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.models import Channel, DataType, Purpose
from customers.rules.conditions import KINDS
from customers.rules.conditions.consent import STATES
from customers.rules.conditions.customer import KNOWN, MOMENTS, TEXTS
from customers.rules.editing.controls import (
    Choices,
    Control,
    Data,
    Line,
    Row,
    ask,
    choice,
    number_or_text,
    set_,
    text_of,
)
from customers.rules.editing.event import event_line
from customers.rules.editing.event_rows import Seen as EventsSeen
from customers.rules.editing.typed import TAG_WORDS, typed_controls, was_controls
from customers.rules.values import kind_of

HAS: Final[Choices] = (
    ("exists", pgettext_lazy("operator", "is known")),
    ("missing", pgettext_lazy("operator", "is not known")),
)
REACHED: Final[Choices] = (
    ("true", gettext_lazy("can be reached by")),
    ("false", gettext_lazy("can't be reached by")),
)
STATE_WORDS: Final = {
    "granted": gettext_lazy("granted"),
    "pending": gettext_lazy("pending"),
    "denied": gettext_lazy("denied"),
    "unknown": gettext_lazy("never asked"),
}
FIELDS: Final[dict[str, Any]] = {
    **{name: words for name, (_column, words) in MOMENTS.items()},
    **{name: words for name, (_column, words) in TEXTS.items()},
    KNOWN: gettext_lazy("Known person"),
}


class Seen(EventsSeen, Protocol):
    """What lines want to know of the definitions and the data."""

    def name(self, kind: str, code: str) -> str:
        """The name of an attribute, a tag, a segment or an identity; the code where it is gone."""

    def type(self, kind: str, code: str) -> str:
        """The type of an attribute or a tag; "" where it is gone."""

    def value_name(self, tag: str, value: str) -> str:
        """The name of a value of a tag."""

    def brands(self) -> Choices:
        """The brands that consents may be to."""


def line_of(data: Any, seen: Seen) -> Line:
    """The line of a condition over *data*, into which its controls write."""
    kind = next((key for key in KINDS if isinstance(data, dict) and key in data), "")
    line = _LINES[kind](data, seen) if kind and _fits(kind, data) else None
    if line is None:
        shown = json.dumps(data, ensure_ascii=False)
        return Line("code", "", raw=shown[:300] + ("…" if len(shown) > 300 else ""))
    return line


def set_part(data: Any, part: str, text: str, seen: Seen) -> Any:
    """*data* with another text in one of its controls; unchanged when it has no such control."""
    copy = deepcopy(data)
    for control in line_of(copy, seen).controls():
        if control.part == part:
            if control.kind not in ("drop", "add") and text == control.value:
                return data
            control.put(text)
            return copy
    return data


def start(kind: str, code: str, seen: Seen) -> dict[str, Any]:
    """What a new condition begins with."""
    match kind:
        case "attribute":
            of = seen.type(kind, code)
            op = {"text": "in", "number": "gte", "date": "gte", "datetime": "gte",
                  "list": "contains_any"}.get(of, "eq")  # fmt: skip
            return {"attribute": code, "op": op} | ({"value": True} if of == "boolean" else {})
        case "tag":
            of = seen.type(kind, code)
            if of in ("number", "date", "datetime"):
                return {"tag": code, "op": "gte"}
            return {"tag": code, "op": "exists"}
        case "event":
            return {"event": code, "within": "30d"}
        case "consent":
            return {"consent": {"channel": code or "sms", "purpose": "marketing", "is": "granted"}}
        case "reachable":
            return {"reachable": {"channel": code or "sms", "purpose": "marketing"}}
        case "customer":
            if code in MOMENTS:
                return {"customer": code, "op": "gte", "value": {"ago": "30d"}}
            return {"customer": code or KNOWN, "op": "eq"} | (
                {"value": True} if code in ("", KNOWN) else {}
            )
        case "random":
            return {"random": {"salt": "share", "below": 0.1}}
        case "entry":
            return {"entry": code, "op": "eq"}
    return {kind: code}


# helpers


def _fits(kind: str, data: Mapping[str, Any]) -> bool:
    """Whether the shape is one that controls can show; the reader tells what is wrong else."""
    if kind in ("consent", "reachable", "random"):
        return isinstance(data[kind], dict)
    return isinstance(data[kind], str)


def _attribute(data: Data, seen: Seen) -> Line:
    code = data["attribute"]
    kind = seen.type("attribute", code) or _guessed(data)
    controls = typed_controls(data, kind, seen.today, suggest=ask("attribute", code))
    icon = {"city": "pin", "birthday": "gift"}.get(code, "person")
    return Line(icon, "attribute", seen.name("attribute", code), code, controls)


def _tag(data: Data, seen: Seen) -> Line:
    code = data["tag"]
    kind = seen.type("tag", code) or _guessed(data)
    default = "eq" if "value" in data and kind != DataType.LIST else "exists"
    controls = typed_controls(
        data, kind, seen.today, suggest=ask("tag", code), words=TAG_WORDS, default=default,
        label=lambda value: seen.value_name(code, value),
    )  # fmt: skip
    rows, more = _since(data, seen, _("since when she has it"))
    return Line("tag", "tag", seen.name("tag", code), code, controls, rows, more)


def _segment(data: Data, seen: Seen) -> Line:
    code = data["segment"]
    rows, more = _since(data, seen, _("since when she is in it"))
    return Line("segment", "segment", seen.name("segment", code), code, [], rows, more)


def _since(data: Data, seen: Seen, words: str) -> tuple[list[Row], Control | None]:
    inner = data.get("since")
    if "since" not in data:

        def put(to: str) -> None:
            if to == "since":
                data["since"] = {"op": "gte", "value": {"ago": "30d"}}

        choices = (("", _("Narrow…")), ("since", words))
        return [], choice("more", _("Narrow it"), "", choices, put)
    drop = Control("since.drop", "drop", _("Take out"), "", lambda _t: set_(data, "since", None))
    held = inner if isinstance(inner, dict) else {}
    controls = was_controls(held, seen.today, prefix="since.", at="since.")
    return [Row(controls, _("it came:"), drop)], None


def _consent(data: Data, seen: Seen) -> Line:
    inner: Data = data["consent"]

    def field(name: str, label: str, choices: Choices) -> Control:
        return choice(name, label, text_of(inner.get(name)), choices,
                      lambda to: set_(inner, name, to), at=f"consent.{name}")  # fmt: skip

    states = [(each, STATE_WORDS[each]) for each in STATES]
    controls = [
        field("channel", _("Channel"), Channel.choices),
        field("purpose", _("Purpose"), Purpose.choices),
        field("is", _("State"), states),
    ]
    brands = seen.brands()
    if len(brands) > 1 or "brand" in inner:
        controls.append(field("brand", _("Brand"), [("", _("to the segment's brand")), *brands]))
    return Line("shield", "consent", _("Consent"), "", controls)


def _reachable(data: Data, _seen: Seen) -> Line:
    inner: Data = data["reachable"]
    wanted = "false" if inner.get("is") is False else "true"
    controls = [
        choice("is", _("Whether"), wanted, REACHED,
               lambda to: set_(inner, "is", False if to == "false" else None), at="reachable.is"),
        choice("channel", _("Channel"), text_of(inner.get("channel")), Channel.choices,
               lambda to: set_(inner, "channel", to), at="reachable.channel"),
        choice("purpose", _("Purpose"), text_of(inner.get("purpose", "marketing")),
               Purpose.choices, lambda to: set_(inner, "purpose", to), at="reachable.purpose"),
    ]  # fmt: skip
    return Line("send", "reachable", _("Reachability"), "", controls)


def _field(data: Data, seen: Seen) -> Line:
    code = data["customer"]
    if code in MOMENTS:
        controls = was_controls(data, seen.today, prefix="", at="")
    else:
        kind = "text" if code in TEXTS else "boolean"
        controls = typed_controls(data, kind, seen.today, suggest=ask("customer", code))
    return Line("person", "customer", str(FIELDS.get(code, code)).capitalize(), code, controls)


def _identity(data: Data, seen: Seen) -> Line:
    code = data["identity"]
    op = choice("op", _("Operator"), text_of(data.get("op", "exists")), HAS,
                lambda to: set_(data, "op", to), at="op")  # fmt: skip
    return Line("key", "identity", seen.name("identity", code), code, [op])


def _random(data: Data, _seen: Seen) -> Line:
    inner: Data = data["random"]

    def percent(key: str, label: str) -> Control:
        value = inner.get(key)
        is_share = isinstance(value, int | float) and not isinstance(value, bool)
        shown = f"{float(value or 0) * 100:.6g}" if is_share else text_of(value)

        def put(text: str) -> None:
            number = number_or_text(text.replace("%", ""))
            if number is None:
                inner.pop(key, None)
            else:
                inner[key] = round(number / 100, 8) if isinstance(number, int | float) else number

        return Control(key, "number", label, shown, put, f"random.{key}")

    salt = Control("salt", "text", _("Name of the draw; the same name draws the same people"),
                   text_of(inner.get("salt")), lambda text: set_(inner, "salt", text.strip()),
                   "random.salt")  # fmt: skip
    controls = [percent("from", _("From percent")), percent("below", _("Up to percent")), salt]
    return Line("flask", "random", _("Random share, %"), "", controls)


def _entry(data: Data, seen: Seen) -> Line:
    kind = _guessed(data)
    controls = typed_controls(data, kind, seen.today)
    name = Control("entry", "text", _("Property at entry"), data["entry"],
                   lambda text: data.__setitem__("entry", text.strip()), "entry")  # fmt: skip
    return Line("bolt", "entry", _("At entry"), "", [name, *controls])


def _guessed(data: Mapping[str, Any]) -> str:
    """The type of something that is gone or never had one: that of its value."""
    return kind_of(data)


_LINES: Final[dict[str, Callable[[Any, Any], Line]]] = {
    "attribute": _attribute,
    "tag": _tag,
    "event": event_line,
    "segment": _segment,
    "consent": _consent,
    "reachable": _reachable,
    "customer": _field,
    "identity": _identity,
    "random": _random,
    "entry": _entry,
}
