"""Operators and values: how a test is read for a type."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from customers.models import DataType
from customers.rules.duration import read_duration
from customers.rules.nodes import Relative, Test
from customers.rules.operators import (
    ALIASES,
    FITTING,
    MANY_VALUES,
    NO_VALUE,
    OPS,
    ORDERED,
    fitting,
)
from customers.rules.pattern import BadPattern, check_pattern

VALUES_MOST = 1_000
TEXT_MOST = 500
# An anniversary is looked for in less than a year around today, or it would mean everybody.
ANNIVERSARY_MOST = 300


class BadValue(ValueError):
    """A test that can't be read: `part` is "op" or "value", the text says what was expected."""

    def __init__(self, part: str, text: str) -> None:
        self.part = part
        super().__init__(text)


def read_test(data: Mapping[str, Any], kind: str, default_op: str | None = None) -> Test:
    """Read `op` and `value` for a type; raise BadValue with a sentence."""
    op = read_op(data.get("op", default_op))
    if op not in FITTING[kind]:
        raise BadValue(
            "op",
            _("“%(op)s” has no meaning for %(kind)s. Use one of: %(fitting)s.")
            % {"op": op, "kind": DataType(kind).label, "fitting": ", ".join(fitting(kind))},
        )
    if op in NO_VALUE:
        if "value" in data:
            raise BadValue("value", _("“%(op)s” takes no value.") % {"op": op})
        return Test(op, kind)
    if "value" not in data:
        raise BadValue("value", _("“%(op)s” needs a value.") % {"op": op})
    value = data["value"]
    if op == "anniversary":
        return Test(op, kind, _days_around(value))
    if op == "between":
        return Test(op, kind, _range(value, kind))
    if op == "matches":
        return Test(op, kind, _pattern(value))
    if op in MANY_VALUES:
        return Test(op, kind, _many(value, kind))
    return Test(op, kind, _one(value, _kind_within(kind, value)))


def kind_of(data: Mapping[str, Any]) -> str:
    """The type that a test of an untyped property has: that of the value it names."""
    op = ALIASES.get(str(data.get("op")), data.get("op"))
    if op in ("contains_any", "contains_all", "contains_none"):
        return "list"
    if op == "anniversary":
        return "date"
    value = data.get("value")
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, bool):
        return "boolean"
    if _is_number(value):
        return "number"
    # Senders write moments in many ways, but the day always stands first.
    if isinstance(value, Mapping):
        return "date"
    if isinstance(value, str) and (op in ORDERED or op == "between"):
        return "date"
    return "text"


def read_op(op: object) -> str:
    """The operator's name; raise BadValue for one that does not exist."""
    found = ALIASES.get(op, op) if isinstance(op, str) else op
    if found not in OPS:
        raise BadValue(
            "op",
            _("“%(op)s” is no operator. Use one of: %(known)s.")
            % {"op": str(op)[:20], "known": ", ".join(OPS)},
        )
    return str(found)


def moment_text(value: datetime) -> str:
    """A moment in the form in which attributes keep it; text order is time order."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def day_text(now: datetime, offset: timedelta, zone: str) -> str:
    """The day that is *offset* from *now* on a clock of *zone*; whole days are calendar days."""
    rest = offset - timedelta(days=offset.days)
    return ((now + rest).astimezone(ZoneInfo(zone)).date() + timedelta(offset.days)).isoformat()


def read_relative(value: Mapping[str, Any]) -> Relative | None:
    """{"ago": "30d"} or {"ahead": "30d"}, "0d" being now; None for anything else."""
    if len(value) != 1:
        return None
    ((side, length),) = value.items()
    sign = {"ago": -1, "ahead": 1}.get(str(side))
    if sign is None:
        return None
    return Relative(sign * (timedelta(0) if length == "0d" else read_duration(length)))


# helpers


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind_within(kind: str, value: object) -> str:
    """Lists hold texts and numbers."""
    if kind != "list":
        return kind
    return "number" if _is_number(value) else "text"


def _many(value: object, kind: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or not value:
        raise BadValue("value", _("A list with at least one value is expected, […]."))
    if len(value) > VALUES_MOST:
        raise BadValue(
            "value",
            _("A list may hold at most %(most)s values, this one has %(count)s. Use a segment.")
            % {"most": VALUES_MOST, "count": len(value)},
        )
    return tuple(dict.fromkeys(_one(each, _kind_within(kind, each)) for each in value))


def _range(value: object, kind: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) != 2:
        raise BadValue("value", _("Two values are expected, [from, to]; both ends belong to it."))
    low, high = (_one(each, kind) for each in value)
    backward = (
        low.offset > high.offset
        if isinstance(low, Relative) and isinstance(high, Relative)
        else type(low) is type(high) and not isinstance(low, Relative) and low > high
    )
    if backward:
        raise BadValue("value", _("The first of the two values must not be after the second."))
    return low, high


def _days_around(value: object) -> tuple[int, int]:
    days = value.get("days") if isinstance(value, Mapping) and len(value) == 1 else None
    if isinstance(days, list) and len(days) == 2 and all(type(each) is int for each in days):
        low, high = days
        if -ANNIVERSARY_MOST <= low <= high <= ANNIVERSARY_MOST and high - low < 366:
            return low, high
    raise BadValue(
        "value",
        _(
            'Days before or after today are expected, such as {"days": [0, 7]} for the next week, '
            "at most %(most)s each way, but %(value)s came."
        )
        % {"most": ANNIVERSARY_MOST, "value": repr(value)[:60]},
    )


def _pattern(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise BadValue("value", _("A pattern is a text, but %s came.") % repr(value)[:60])
    try:
        return check_pattern(value)
    except BadPattern as error:
        raise BadValue("value", str(error)) from None


def _one(value: Any, kind: str) -> Any:
    try:
        read = _READERS[kind](value)
    except (ValueError, OverflowError):
        read = None
    if read is None:
        raise BadValue(
            "value",
            _("%(kind)s is expected, but %(value)s came.")
            % {"kind": DataType(kind).label, "value": repr(value)[:60]},
        )
    return read


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > TEXT_MOST or "\x00" in value:
        return None
    value.encode()
    return value


def _number(value: Any) -> int | float | None:
    if not _is_number(value) or not math.isfinite(value) or abs(value) > 1e15:
        return None
    return value  # type: ignore[no-any-return]


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _date(value: Any) -> Any:
    if isinstance(value, Mapping):
        return read_relative(value)
    return date.fromisoformat(value).isoformat() if isinstance(value, str) else None


def _datetime(value: Any) -> Any:
    if isinstance(value, Mapping):
        return read_relative(value)
    if not isinstance(value, str):
        return None
    read = datetime.fromisoformat(value)
    return moment_text(read) if read.tzinfo else None


_READERS = {
    "text": _text,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
