"""Moments: a test of when something was, and the window in which it has to be.

A day without a time ("2026-11-01") is that whole day on the brand's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from customers.rules.duration import read_duration, write_duration
from customers.rules.nodes import Compiled, Relative
from customers.rules.operators import NO_VALUE, ORDERED
from customers.rules.values import BadValue, moment_text, read_op, read_relative
from customers.rules.where import Where

if TYPE_CHECKING:
    from customers.rules.reader import Reader

Moment = datetime | date | Relative
OPS = ("gt", "gte", "lt", "lte", "between", "exists", "missing")


@dataclass(frozen=True, slots=True)
class MomentTest:
    """When something was: after, not before, before, not after, between, ever, never."""

    op: str
    value: tuple[Moment, ...] = ()

    def compile(self, sql: str, where: Where) -> Compiled:
        """SQL that tests the timestamptz expression *sql*, never NULL."""
        if self.op in NO_VALUE:
            return Compiled(f"({sql} IS {'NOT ' if self.op == 'exists' else ''}NULL)")
        first, last = bounds(self.value[0], where), bounds(self.value[-1], where)
        sign, at = {
            "gt": (">=", first[1]) if first[1] != first[0] else (">", first[0]),
            "gte": (">=", first[0]),
            "lt": ("<", first[0]),
            "lte": ("<", first[1]) if first[1] != first[0] else ("<=", first[0]),
            "between": (">=", first[0]),
        }[self.op]
        if self.op != "between":
            return Compiled(f"COALESCE({sql} {sign} %s::timestamptz, false)", (at,))
        sign = "<" if last[1] != last[0] else "<="
        return Compiled(
            f"COALESCE({sql} >= %s::timestamptz AND {sql} {sign} %s::timestamptz, false)",
            (first[0], last[1]),
        )

    def to_json(self) -> dict[str, Any]:
        """As it is written: {"op": "gte", "value": {"ago": "30d"}}."""
        if self.op in NO_VALUE:
            return {"op": self.op}
        many = [moment_json(each) for each in self.value]
        return {"op": self.op, "value": many if self.op == "between" else many[0]}


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` up to `end`, both included, or since the entry into the journey."""

    start: Moment | None = None
    end: Moment | None = None
    since_entry: bool = False

    def compile(self, column: str, where: Where) -> Compiled:
        """SQL conditions that begin with AND; the future never counts."""
        sql, params = f" AND {column} <= %s", [where.now]
        if self.start is not None:
            sql += f" AND {column} >= %s"
            params.append(bounds(self.start, where)[0])
        if self.end is not None:
            first, after = bounds(self.end, where)
            sql += f" AND {column} {'<' if after != first else '<='} %s"
            params.append(after)
        if self.since_entry:
            if where.entered_at is None:
                raise ValueError('"since": "entry" has a meaning only inside a journey.')
            sql += f" AND {column} >= {where.entered_at}"
        return Compiled(sql, tuple(params))

    @property
    def ages(self) -> list[timedelta]:
        """How old an event is when it moves in or out, where that is relative to now."""
        return [-e.offset for e in (self.start, self.end) if isinstance(e, Relative)]

    def to_json(self) -> dict[str, Any]:
        """As it is written: {"within": "30d"}, or {"from": …, "to": …}, or {"since": "entry"}."""
        written: dict[str, Any] = {}
        if isinstance(self.start, Relative) and self.start.offset < timedelta(0) and not self.end:
            written["within"] = write_duration(-self.start.offset)
        elif self.start is not None:
            written["from"] = moment_json(self.start)
        if self.end is not None:
            written["to"] = moment_json(self.end)
        return written | ({"since": "entry"} if self.since_entry else {})


WINDOW_KEYS = ("within", "from", "to", "since")


def read_window(reader: Reader, data: Mapping[str, Any], place: str) -> Window:
    """Read within, from, to and since; what is wrong goes to the reader."""
    start: Moment | None = None
    end: Moment | None = None
    if "within" in data:
        try:
            start = Relative(-read_duration(data["within"]))
        except ValueError as error:
            reader.refuse(f"{place}.within", str(error))
        if "from" in data:
            text = _("“within” and “from” both say when it begins. Give one of them.")
            reader.refuse(f"{place}.from", text)
    elif "from" in data:
        start = reader.moment(data["from"], f"{place}.from")
    if "to" in data:
        end = reader.moment(data["to"], f"{place}.to")
    if start is not None and end is not None and _is_backward(start, end):
        reader.refuse(f"{place}.to", _("The window ends before it begins."))
    since = "since" in data
    if since and not (reader.in_journey and data["since"] == "entry"):
        text = (
            _("“since” can only be “entry”.")
            if reader.in_journey
            else _("“since” has a meaning only inside a journey. Use “within”.")
        )
        reader.refuse(f"{place}.since", text)
    return Window(start, end, since)


def read_moment_test(data: Mapping[str, Any]) -> MomentTest:
    """Read `op` and `value`; raise BadValue with a sentence."""
    op = read_op(data.get("op", "exists"))
    if op not in OPS:
        raise BadValue(
            "op",
            _("“%(op)s” has no meaning for a moment. Use one of: %(fitting)s.")
            % {"op": op, "fitting": ", ".join(OPS)},
        )
    if op in NO_VALUE:
        if "value" in data:
            raise BadValue("value", _("“%(op)s” takes no value.") % {"op": op})
        return MomentTest(op)
    value = data.get("value")
    if op in ORDERED:
        return MomentTest(op, (read_moment(value),))
    if not isinstance(value, list) or len(value) != 2:
        raise BadValue("value", _("Two moments are expected, [from, to]; both belong to it."))
    low, high = (read_moment(each) for each in value)
    if _is_backward(low, high):
        raise BadValue("value", _("The first of the two values must not be after the second."))
    return MomentTest(op, (low, high))


def read_moment(value: object) -> Moment:
    """A day, a moment with its zone, or {"ago": "30d"}; raise BadValue with a sentence."""
    try:
        if isinstance(value, Mapping):
            found = read_relative(value)
            if found is not None:
                return found
        elif isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
        elif isinstance(value, str):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadValue(
        "value",
        _(
            "A moment is expected: a day such as 2026-11-01, a time with its zone such as "
            '2026-11-01T09:00:00+08:00, or {"ago": "30d"}, but %(value)s came.'
        )
        % {"value": repr(value)[:60]},
    )


def bounds(moment: Moment, where: Where) -> tuple[datetime, datetime]:
    """When it begins and, for a whole day, when the next one does; else the same twice."""
    if isinstance(moment, Relative):
        return (where.now + moment.offset,) * 2
    if isinstance(moment, datetime):
        return moment, moment
    zone = ZoneInfo(where.zone)
    after = moment + timedelta(days=1)
    return (
        datetime.combine(moment, time(), zone).astimezone(UTC),
        datetime.combine(after, time(), zone).astimezone(UTC),
    )


def moment_json(moment: Moment) -> Any:
    """A moment as it is written."""
    if isinstance(moment, datetime):
        return moment_text(moment)
    if isinstance(moment, date):
        return moment.isoformat()
    side = "ahead" if moment.offset > timedelta(0) else "ago"
    return {side: write_duration(abs(moment.offset)) if moment.offset else "0d"}


# helpers


def _is_backward(low: Moment, high: Moment) -> bool:
    if isinstance(low, Relative) and isinstance(high, Relative):
        return low.offset > high.offset
    if isinstance(low, Relative) or isinstance(high, Relative):
        return False
    return _day(low) > _day(high) or (
        isinstance(low, datetime) and isinstance(high, datetime) and low > high
    )


def _day(moment: datetime | date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
