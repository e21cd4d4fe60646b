"""A length of time that is written down, or that the payload of the entry tells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from customers.rules import say_duration
from journeys.nodes import readers
from journeys.nodes.base import Member
from journeys.nodes.forms import Form, asked_by

UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
LONGEST = timedelta(days=3660)


class Length(NamedTuple):
    """`fixed`, or the number in the property of the entry times `unit`, else `missing`."""

    fixed: timedelta | None = None
    property: str = ""
    unit: str = "d"
    missing: timedelta = timedelta(0)

    def of(self, member: Member) -> timedelta:
        """How long it is for her; never negative, at most ten years."""
        if self.fixed is not None:
            return self.fixed
        value: Any = member.payload.get(self.property)
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                return self.missing
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        if not fits or not math.isfinite(value) or value < 0:
            return self.missing
        return min(min(float(value), 1e9) * UNITS[self.unit], LONGEST)

    def say(self) -> str:
        """In words: “3 days”, or “as long as “days” of the entry says”."""
        if self.fixed is not None:
            return say_duration(self.fixed)
        return _("as long as “%(name)s” of the entry says") % {"name": self.property}


@asked_by(Form("duration", example="3d"))
def read_length(given: Any) -> Length:
    """ "3d", or {property: days, unit: d, missing: 7d} for what the entry's payload tells."""
    if not isinstance(given, Mapping):
        return Length(fixed=readers.duration(given))
    given = readers.only_keys(given, ["property"], ["unit", "missing"])
    unit = given.get("unit", "d")
    return Length(
        property=readers.text(120)(given["property"]),
        unit=readers.choice(dict.fromkeys(UNITS, ""))(unit),
        missing=readers.duration(given["missing"]) if "missing" in given else timedelta(0),
    )
