"""Readers of settings: what was written in a graph becomes a value, or a SettingError says why not.

Every message names what was expected and what came.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from customers.rules import read_duration
from journeys.nodes.base import SettingError
from journeys.nodes.forms import Form, Text, asked_by, form_of

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@asked_by(Form("duration", example="3d"))
def duration(given: Any) -> timedelta:
    """ "90s", "15m", "24h", "3d", "2w" or a combination such as "1h30m"."""
    try:
        return read_duration(given)
    except ValueError as error:
        raise SettingError(str(error)) from error


def text(longest: int = 120) -> Callable[[Any], str]:
    """Any text of at most *longest* characters that is not empty."""

    def read(given: Any) -> str:
        if not isinstance(given, str) or not given.strip() or len(given) > longest:
            raise _expected(_("a text of at most %(n)s characters") % {"n": longest}, given)
        return given.strip()

    return asked_by(Form("text", longest=longest))(read)


@asked_by(Form("code", longest=40))
def name(given: Any) -> str:
    """A code: up to 40 small letters, digits and underscores, beginning with a letter."""
    if not isinstance(given, str) or not NAME.fullmatch(given):
        raise _expected(
            _("up to 40 small letters, digits and underscores, beginning with a letter"), given
        )
    return given


def choice(*values: str | Mapping[str, Text]) -> Callable[[Any], str]:
    """One of *values*: a mapping gives each the label that a form shows, alone it is its own."""
    allowed: dict[str, Text] = {}
    for value in values:
        allowed |= {value: value} if isinstance(value, str) else value

    def read(given: Any) -> str:
        if not isinstance(given, str) or given not in allowed:
            raise _expected(_("one of: %(names)s") % {"names": ", ".join(allowed)}, given)
        return given

    return asked_by(Form("choice", choices=dict(allowed), example=next(iter(allowed))))(read)


def several(allowed: Mapping[str, Text], *, least: int = 1) -> Callable[[Any], tuple[str, ...]]:
    """At least *least* of *allowed*, each once, in the order written."""

    def read(given: Any) -> tuple[str, ...]:
        is_list = isinstance(given, Sequence) and not isinstance(given, str | bytes)
        if (
            not is_list
            or len(given) < least
            or len({str(one) for one in given}) < len(given)
            or any(not isinstance(one, str) or one not in allowed for one in given)
        ):
            raise _expected(_("a list of: %(names)s") % {"names": ", ".join(allowed)}, given)
        return tuple(given)

    example = f"[{next(iter(allowed))}]"
    return asked_by(Form("choices", choices=dict(allowed), example=example))(read)


@asked_by(Form("switch", example="true"))
def flag(given: Any) -> bool:
    """true or false."""
    if not isinstance(given, bool):
        raise _expected(_("true or false"), given)
    return given


def whole(lowest: int, highest: int) -> Callable[[Any], int]:
    """A whole number from *lowest* to *highest*."""

    def read(given: Any) -> int:
        if isinstance(given, bool) or not isinstance(given, int) or not lowest <= given <= highest:
            span = {"lowest": lowest, "highest": highest}
            raise _expected(_("a whole number from %(lowest)s to %(highest)s") % span, given)
        return given

    return asked_by(Form("number", lowest=lowest, highest=highest, example=str(lowest or 1)))(read)


@asked_by(Form("rule", example="{attribute: city, op: eq, value: Shanghai}"))
def rule(given: Any) -> dict[str, Any]:
    """A condition tree of the audience language, or one over an event's properties.

    Only its form is looked at here; the room that knows the language checks the rest.
    """
    if not isinstance(given, Mapping) or not given or not all(isinstance(k, str) for k in given):
        raise _expected(_("a rule, such as {attribute: city, op: =, value: Shanghai}"), given)
    return dict(given)


@asked_by(Form("condition", example="{property: amount, op: gte, value: 100}"))
def condition(given: Any) -> dict[str, Any]:
    """A condition over the properties of an event; read as a rule is."""
    return rule(given)


@asked_by(Form("weights", example="{a: 50, b: 50}"))
def weights(given: Any) -> dict[str, float]:
    """Two or more outcomes with the weight of each, such as {a: 50, b: 50}; sorted by name."""
    if not isinstance(given, Mapping) or not 2 <= len(given) <= 20:
        raise _expected(
            _("two to twenty outcomes with their weights, such as {a: 50, b: 50}"), given
        )
    read = {}
    for outcome, weight in given.items():
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not number or not math.isfinite(weight) or not 0 < weight <= 1_000_000:
            raise _expected(_("a weight above 0 for “%(name)s”") % {"name": outcome}, weight)
        read[name(outcome)] = float(weight)
    # A graph kept as jsonb forgets the order of keys, and the split must not depend on it.
    return dict(sorted(read.items()))


@asked_by(Form("match", example="{order: $entry_key}"))
def match(given: Any) -> tuple[str, str] | None:
    """One property and what it must equal: a literal, $entry_key or $entry.<property>."""
    if not isinstance(given, Mapping) or len(given) != 1:
        raise _expected(_("one property and its value, such as {offer id: $entry_key}"), given)
    ((prop, value),) = given.items()
    if not isinstance(value, str | int | float) or isinstance(value, bool) or len(str(value)) > 240:
        raise _expected(_("a text or number that the property must equal"), value)
    read = text(120)(prop), str(value)
    if read[1].startswith("$") and read[1] != "$entry_key" and not read[1].startswith("$entry."):
        raise _expected(_("$entry_key, $entry.name-of-a-property or a plain value"), value)
    return read


def listed(read: Callable[[Any], Any], most: int) -> Callable[[Any], tuple[Any, ...]]:
    """A list of one to *most* values, each read by *read*."""

    def read_all(given: Any) -> tuple[Any, ...]:
        is_list = isinstance(given, Sequence) and not isinstance(given, str | bytes)
        if not is_list or not 1 <= len(given) <= most:
            raise _expected(_("a list of 1 to %(most)s entries") % {"most": most}, given)
        return tuple(read(one) for one in given)

    inner = form_of(read)
    parts = {"": inner} if inner is not None else {}
    return asked_by(Form("rows", parts=parts))(read_all)


def only_keys(given: Any, needed: Sequence[str], possible: Sequence[str]) -> Mapping[str, Any]:
    """*given* as a mapping that has the *needed* keys and none beyond the *possible* ones."""
    if isinstance(given, Mapping) and {*needed} <= given.keys() <= {*needed, *possible}:
        return given
    keys = ", ".join([*needed, *(f"{key}?" for key in possible)])
    raise _expected(_("entries with the keys %(keys)s") % {"keys": keys}, given)


@asked_by(Form("moment", example="2026-06-18T09:00"))
def moment(given: Any) -> datetime:
    """A date and time: with a zone it is that moment, without one it is read on a clock later."""
    try:
        if isinstance(given, str) and len(given) > 10:
            found = datetime.fromisoformat(given)
            if 1990 <= found.year <= 2200:
                return found
    except ValueError:
        pass
    raise _expected(
        _("a date and time such as 2026-06-18T09:00, or with a zone 2026-06-18T09:00+08:00"), given
    )


@asked_by(Form("time", example="09:00"))
def clock_time(given: Any) -> time:
    """A time of the day, such as 09:00."""
    if isinstance(given, str) and CLOCK.fullmatch(given):
        hour, minute = given.split(":")
        return time(int(hour), int(minute))
    raise _expected(_("a time of the day from 00:00 to 23:59"), given)


@asked_by(Form("duration", example="-3d"))
def offset(given: Any) -> timedelta:
    """A length of time with a sign: -3d before, 3d or +3d after, 0 at the very moment."""
    if given in (0, "0"):
        return timedelta(0)
    if not isinstance(given, str):
        raise _expected(_("a length of time such as -3d (before) or 2h (after)"), given)
    text_ = given.strip()
    length = duration(text_.lstrip("+-").strip())
    return -length if text_.startswith("-") else length


def number(lowest: float, highest: float) -> Callable[[Any], float]:
    """A number from *lowest* to *highest*."""

    def read(given: Any) -> float:
        fits = isinstance(given, int | float) and not isinstance(given, bool)
        if not fits or not math.isfinite(given) or not lowest <= given <= highest:
            span = {"lowest": lowest, "highest": highest}
            raise _expected(_("a number from %(lowest)s to %(highest)s") % span, given)
        return float(given)

    return asked_by(Form("number", lowest=lowest, highest=highest, example=str(lowest)))(read)


def scalar(given: Any) -> str | int | float | bool:
    """A text, a number, true or false."""
    if isinstance(given, bool | int | float) or (isinstance(given, str) and len(given) <= 240):
        return given
    raise _expected(_("a text of at most 240 characters, a number, true or false"), given)


# helpers


def _expected(what: str, given: Any) -> SettingError:
    came = repr(given) if not isinstance(given, str) else f"“{given}”"
    if len(came) > 80:
        came = came[:79] + "…"
    return SettingError(_("Expected %(what)s, got %(came)s.") % {"what": what, "came": came})
