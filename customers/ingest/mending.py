"""How properties of events that are set aside are mended before they are taken in again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext as _

from customers.ingest.limits import NAME_LENGTH, BadFact, is_unfit

MOST: Final = 10
TEXT_MOST: Final = 200


class Does(StrEnum):
    """What is done with a property."""

    RENAME = "rename"  # to another name, where that has no value yet
    CONVERT = "convert"  # a text into the number or yes and no that it says, and a number into text
    SET = "set"  # a value, where none is
    REMOVE = "remove"


INTO: Final = ("text", "number", "boolean")
_YES: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Mend:
    """One change of one property. `to` is the new name, the type or the value."""

    does: Does
    property: str
    to: Any = None


def read_mending(data: object) -> list[Mend]:
    """The changes of a job, in their order. Raises BadFact with a sentence."""
    if not isinstance(data, list) or len(data) > MOST:
        raise BadFact(_("At most %(n)s changes can be made at once.") % {"n": MOST})
    return [_read(each) for each in data]


def mended(properties: Mapping[str, Any], mending: Sequence[Mend]) -> dict[str, Any]:
    """The properties after all changes; what a change doesn't fit stays as it is."""
    found = dict(properties)
    for mend in mending:
        name = mend.property
        held = found.get(name)
        match mend.does:
            case Does.SET if held is None:
                found[name] = mend.to
            case Does.REMOVE:
                found.pop(name, None)
            case Does.RENAME if held is not None and found.get(mend.to) is None:
                found[mend.to] = found.pop(name)
            case Does.CONVERT if held is not None:
                found[name] = _converted(held, mend.to)
    return found


# helpers


def _read(data: object) -> Mend:
    if not isinstance(data, Mapping):
        raise BadFact(_("An object is expected, {…}."))
    name, to = data.get("property"), data.get("to")
    try:
        does = Does(str(data.get("does")))
    except ValueError as error:
        words = _("What is done with a property is one of: %(known)s.")
        raise BadFact(words % {"known": ", ".join(Does)}) from error
    if not _is_name(name):
        raise BadFact(_("Say which property is meant, with at most 120 characters."))
    if does == Does.RENAME and not _is_name(to):
        raise BadFact(_("Say the new name of “%(property)s”.") % {"property": name})
    if does == Does.CONVERT and to not in INTO:
        words = _("“%(property)s” can become one of: %(known)s.")
        raise BadFact(words % {"property": name, "known": ", ".join(INTO)})
    if does == Does.SET and (
        not isinstance(to, str | int | float | bool)
        or (isinstance(to, str) and (len(to) > TEXT_MOST or is_unfit(to)))
        or (isinstance(to, float) and not math.isfinite(to))
    ):
        words = _("“%(property)s” is set to a text, a number or true or false.")
        raise BadFact(words % {"property": name})
    return Mend(does, str(name), to)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= NAME_LENGTH and not is_unfit(name)


def _converted(value: Any, into: str) -> Any:
    if into == "text":
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        return bool(value) if into == "boolean" and value in (0, 1) else value
    text = value.strip()
    if into == "boolean":
        return _YES.get(text.lower(), value)
    try:
        number = float(text.replace(",", "")) if len(text) < 40 else math.nan
    except ValueError:
        return value
    if not math.isfinite(number):
        return value
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
