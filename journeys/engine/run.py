"""What a node may ask while it looks at a cohort: the time, its journey, the store.

Every question goes over the whole cohort at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from customers.ingest.limits import FUTURE
from customers.rules import (
    Compiled,
    compile_property_condition,
    compile_rule,
    read_property_condition,
    read_rule,
)
from journeys.engine.statements import execute, fetch, with_names
from journeys.engine.versions import Version
from journeys.nodes.base import Member


class NodeFault(Exception):
    """Something is wrong with the node itself, so that none of its cohort can go on."""


class Heard(NamedTuple):
    """An event that was found."""

    event_id: int
    at: datetime


# (member, from, until, what the property must equal), both ends of the window included
Window = tuple[Member, datetime, datetime, str]


@dataclass
class Run:
    """One batch at one version. `now` is the latest moment that anything may happen at."""

    now: datetime
    journey: Version
    # Shared by the runs of one batch: what was looked up once is not asked again.
    known: dict[tuple[str, int, str], int] = field(default_factory=dict)
    ways: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def horizon(self) -> datetime:
        """Later than any event that is known: clocks of senders may go ahead by a day."""
        return self.now + FUTURE * 2

    def first_events(
        self,
        event: str,
        windows: Sequence[Window],
        prop: str = "",
        where: Mapping[str, Any] | None = None,
    ) -> list[Heard | None]:
        """For each window the first event called *event* in it that this walk has not used yet.

        With *prop*, that property must equal the window's value as text; *where* is a condition
        over the event's properties. One query, whatever the number of windows.
        """
        found: list[Heard | None] = [None] * len(windows)
        if not windows:
            return found
        condition, values = property_sql(where, "e.properties", self.now)
        rows = fetch(
            "first_events",
            {
                "type": self.event_type_id(event),
                "brand": self.journey.brand_id,
                "prop": prop,
                "places": list(range(len(windows))),
                "customers": [window[0].customer_id for window in windows],
                "starts": [window[1] for window in windows],
                "ends": [window[2] for window in windows],
                "values": [window[3] for window in windows],
                "spent": [_array(window[0].spent) for window in windows],
                **values,
            },
            where=condition,
        )
        for place, event_id, at in rows:
            found[place] = Heard(event_id, at)
        return found

    def matching(self, rule: Mapping[str, Any], members: Collection[Member]) -> set[int]:
        """The enrollment ids of the members whose customer matches *rule* just now. One query."""
        compiled = self.condition(rule)
        sql, values = with_names(compiled.sql, compiled.params, "rule")
        ids = [member.enrollment_id for member in members]
        return {row[0] for row in fetch("matching", {"ids": ids, **values}, rule=sql)}

    def condition(self, rule: Mapping[str, Any]) -> Compiled:
        """SQL that is true for the walks `x` whose customer `c` matches *rule* just now."""
        read, problems = read_rule(rule, in_journey=True)
        if read is None:
            raise NodeFault("; ".join(f"{p.place}: {p.text}" for p in problems if not p.is_warning))
        return compile_rule(
            read,
            now=self.now,
            customer_alias="c",
            entry_properties="x.context -> 'event' -> 'properties'",
            entered_at="x.entered_at",
            brand_id=self.journey.brand_id,
        )

    def event_type_id(self, code: str) -> int:
        """The id of an event type, which is made when nobody has sent one yet."""
        self.know_events([code])
        return self.known["event", 0, code]

    def know_events(self, codes: Iterable[str]) -> None:
        """Look several event types up at once."""
        missing = sorted({code for code in codes if ("event", 0, code) not in self.known})
        if not missing:
            return
        found = dict(fetch("event_types", {"codes": missing}))
        if len(found) < len(missing):
            execute("make_event_types", {"codes": missing, "now": self.now})
            found = dict(fetch("event_types", {"codes": missing}))
        self.known.update({("event", 0, code): id for code, id in found.items()})

    def content_id(self, code: str) -> int:
        """The id of a content of the journey's brand; raises NodeFault when it is gone."""
        return self._one("content", code, {"brand": self.journey.brand_id, "code": code})

    def content_way(self, code: str) -> tuple[str, str]:
        """The channel and purpose of a content; raises NodeFault when it is gone."""
        if code not in self.ways:
            rows = fetch("content_way", {"brand": self.journey.brand_id, "code": code})
            if not rows:
                raise NodeFault(f"There is no content “{code}” any more. Make it, then retry.")
            self.ways[code] = rows[0]
        return self.ways[code]

    def tag_id(self, code: str) -> int:
        """The id of a tag; raises NodeFault when it is gone."""
        return self._one("tag", code, {"code": code})

    def list_id(self, code: str) -> int:
        """The id of a list; raises NodeFault when it is gone."""
        return self._one("list", code, {"code": code})

    def webhook_id(self, code: str) -> int:
        """The id of a webhook of the journey's brand; raises NodeFault when it is gone."""
        return self._one("webhook", code, {"brand": self.journey.brand_id, "code": code})

    def offer(self, code: str) -> tuple[int, datetime | None, datetime | None]:
        """An offer's id, and from when until when it is valid; raises NodeFault when it is gone."""
        rows = fetch("offer", {"brand": self.journey.brand_id, "code": code})
        if not rows:
            raise NodeFault(f"There is no offer “{code}” any more. Make it again, then retry.")
        return rows[0]

    def _one(self, noun: str, code: str, params: dict[str, Any]) -> int:
        key = (noun, params.get("brand", 0), code)
        if key not in self.known:
            rows = fetch(f"{noun}_id", params)
            if not rows:
                raise NodeFault(f"There is no {noun} “{code}” any more. Make it again, then retry.")
            self.known[key] = rows[0][0]
        return self.known[key]


def property_sql(
    where: Mapping[str, Any] | None, column: str, now: datetime
) -> tuple[str, dict[str, Any]]:
    """A condition over the jsonb *column* as SQL with named values; raises NodeFault."""
    if not where:
        return "true", {}
    condition, problems = read_property_condition(where)
    if condition is None:
        raise NodeFault("; ".join(f"{p.place}: {p.text}" for p in problems if not p.is_warning))
    compiled = compile_property_condition(condition, column=column, now=now)
    return with_names(compiled.sql, compiled.params, "where")


# helpers


def _array(ids: Iterable[int]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"
