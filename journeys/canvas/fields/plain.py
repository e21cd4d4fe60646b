"""Fields of one value: texts, numbers, switches, choices, lengths of time, moments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from journeys.canvas.fields.base import OMIT, Ask, Typed

LONG_TEXT: Final = 160
UNITS: Final = ("m", "h", "d", "w")
ONE_UNIT: Final = re.compile(r"(?P<sign>[+-]?)(?P<n>\d+)(?P<unit>[smhdw])")
SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def show_text(ask: Ask) -> Mapping[str, Any]:
    """A line, or a box where the text may be long."""
    value = "" if ask.given is None else str(ask.given)
    return {
        "value": value,
        "is_long": (ask.form.longest or 0) > LONG_TEXT or "\n" in value,
        "longest": ask.form.longest or 2000,
        "example": ask.form.example,
    }


def read_text(ask: Ask, typed: Typed) -> Any:
    """The text; an empty one is not given. A figure or a plain yes or no keeps its type."""
    text = typed.text(ask.name).replace("\r\n", "\n")
    if not text:
        return OMIT
    if not isinstance(ask.given, str) and ask.given is not None and text == str(ask.given):
        return ask.given
    return text


def show_number(ask: Ask) -> Mapping[str, Any]:
    """A number with its limits."""
    value = ask.given if ask.given is not None else ask.default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return {
        "value": "" if value is None else str(value),
        "lowest": ask.form.lowest,
        "highest": ask.form.highest,
    }


def read_number(ask: Ask, typed: Typed) -> Any:
    """The number; what is none stays as it was typed, and its reader says so. What is the default
    is not written."""
    text = typed.text(ask.name).replace(",", "").replace(" ", "")
    if not text:
        return OMIT
    try:
        value: Any = int(text)
    except ValueError:
        try:
            value = float(text)
        except ValueError:
            return text
    return OMIT if ask.value is OMIT and value == ask.default else value


def show_switch(ask: Ask) -> Mapping[str, Any]:
    """On or off."""
    return {"is_on": bool(ask.default if ask.given is None else ask.given)}


def read_switch(ask: Ask, typed: Typed) -> Any:
    """True or false; what is the default is not written."""
    is_on = typed.flag(ask.name)
    return OMIT if is_on == bool(ask.default) and ask.value is OMIT else is_on


def show_choice(ask: Ask) -> Mapping[str, Any]:
    """One of several; the default is chosen when nothing was written."""
    value = ask.given if ask.given is not None else ask.default
    return {
        "value": value,
        "choices": [(code, str(words)) for code, words in ask.form.choices.items()],
        "may_be_open": value in (None, "") or (not ask.is_needed and ask.default is None),
    }


def read_choice(ask: Ask, typed: Typed) -> Any:
    """The code; what is the default is not written."""
    text = typed.text(ask.name)
    if not text or (text == ask.default and ask.value is OMIT):
        return OMIT
    return text


def show_choices(ask: Ask) -> Mapping[str, Any]:
    """Several of several, each to be ticked."""
    value = ask.given if ask.given is not None else ask.default
    chosen = [str(each) for each in value] if isinstance(value, list | tuple) else []
    return {
        "choices": [(code, str(words), code in chosen) for code, words in ask.form.choices.items()]
    }


def read_choices(ask: Ask, typed: Typed) -> Any:
    """Those that are ticked, in the order in which they are offered."""
    ticked = set(typed.all(ask.name))
    found = [code for code in ask.form.choices if code in ticked]
    if ask.value is OMIT and ask.default is not None and found == [*ask.default]:
        return OMIT
    return found


def show_duration(ask: Ask) -> Mapping[str, Any]:
    """A number and its unit; before or after where the length may have a sign."""
    value = written_length(ask.given if ask.given is not None else ask.default)
    is_signed = ask.form.example.startswith("-")
    match = ONE_UNIT.fullmatch(value)
    is_simple = match is not None and (is_signed or not match["sign"])
    units = [("m", _("minutes")), ("h", _("hours")), ("d", _("days")), ("w", _("weeks"))]
    if match and match["unit"] == "s":
        units.insert(0, ("s", _("seconds")))
    return {
        "value": value,
        "is_simple": is_simple or not value or value == "0",
        "n": match["n"] if match and is_simple else ("0" if value == "0" else ""),
        "unit": match["unit"] if match and is_simple else "d",
        "units": units,
        "is_signed": is_signed,
        "is_before": value.startswith("-"),
        "from_property": ask.given if isinstance(ask.given, Mapping) else None,
    }


def read_length_field(ask: Ask, typed: Typed) -> Any:
    """ "3d"; what can't be told so stays as it was written."""
    if isinstance(ask.given, Mapping) and not typed.has(f"{ask.name}.n"):
        return dict(ask.given)
    if typed.has(f"{ask.name}.text"):
        return typed.text(f"{ask.name}.text") or OMIT
    number = typed.text(f"{ask.name}.n")
    if not number:
        return OMIT
    unit = typed.text(f"{ask.name}.unit") or "d"
    sign = "-" if typed.text(f"{ask.name}.way") == "before" and number != "0" else ""
    written = "0" if number == "0" and sign == "" and ask.form.example.startswith("-") else ""
    written = written or f"{sign}{number}{unit}"
    is_default = ask.default is not None and written == written_length(ask.default)
    return OMIT if is_default and ask.value is OMIT else written


def show_moment(ask: Ask) -> Mapping[str, Any]:
    """A date and a time; one with a zone is shown as it was written."""
    value = "" if ask.given is None else str(ask.given)
    try:
        is_local = not value or datetime.fromisoformat(value).tzinfo is None
    except ValueError:
        is_local = False
    return {"value": value[:16] if is_local else value, "is_local": is_local}


def show_time(ask: Ask) -> Mapping[str, Any]:
    """A time of the day."""
    value = ask.given if ask.given is not None else ask.default
    return {"value": f"{value:%H:%M}" if isinstance(value, time) else (value or "")}


def read_time(ask: Ask, typed: Typed) -> Any:
    """ "09:00"; what is the default is not written."""
    text = typed.text(ask.name)[:5]
    default = f"{ask.default:%H:%M}" if isinstance(ask.default, time) else None
    return OMIT if not text or (text == default and ask.value is OMIT) else text


def written_length(value: Any) -> str:
    """A length of time as it is written, in its largest whole unit."""
    if not isinstance(value, timedelta):
        return value if isinstance(value, str) else ""
    seconds = int(value.total_seconds())
    if not seconds:
        return "0"
    unit = next(unit for unit in SECONDS if seconds % SECONDS[unit] == 0)
    return f"{seconds // SECONDS[unit]}{unit}"
