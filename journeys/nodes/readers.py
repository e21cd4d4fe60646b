"""Readers of settings: what was written in a graph becomes a value, or a SettingError says why not.

Every message names what was expected and what came.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from customers.rules import read_duration
from journeys.nodes.base import SettingError

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


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

    return read


def name(given: Any) -> str:
    """A code: up to 40 small letters, digits and underscores, beginning with a letter."""
    if not isinstance(given, str) or not NAME.fullmatch(given):
        raise _expected(
            _("up to 40 small letters, digits and underscores, beginning with a letter"), given
        )
    return given


def choice(*allowed: str) -> Callable[[Any], str]:
    """One of *allowed*."""

    def read(given: Any) -> str:
        if given not in allowed:
            raise _expected(_("one of: %(names)s") % {"names": ", ".join(allowed)}, given)
        return str(given)

    return read


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

    return read


def rule(given: Any) -> dict[str, Any]:
    """A condition tree of the audience language, or one over an event's properties.

    Only its form is looked at here; the room that knows the language checks the rest.
    """
    if not isinstance(given, Mapping) or not given or not all(isinstance(k, str) for k in given):
        raise _expected(_("a rule, such as {attribute: city, op: =, value: Shanghai}"), given)
    return dict(given)


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

    return read_all


def only_keys(given: Any, needed: Sequence[str], possible: Sequence[str]) -> Mapping[str, Any]:
    """*given* as a mapping that has the *needed* keys and none beyond the *possible* ones."""
    if isinstance(given, Mapping) and {*needed} <= given.keys() <= {*needed, *possible}:
        return given
    keys = ", ".join([*needed, *(f"{key}?" for key in possible)])
    raise _expected(_("entries with the keys %(keys)s") % {"keys": keys}, given)


# helpers


def _expected(what: str, given: Any) -> SettingError:
    came = repr(given) if not isinstance(given, str) else f"“{given}”"
    if len(came) > 80:
        came = came[:79] + "…"
    return SettingError(_("Expected %(what)s, got %(came)s.") % {"what": what, "came": came})
