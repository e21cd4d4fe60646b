"""What a line of the rule editor is made of: controls that show a part of a condition and set it.

A control is made over the condition's JSON (a copy of its own) and writes into it, so that what is
shown and what is set can't drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.rules.duration import UNITS

Words = str | Promise
Choices = Sequence[tuple[str, Words]]
Put = Callable[[str], None]
Data = MutableMapping[str, Any]

SPANS: Final[Choices] = (
    ("m", gettext_lazy("minutes")),
    ("h", gettext_lazy("hours")),
    ("d", gettext_lazy("days")),
    ("w", gettext_lazy("weeks")),
)
SIDES: Final[Choices] = (
    ("d ago", gettext_lazy("days ago")),
    ("w ago", gettext_lazy("weeks ago")),
    ("h ago", gettext_lazy("hours ago")),
    ("m ago", gettext_lazy("minutes ago")),
    ("day", gettext_lazy("(a day)")),
    ("time", gettext_lazy("(a moment)")),
    ("d ahead", gettext_lazy("days from now")),
    ("h ahead", gettext_lazy("hours from now")),
)
COMPARED: Final[Choices] = (
    ("gte", pgettext_lazy("compared", "at least")),
    ("gt", pgettext_lazy("compared", "more than")),
    ("eq", pgettext_lazy("compared", "exactly")),
    ("lte", pgettext_lazy("compared", "at most")),
    ("lt", pgettext_lazy("compared", "less than")),
)
_SPAN: Final = re.compile(r"(-?\d{1,9}(?:\.\d{1,6})?)\s*([smhdw])")
_SPANS: Final = re.compile(r"(?:\d{1,7}[wdhms]\s*)+")
_ITEM: Final = re.compile(r'"([^"]*)"|[^\n\r\t;；,，、"]+')


@dataclass(slots=True)
class Control:
    """One thing to choose or to type. `part` names it within its line; `at` is its place within
    the condition, to which problems are told; `suggest` says what is offered while typing."""

    part: str
    kind: Literal["choice", "text", "number", "date", "add", "drop", "word"]
    label: Words
    value: str
    put: Put
    at: str = ""
    choices: Choices = ()
    suggest: str = ""
    problem: str = ""

    @property
    def slug(self) -> str:
        """The part as an id may hold it."""
        return self.part.replace(".", "-")


@dataclass(slots=True)
class Row:
    """Controls beside each other; with `drop`, the row as a whole can be taken away."""

    controls: list[Control]
    words: Words = ""
    drop: Control | None = None


@dataclass(slots=True)
class Line:
    """A condition as the page shows it. `raw` is its JSON when nothing else can show it."""

    icon: str
    kind: str
    name: str = ""
    code: str = ""
    main: list[Control] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    more: Control | None = None
    raw: str = ""

    def controls(self) -> list[Control]:
        """All of them, in the order in which they are applied."""
        found = [*self.main]
        for row in self.rows:
            found += [*row.controls, *([row.drop] if row.drop else [])]
        return [*found, *([self.more] if self.more else [])]


def choice(
    part: str, label: Words, value: str, choices: Choices, put: Put, *, at: str = ""
) -> Control:
    """One of a few; a value that is none of them is offered too, so that nothing is lost."""
    if value not in {code for code, _words in choices}:
        choices = [(value, value or "–"), *choices]
    return Control(part, "choice", label, value, put, at, choices)


def word(part: str, words: Words) -> Control:
    """A word between others; there is nothing to set."""
    return Control(part, "word", words, "", lambda _text: None)


def typed(
    part: str, label: Words, data: Data, key: str, *, at: str = "", suggest: str = ""
) -> Control:
    """A text under a key; without one the key is gone."""
    return Control(
        part, "text", label, text_of(data.get(key)), lambda text: set_(data, key, text.strip()),
        at, suggest=suggest,
    )  # fmt: skip


def numeric(part: str, label: Words, data: Data, key: str, *, at: str = "") -> Control:
    """A number under a key; what is none stays a text, so that it is told at its place."""
    return Control(
        part, "number", label, text_of(data.get(key)),
        lambda text: set_(data, key, number_or_text(text)), at,
    )  # fmt: skip


def compared(part: str, data: Data, *, at: str, label: Words) -> list[Control]:
    """How a figure is compared, and with which: {"gte": 2}."""
    op = next((code for code, _words in COMPARED if code in data), "gte")

    def put_op(to: str) -> None:
        if to in dict(COMPARED):
            data[to] = data.pop(op, None)

    number = numeric(f"{part}.n", label, data, op, at=at)
    return [choice(f"{part}.op", _("Comparison"), op, COMPARED, put_op, at=at), number]


def span(part: str, label: Words, data: Data, key: str, *, at: str = "") -> list[Control]:
    """A length of time under a key: {"within": "30d"}."""
    amount, unit = read_span(data.get(key))

    def put_amount(text: str) -> None:
        set_(data, key, write_span(text, unit))

    def put_unit(to: str) -> None:
        set_(data, key, write_span(amount, to))

    return [
        Control(f"{part}.n", "number", label, amount, put_amount, at),
        choice(f"{part}.unit", _("Unit"), unit, SPANS, put_unit, at=at),
    ]


def moment(
    part: str, label: Words, value: Any, put: Callable[[Any], None], today: str, *, at: str = ""
) -> list[Control]:
    """A moment: so long ago, so long from now, a day, or a time of a day."""
    amount, side = _side(value)

    def put_amount(text: str) -> None:
        put(_moment(text.strip(), side))

    def put_side(to: str) -> None:
        if to in ("day", "time"):
            put(today if to == "day" else f"{today}T09:00:00+00:00")
        elif to in dict(SIDES):
            put(_moment(amount if side not in ("day", "time") else "", to))

    kind: Literal["date", "text", "number"] = (
        "date" if side == "day" else "text" if side == "time" else "number"
    )
    return [
        Control(f"{part}.n", kind, label, amount, put_amount, at),
        choice(f"{part}.side", _("Unit"), side, SIDES, put_side, at=at),
    ]


def ask(of: str, code: str = "", name: str = "") -> str:
    """What a field offers while somebody types, as the query of an address."""
    given = {"of": of, "code": code, "name": name}
    return urlencode({key: value for key, value in given.items() if value})


def set_(data: Data, key: str, value: Any) -> None:
    """Set a key, or take it away for nothing."""
    if value in (None, ""):
        data.pop(key, None)
    else:
        data[key] = value


def number_or_text(text: str) -> Any:
    """ "1,200" as 1200; what is no number as it was typed; nothing as None."""
    plain = text.strip().replace(",", "").replace("，", "").replace("−", "-")
    if not plain:
        return None
    try:
        value = float(plain)
        if plain.lstrip("+-").isdigit() and abs(value) < 1e15:
            return int(plain)
        return value if abs(value) < 1e300 else text.strip()
    except (ValueError, OverflowError):
        return text.strip()


def text_of(value: Any) -> str:
    """A value as a field shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return str(value)


