"""The further rows of an event's line: properties, which of them count, what followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.models import DataType
from customers.rules.editing.controls import (
    Choices,
    Control,
    Data,
    Row,
    ask,
    choice,
    many,
    set_,
    span,
    text_of,
)
from customers.rules.editing.typed import typed_controls
from customers.rules.sequence import LINKS_MOST
from customers.rules.values import kind_of

WHICH: Final[Choices] = (
    ("any", gettext_lazy("any of them")),
    ("first", gettext_lazy("only the first of them")),
    ("last", gettext_lazy("only the last of them")),
)
FOLLOWED: Final[Choices] = (
    ("true", gettext_lazy("followed by")),
    ("false", gettext_lazy("not followed by")),
)
LATER: Final[Choices] = (
    ("", gettext_lazy("at any time after")),
    ("day", gettext_lazy("on a later day")),
)
JOINED: Final[Choices] = (
    ("all", pgettext_lazy("properties", "with")),
    ("any", pgettext_lazy("properties", "with any of")),
)


class Seen(Protocol):
    """What the line wants to know of the data."""

    in_journey: bool

    @property
    def today(self) -> str:
        """The day as it is written in a rule."""

    def event_name(self, code: str) -> str:
        """The name of an event."""

    def event_code(self, text: str) -> str:
        """The code of the event that is called so; the text itself where none is."""

    def property_type(self, event: str, name: str) -> str:
        """The type that a property of an event was seen with; "" for none."""


def where_rows(data: Data, prefix: str, event: str, seen: Seen) -> list[Row]:
    """A row for each property; what is nested deeper is shown and can only be taken away."""
    where = data.get("where")
    if "where" not in data:
        return []
    how, tests = _tests(where)
    if tests is None:
        drop = Control(f"{prefix}where.drop", "drop", _("Take out"), "", _dropper(data, "where"))
        return [Row([], _("with properties as written in its JSON"), drop)]
    rows = []
    for index, test in enumerate(tests):
        part = f"{prefix}where.{index}."
        place = f"{prefix}where.{how}[{index}]." if how else f"{prefix}where."
        name = text_of(test.get("property"))
        kind = kind_seen(test, seen.property_type(event, name))
        offered = ask("property", event, name)
        controls = [
            property_name(f"{part}property", test, f"{place}property", event),
            *typed_controls(test, kind, seen.today, prefix=part, at=place, suggest=offered),
        ]

        def take(_text: str, index: int = index) -> None:
            left = tests[:index] + tests[index + 1 :]
            set_(data, "where", {how or "all": left} if left else None)

        words: Any = _("and") if how == "all" else _("or")
        if index == 0 and len(tests) > 1:

            def put_how(to: str) -> None:
                if to in ("all", "any"):
                    data["where"] = {to: tests}

            joined = choice(f"{prefix}where.how", _("Joined by"), how, JOINED, put_how)
            controls = [joined, *controls]
        elif index == 0:
            words = _("with")
        rows.append(
            Row(
                controls,
                "" if index == 0 and len(tests) > 1 else words,
                Control(f"{part}drop", "drop", _("Take out"), "", take),
            )
        )
    return rows


def which_row(data: Data) -> Row:
    def put(to: str) -> None:
        set_(data, "which", None if to == "any" else to)

    which = text_of(data.get("which"))
    return Row(
        [choice("which", _("Which of them count"), which, WHICH, put, at="which")],
        _("counted:"),
        Control("which.drop", "drop", _("Take out"), "", _dropper(data, "which")),
    )


def then_rows(data: Data, prefix: str, seen: Seen, link: int) -> list[Row]:
    if "then" not in data:
        return []
    drop = Control(f"{prefix}then.drop", "drop", _("Take out"), "", _dropper(data, "then"))
    then = data["then"]
    if not isinstance(then, dict):
        return [Row([], _("followed by what its JSON says"), drop)]
    part = f"{prefix}then."

    def put_is(to: str) -> None:
        set_(then, "is", False if to == "false" else None)

    def put_same(text: str) -> None:
        set_(then, "same", many(text.replace(",", ";")) or None)

    event = text_of(then.get("event"))
    shown_event = seen.event_name(event) if event else ""

    def put_event(text: str) -> None:
        # What was shown comes back with every change of the line.
        set_(then, "event", event if text.strip() == shown_event else seen.event_code(text.strip()))

    same = then.get("same")
    controls = [
        choice(f"{part}is", _("Whether it came"), "false" if then.get("is") is False else "true",
               FOLLOWED, put_is, at=f"{part}is"),
        Control(f"{part}event", "text", _("Event"), shown_event, put_event, f"{part}event",
                suggest=ask("events")),
        *span(f"{part}within", _("Within; empty: at any time"), then, "within",
              at=f"{part}within"),
        choice(f"{part}later", _("How soon"), text_of(then.get("later")), LATER,
               lambda to: set_(then, "later", to), at=f"{part}later"),
    ]  # fmt: skip
    if "same" in then:
        shown = ", ".join(map(str, same)) if isinstance(same, list) else text_of(same)
        label = _("With the same value of these properties")
        controls.append(Control(f"{part}same", "text", label, shown, put_same, f"{part}same"))
    rows = [Row(controls, "", drop), *where_rows(then, part, event, seen)]
    rows += then_rows(then, part, seen, link + 1)
    added = more(then, part, is_then=True, link=link)
    rows[0].controls.append(added)
    return rows


def more(data: Data, prefix: str = "", *, is_then: bool = False, link: int = 0) -> Control:
    """What can be added to an event, as a choice that is never chosen."""
    choices: list[tuple[str, Any]] = [
        ("", _("Narrow…")),
        ("where", _("with a property")),
    ]
    if not is_then and data.get("which", "any") == "any":
        choices += [("first", _("only the first of them")), ("last", _("only the last of them"))]
    if is_then and "same" not in data:
        choices.append(("same", _("with the same value of a property")))
    if "then" not in data and link < LINKS_MOST:
        choices += [("then", _("followed by")), ("without", _("not followed by"))]

    def put(to: str) -> None:
        match to:
            case "where":
                _how, tests = _tests(data.get("where"))
                new = {"property": "", "op": "eq"}
                if "where" not in data:
                    data["where"] = new
                elif tests is not None:
                    data["where"] = {_how or "all": [*tests, new]}
            case "first" | "last":
                data["which"] = to
            case "then" | "without":
                data["then"] = {"event": ""} | ({} if to == "then" else {"is": False})
            case "same":
                data["same"] = ["id"]

    return choice(f"{prefix}more", _("Narrow it"), "", choices, put)


def property_name(part: str, data: Data, place: str, event: str) -> Control:
    def put(text: str) -> None:
        data["property"] = text.strip()

    label = _("Property")
    return Control(part, "text", label, text_of(data.get("property")), put, place,
                   suggest=ask("properties", event))  # fmt: skip


def kind_seen(test: Data, seen: str) -> str:
    """The type that the data have; else that of the value, as the language itself takes it."""
    if seen and (seen == kind_of(test) or "value" not in test or seen == DataType.NUMBER):
        return seen
    return kind_of(test)


# helpers


def _tests(where: Any) -> tuple[str, list[Data] | None]:
    """(how they are joined, the tests of single properties), or None for anything else."""
    if isinstance(where, dict) and "property" in where:
        return "", [where]
    for how in ("all", "any"):
        if isinstance(where, dict) and set(where) == {how} and isinstance(where[how], list):
            tests = where[how]
            if all(isinstance(each, dict) and "property" in each for each in tests):
                return how, tests
    return "", None


def _dropper(data: Data, key: str) -> Callable[[str], None]:
    return lambda _text: set_(data, key, None)
