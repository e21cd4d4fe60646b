"""Operators and values of a typed test, as controls: only what has a meaning for the type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from customers.models import DataType
from customers.rules.editing.controls import (
    Control,
    Data,
    Words,
    choice,
    many,
    moment,
    number_or_text,
    set_,
    text_of,
    word,
)
from customers.rules.moments import OPS as MOMENT_OPS
from customers.rules.operators import ALIASES, MANY_VALUES, NO_VALUE, OPS, fitting

SHOWN: Final = 40
OP_WORDS: Final[dict[str, Words]] = {
    "eq": pgettext_lazy("operator", "is"),
    "ne": pgettext_lazy("operator", "is not"),
    "in": pgettext_lazy("operator", "is one of"),
    "not_in": pgettext_lazy("operator", "is none of"),
    "gt": pgettext_lazy("operator", "is over"),
    "gte": pgettext_lazy("operator", "is at least"),
    "lt": pgettext_lazy("operator", "is under"),
    "lte": pgettext_lazy("operator", "is at most"),
    "between": pgettext_lazy("operator", "is between"),
    "contains": pgettext_lazy("operator", "contains"),
    "not_contains": pgettext_lazy("operator", "does not contain"),
    "starts_with": pgettext_lazy("operator", "starts with"),
    "ends_with": pgettext_lazy("operator", "ends with"),
    "matches": pgettext_lazy("operator", "matches the pattern"),
    "contains_any": pgettext_lazy("operator", "contains one of"),
    "contains_all": pgettext_lazy("operator", "contains all of"),
    "contains_none": pgettext_lazy("operator", "contains none of"),
    "anniversary": pgettext_lazy("operator", "has its day of the year"),
    "exists": pgettext_lazy("operator", "is known"),
    "missing": pgettext_lazy("operator", "is not known"),
}
DATE_WORDS: Final[dict[str, Words]] = {
    "gt": pgettext_lazy("operator", "is after"),
    "gte": pgettext_lazy("operator", "is not before"),
    "lt": pgettext_lazy("operator", "is before"),
    "lte": pgettext_lazy("operator", "is not after"),
}
TAG_WORDS: Final[dict[str, Words]] = {
    "exists": pgettext_lazy("operator", "is set"),
    "missing": pgettext_lazy("operator", "is not set"),
}
WAS_WORDS: Final[dict[str, Words]] = {
    "gt": pgettext_lazy("operator", "was after"),
    "gte": pgettext_lazy("operator", "was not before"),
    "lt": pgettext_lazy("operator", "was before"),
    "lte": pgettext_lazy("operator", "was not after"),
    "between": pgettext_lazy("operator", "was between"),
    "exists": pgettext_lazy("operator", "was there"),
    "missing": pgettext_lazy("operator", "was never"),
}
YES_NO: Final = (
    ("true", pgettext_lazy("value", "yes")),
    ("false", pgettext_lazy("value", "no")),
)
DATES: Final = (DataType.DATE, DataType.DATETIME)


def typed_controls(
    data: Data, kind: str, today: str, *, prefix: str = "", at: str = "", suggest: str = "",
    words: dict[str, Words] | None = None, default: str = "eq",
    label: Callable[[str], str] = str,
) -> list[Control]:  # fmt: skip
    """`op` and `value` of *data* for a type; `label` names a value in words."""
    op = _op(data.get("op", default))
    named = OP_WORDS | (DATE_WORDS if kind in DATES else {}) | (words or {})
    fits = [(each, named[each]) for each in fitting(kind)]

    def put_op(to: str) -> None:
        if to in OPS:
            data["op"] = to
            _fit(data, to, kind)

    found = [choice(f"{prefix}op", _("Operator"), op, fits, put_op, at=f"{at}op")]
    if op in NO_VALUE:
        return found
    place, part = f"{at}value", f"{prefix}value"
    if op == "anniversary":
        return [*found, *_around(data, part, place)]
    if op in MANY_VALUES:
        return [*found, *_many(data, part, place, kind, suggest, label)]
    if op == "between":
        return [*found, *_between(data, part, place, kind, today)]
    return [*found, *_one(data, part, place, kind, today, suggest)]


def was_controls(data: Data, today: str, *, prefix: str, at: str) -> list[Control]:
    """When something was: {"op": "gte", "value": {"ago": "30d"}}."""
    op = _op(data.get("op", "exists"))
    fits = [(each, WAS_WORDS[each]) for each in MOMENT_OPS]

    def put_op(to: str) -> None:
        if to in MOMENT_OPS:
            data["op"] = to
            _fit(data, to, DataType.DATETIME)

    found = [choice(f"{prefix}op", _("Operator"), op, fits, put_op, at=f"{at}op")]
    if op in NO_VALUE:
        return found
    place, part = f"{at}value", f"{prefix}value"
    if op == "between":
        return [*found, *_between(data, part, place, DataType.DATETIME, today)]
    return [*found, *_one(data, part, place, DataType.DATETIME, today, "")]


# helpers


def _op(op: Any) -> str:
    return ALIASES.get(op, op) if isinstance(op, str) else text_of(op)


def _fit(data: Data, op: str, kind: str) -> None:
    """Bring the value into the form that the operator wants, keeping what it can."""
    value = data.get("value")
    if op in NO_VALUE:
        data.pop("value", None)
    elif op == "anniversary":
        if not (isinstance(value, dict) and "days" in value):
            data["value"] = {"days": [0, 7]}
    elif op in MANY_VALUES or op == "between":
        if isinstance(value, dict) and "days" in value:
            value = None
        held = value if isinstance(value, list) else [] if value is None else [value]
        data["value"] = [*held, None, None][:2] if op == "between" else held
    else:
        one = next((v for v in value if v is not None), None) if isinstance(value, list) else value
        if isinstance(one, dict) and "days" in one:
            one = None
        set_(data, "value", one)
        if one is None and kind == DataType.BOOLEAN:
            data["value"] = True


def _one(
    data: Data, part: str, place: str, kind: str, today: str, suggest: str
) -> list[Control]:  # fmt: skip
    label = _("Value")
    if kind in DATES:
        return moment(
            part, label, data.get("value"), lambda to: set_(data, "value", to), today, at=place
        )
    if kind == DataType.BOOLEAN:

        def put_truth(text: str) -> None:
            data["value"] = {"true": True, "false": False}.get(text, text)

        return [choice(part, label, text_of(data.get("value")), YES_NO, put_truth, at=place)]

    def put(text: str) -> None:
        value = number_or_text(text) if kind == DataType.NUMBER else text.strip() or None
        set_(data, "value", value)

    shape: Any = "number" if kind == DataType.NUMBER else "text"
    return [Control(part, shape, label, text_of(data.get("value")), put, place, suggest=suggest)]


def _between(data: Data, part: str, place: str, kind: str, today: str) -> list[Control]:
    held = data.get("value")
    both: list[Any] = [*held, None, None][:2] if isinstance(held, list) else [held, None]
    found: list[Control] = []
    for index, label in enumerate((_("From"), _("To"))):

        def put(to: Any, index: int = index) -> None:
            both[index] = to
            data["value"] = both

        def put_text(text: str, put: Callable[[Any], None] = put) -> None:
            put(number_or_text(text))

        if index:
            found.append(word(f"{part}.and", pgettext("between two values", "and")))
        if kind in DATES:
            found += moment(f"{part}.{index}", label, both[index], put, today, at=place)
        else:
            shown = text_of(both[index])
            found.append(Control(f"{part}.{index}", "number", label, shown, put_text, place))
    return found


def _around(data: Data, part: str, place: str) -> list[Control]:
    held = data.get("value")
    days = held.get("days") if isinstance(held, dict) else None
    both: list[Any] = [*days, None, None][:2] if isinstance(days, list) else [None, None]
    found = []
    for index, label in enumerate((_("From days from today"), _("To days from today"))):

        def put(text: str, index: int = index) -> None:
            both[index] = number_or_text(text)
            data["value"] = {"days": both}

        found.append(Control(f"{part}.{index}", "number", label, text_of(both[index]), put, place))
    between, after = _("up to"), _("days from today")
    return [found[0], word(f"{part}.to", between), found[1], word(f"{part}.unit", after)]


def _many(
    data: Data, part: str, place: str, kind: str, suggest: str, label: Callable[[str], str]
) -> list[Control]:  # fmt: skip
    held = data.get("value")
    values: list[Any] = list(held) if isinstance(held, list) else [] if held is None else [held]
    found = []
    for index, value in enumerate(values[:SHOWN]):

        def drop(_text: str, index: int = index) -> None:
            data["value"] = values[:index] + values[index + 1 :]

        shown = label(text_of(value))
        found.append(Control(f"{part}.{index}", "drop", _("Take out"), shown, drop, place))
    if len(values) > SHOWN:

        def clear(_text: str) -> None:
            data["value"] = values[:SHOWN]

        more = _("%(n)s more") % {"n": f"{len(values) - SHOWN:,}"}
        found.append(Control(f"{part}.rest", "drop", _("Take out"), more, clear, place))

    def add(text: str) -> None:
        new = [number_or_text(each) if kind == DataType.NUMBER else each for each in many(text)]
        data["value"] = [*values, *(each for each in new if each not in values)]

    word = _("Add a value") if values else _("Value")
    found.append(Control(f"{part}.add", "add", word, "", add, place, suggest=suggest))
    return found
