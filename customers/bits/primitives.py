"""The sets that can be kept: what each holds, and which changes move somebody in or out.

All but the events of a day are simple facts of the record. Time never changes them by itself but
by what stands in customers_bitdue: a tag that expires, an event that lies in the future.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from customers.rules import Compiled

CHUNK = 15_000
# "At least k times" is kept for k up to this; for more, those who did it so often are asked.
LEVELS = 3


@dataclass(frozen=True, slots=True)
class Primitive:
    """One set, by its definition: a name and arguments."""

    definition: tuple[Any, ...]

    @property
    def key(self) -> str:
        return json.dumps(self.definition, ensure_ascii=False)

    @property
    def source(self) -> tuple[str, str]:
        """(kind, ref) of the changes that matter."""
        name, *rest = self.definition
        match name:
            case "alive" | "known":
                return "record", ""
            case "attribute" | "has_attribute":
                return "attribute", str(rest[0])
            case "tag" | "has_tag":
                return "tag", str(rest[0])
            case "segment":
                return "segment", str(rest[0])
            case "consent":
                return "consent", f"{rest[1]}:{rest[2]}"
            case "identity":
                return "identity", str(rest[0])
            case "day":
                return "event", f"{rest[0]}:{rest[1]}"
            case "span":
                return "span", str(rest[0])
        raise ValueError(f"There is no set called {name!r}.")

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of a set of one day or of several."""
        return days_of(self.definition)

    def truth(self, now: datetime) -> Compiled:
        """SQL over one customer c, never NULL."""
        name, *rest = self.definition
        match name:
            case "alive":
                return Compiled("(c.merged_into_id IS NULL AND c.erased_at IS NULL)")
            case "known":
                return Compiled("c.is_known")
            case "attribute":
                return Compiled("(c.attributes -> %s::text = %s::jsonb) IS TRUE", (*rest,))
            case "has_attribute":
                return Compiled("(c.attributes -> %s::text <> 'null'::jsonb) IS TRUE", (*rest,))
        rows, params = self._rows(now)
        grouped = ""
        if name in ("day", "span"):
            grouped, params = " HAVING count(*) >= %s", (*params, rest[-1])
        return Compiled(
            f"EXISTS (SELECT 1 FROM {rows} AND r.customer_id = c.id{grouped})", tuple(params)
        )

    def members(self, now: datetime) -> Compiled:
        """SELECT of the customer_id of everybody in it, some perhaps more than once."""
        name, *rest = self.definition
        if name in ("alive", "known", "attribute", "has_attribute"):
            sql, params = self.truth(now)
            return Compiled(
                f"SELECT c.id AS customer_id FROM customers_customer c WHERE {sql}", params
            )
        rows, params = self._rows(now)
        if name not in ("day", "span"):
            return Compiled(f"SELECT r.customer_id FROM {rows}", params)
        return Compiled(
            f"SELECT r.customer_id FROM {rows} GROUP BY r.customer_id HAVING count(*) >= %s",
            (*params, rest[-1]),
        )

    def _rows(self, now: datetime) -> Compiled:
        """The rows `r` that make somebody a member, up to the WHERE."""
        name, *rest = self.definition
        valid = "(r.expires_at IS NULL OR r.expires_at > %s)"
        match name:
            case "tag":
                return Compiled(
                    f"customers_customertag r WHERE r.tag_id = %s AND r.value = %s AND {valid}",
                    (*rest, now),
                )
            case "has_tag":
                return Compiled(
                    f"customers_customertag r WHERE r.tag_id = %s AND {valid}", (*rest, now)
                )
            case "segment":
                return Compiled("customers_segmentmember r WHERE r.segment_id = %s", (*rest,))
            case "consent":
                brand_id, channel, purpose, state = rest
                sql = "customers_consent r WHERE r.channel = %s AND r.purpose = %s"
                params: list[Any] = [channel, purpose]
                if brand_id:
                    sql, params = f"{sql} AND r.brand_id = %s", [*params, brand_id]
                if state:
                    sql, params = f"{sql} AND r.state = %s", [*params, state]
                return Compiled(sql, tuple(params))
            case "identity":
                return Compiled("customers_identity r WHERE r.namespace_id = %s", (*rest,))
            case "day" | "span":
                first, last = (datetime.combine(day, time(), UTC) for day in self.days)
                return Compiled(
                    "customers_event r WHERE r.event_type_id = %s AND r.occurred_at >= %s"
                    " AND r.occurred_at < %s AND r.occurred_at <= %s",
                    (rest[0], first, last + timedelta(days=1), now),
                )
        raise ValueError(f"{name!r} has no rows.")


def attribute(code: str, value: Any) -> Primitive:
    """Everybody whose attribute has this value; 1 and 1.0 are one value."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return Primitive(("attribute", code, json.dumps(value, ensure_ascii=False)))


def day_set(event_type_id: int, day: date, level: int) -> Primitive:
    """Everybody with at least *level* such events on a day of UTC."""
    return Primitive(("day", event_type_id, day.isoformat(), level))


def span_set(event_type_id: int, first: date, last: date, level: int) -> Primitive:
    """Everybody with at least *level* such events on the days from *first* to *last*, of UTC."""
    if first == last:
        return day_set(event_type_id, first, level)
    return Primitive(("span", event_type_id, first.isoformat(), last.isoformat(), level))


def days_of(definition: Sequence[Any]) -> tuple[date, date]:
    """The first and the last day of the definition of a day or a span."""
    return date.fromisoformat(definition[2]), date.fromisoformat(definition[-2])
