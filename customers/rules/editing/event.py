"""The line of an event: what is asked of it, when, which ones count, and what followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from customers.rules.editing.controls import (
    Choices,
    Control,
    Data,
    Line,
    ask,
    choice,
    compared,
    moment,
    span,
    text_of,
    word,
)
from customers.rules.editing.event_rows import (
    Seen,
    kind_seen,
    more,
    property_name,
    then_rows,
    where_rows,
    which_row,
)
from customers.rules.editing.typed import typed_controls, was_controls
from customers.rules.measures import AMOUNTS, KEYS
from customers.rules.moments import WINDOW_KEYS

ASKED: Final[Choices] = (
    ("once", gettext_lazy("happened")),
    ("never", gettext_lazy("did not happen")),
    ("count", gettext_lazy("how often:")),
    ("sum", gettext_lazy("sum of")),
    ("average", gettext_lazy("average of")),
    ("least", gettext_lazy("least")),
    ("most", gettext_lazy("most")),
    ("distinct", gettext_lazy("different values of")),
    ("days", gettext_lazy("on how many days:")),
    ("first", gettext_lazy("the first one")),
    ("last", gettext_lazy("the last one")),
    ("first_property", gettext_lazy("at the first one,")),
    ("last_property", gettext_lazy("at the last one,")),
)
WHEN: Final[Choices] = (
    ("ever", pgettext_lazy("window", "at any time")),
    ("within", pgettext_lazy("window", "in the last")),
    ("between", pgettext_lazy("window", "between")),
    ("from", pgettext_lazy("window", "since")),
    ("to", pgettext_lazy("window", "up to")),
)
ENTRY: Final = ("entry", pgettext_lazy("window", "since entering"))


def event_line(data: Data, seen: Seen) -> Line:
    """The line of {"event": …}."""
    code = text_of(data.get("event"))
    rows = [
        *where_rows(data, "", code, seen),
        *([which_row(data)] if data.get("which", "any") != "any" else []),
        *then_rows(data, "", seen, 1),
    ]
    main = [*_asked(data, code, seen), *_when(data, seen)]
    return Line("bolt", "event", seen.event_name(code), code, main, rows, more(data))


# helpers


def _asked(data: Data, code: str, seen: Seen) -> list[Control]:
    key = next((each for each in KEYS if each in data), "")
    inner = data.get(key)
    held: Data = inner if isinstance(inner, dict) else {}
    asked = _asked_of(key, held)

    def put(to: str) -> None:
        for each in KEYS:
            data.pop(each, None)
        number = {op: held[op] for op in ("gte", "gt", "lte", "lt", "eq") if op in held}
        name = {"property": held["property"]} if "property" in held else {}
        match to:
            case "never":
                data["count"] = {"eq": 0}
            case "count":
                data["count"] = {"gte": 2}
            case "sum" | "average" | "least" | "most" | "distinct":
                data[to] = {**name, **(number or {"gte": None})}
            case "days":
                data["distinct"] = {"days": True, **(number or {"gte": 2})}
            case "first" | "last":
                data[to] = {"op": "gte", "value": {"ago": "30d"}}
            case "first_property" | "last_property":
                data[to.partition("_")[0]] = {"property": name.get("property", ""), "op": "eq"}

    found = [choice("asked", _("What is asked"), asked, ASKED, put, at=key)]
    if asked in (*AMOUNTS, "distinct"):
        found.append(property_name("asked.property", held, f"{key}.property", code))
    if asked in (*AMOUNTS, "distinct", "days", "count"):
        found += compared("asked", held, at=key, label=_("Number"))
    elif asked in ("first", "last"):
        found += was_controls(held, seen.today, prefix="asked.", at=f"{key}.")
    elif asked in ("first_property", "last_property"):
        found.append(property_name("asked.property", held, f"{key}.property", code))
        name = text_of(held.get("property"))
        kind = kind_seen(held, seen.property_type(code, name))
        found += typed_controls(
            held,
            kind,
            seen.today,
            prefix="asked.",
            at=f"{key}.",
            suggest=ask("property", code, text_of(held.get("property"))),
        )
    return found


def _asked_of(key: str, held: Mapping[str, Any]) -> str:
    if not key:
        return "once"
    if key == "count":
        return "never" if dict(held) in ({"eq": 0}, {"lt": 1}, {"lte": 0}) else "count"
    if key == "distinct" and "days" in held:
        return "days"
    if key in ("first", "last") and "property" in held:
        return f"{key}_property"
    return key


def _when(data: Data, seen: Seen) -> list[Control]:
    has = [key for key in WINDOW_KEYS if key in data]
    now = (
        "between" if {"from", "to"} <= set(has) else {"since": "entry"}.get(has[0], has[0])
        if has else "ever"
    )  # fmt: skip

    def put(to: str) -> None:
        for key in WINDOW_KEYS:
            data.pop(key, None)
        match to:
            case "within":
                data["within"] = "30d"
            case "between":
                data.update({"from": {"ago": "90d"}, "to": {"ago": "30d"}})
            case "from" | "to":
                data[to] = seen.today
            case "entry":
                data["since"] = "entry"

    choices = (*WHEN, ENTRY) if seen.in_journey or now == "entry" else WHEN
    found = [choice("when", _("In which time"), now, choices, put, at=has[0] if has else "within")]
    if now == "within":
        found += span("within", _("Length of time"), data, "within", at="within")
    for key, label in (("from", _("From")), ("to", _("To"))):
        if now == "between" and key == "to":
            found.append(word("and", pgettext("between two values", "and")))
        if now == key or now == "between":
            found += _moment(data, key, label, seen.today)
    return found


def _moment(data: Data, key: str, label: str, today: str) -> list[Control]:
    def put(value: Any) -> None:
        data[key] = value

    return moment(key, label, data.get(key), put, today, at=key)
