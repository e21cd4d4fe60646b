"""Operators and values: which fit together, and how a value is read for a type."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _

from customers.models import DataType
from customers.rules.duration import read_duration
from customers.rules.nodes import ALIASES, NO_VALUE, OPS, ORDERED, Op, Relative, Test

VALUES_MOST = 1_000
TEXT_MOST = 500

# Which operators have a meaning for which type.
_EQUAL: frozenset[str] = frozenset(("eq", "ne", "in", "not_in", "exists", "missing"))
FITTING: dict[str, frozenset[str]] = {
    "text": _EQUAL | {"contains"},
    "number": _EQUAL | ORDERED,
    "date": _EQUAL | ORDERED,
    "datetime": _EQUAL | ORDERED,
    "boolean": frozenset(("eq", "ne", "exists", "missing")),
    "list": frozenset(("contains", "exists", "missing")),
}


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
            % {
                "op": op,
                "kind": DataType(kind).label,
                "fitting": ", ".join(each for each in OPS if each in FITTING[kind]),
            },
        )
    if op in NO_VALUE:
        if "value" in data:
            raise BadValue("value", _("“%(op)s” takes no value.") % {"op": op})
        return Test(op, kind)
    if "value" not in data:
        raise BadValue("value", _("“%(op)s” needs a value.") % {"op": op})
    value = data["value"]
    if op in ("in", "not_in"):
        return Test(op, kind, _many(value, kind))
    if kind == "list":
        return Test(op, kind, _one(value, "number" if _is_number(value) else "text"))
    return Test(op, kind, _one(value, kind))


def kind_of(data: Mapping[str, Any]) -> str:
    """The type that a test of an untyped property has: that of the value it names."""
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
    if isinstance(value, str) and ALIASES.get(str(data.get("op")), data.get("op")) in ORDERED:
        return "date"
    return "text"


def read_op(op: object) -> Op:
    """The operator's name; raise BadValue for one that does not exist."""
    found = ALIASES.get(op, op) if isinstance(op, str) else op
    if found not in OPS:
        raise BadValue(
            "op",
            _("“%(op)s” is no operator. Use one of: %(known)s.")
            % {"op": str(op)[:20], "known": ", ".join(OPS)},
        )
    return found


def moment_text(value: datetime) -> str:
    """A moment in the form in which attributes keep it; text order is time order."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def resolve_relative(value: Any, kind: str, now: datetime) -> Any:
    """*value*, with {"ago": …} turned into the text of that day or moment."""
    if not isinstance(value, Relative):
        return value
    at = now + value.offset
    return at.astimezone(UTC).date().isoformat() if kind == "date" else moment_text(at)


# helpers


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _many(value: object, kind: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or not value:
        raise BadValue("value", _("A list with at least one value is expected, […]."))
    if len(value) > VALUES_MOST:
        raise BadValue(
            "value",
            _("A list may hold at most %(most)s values, this one has %(count)s. Use a segment.")
            % {"most": VALUES_MOST, "count": len(value)},
        )
    return tuple(dict.fromkeys(_one(each, kind) for each in value))


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


def _relative(value: Mapping[str, Any]) -> Relative | None:
    if len(value) != 1:
        return None
    ((side, length),) = value.items()
    sign = {"ago": -1, "ahead": 1}.get(side)
    return Relative(sign * read_duration(length)) if sign else None


def _date(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _relative(value)
    return date.fromisoformat(value).isoformat() if isinstance(value, str) else None


def _datetime(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _relative(value)
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