def many(text: str) -> list[str]:
    """What was typed or pasted as several values; in quotes it is one, whatever it holds."""
    items = ((each[1] or each[0]).strip() for each in _ITEM.finditer(text))
    return [each for each in items if each.strip('"')]


def read_span(value: Any) -> tuple[str, str]:
    """A length of time as amount and unit: ("36", "h") for "1d12h"."""
    text = text_of(value).strip()
    if found := _SPAN.fullmatch(text):
        return found[1], found[2]
    if _SPANS.fullmatch(text):
        parts = re.findall(r"(\d+)([wdhms])", text)
        seconds = int(sum(int(n) * UNITS[unit].total_seconds() for n, unit in parts))
        for unit in ("d", "h", "m", "s"):
            length = int(UNITS[unit].total_seconds())
            if seconds % length == 0:
                return str(seconds // length), unit
    return text, "d"


def write_span(amount: str, unit: str) -> str | None:
    """Amount and unit as a length of time; "36h" typed whole stays as it is."""
    text = amount.strip()
    if not text:
        return None
    return text if text[-1] in UNITS else f"{text}{unit}"


# helpers


def _side(value: Any) -> tuple[str, str]:
    if isinstance(value, Mapping) and len(value) == 1:
        ((side, length),) = value.items()
        if side in ("ago", "ahead"):
            amount, unit = read_span(length)
            return amount, f"{unit} {side}"
    if value is None or isinstance(value, Mapping):
        return "", "d ago"
    text = text_of(value)
    return text, "time" if len(text) > 10 else "day"


def _moment(amount: str, side: str) -> Any:
    if not amount:
        return None
    if side in ("day", "time"):
        return amount
    unit, _space, word = side.partition(" ")
    return {word: write_span(amount, unit)}
