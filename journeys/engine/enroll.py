"""Letting customers in: one statement, whatever they enter by, with all limits of the trigger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from customers.rules import compile_rule, read_rule
from journeys.engine.run import NodeFault
from journeys.engine.statements import execute, fetch, with_names
from journeys.engine.versions import Version, make_version
from journeys.nodes.clock import moment_at, zone_of
from journeys.nodes.entry import (
    AFTER_EXIT,
    AFTER_TIME,
    ALWAYS,
    NEVER,
    ONE_AT_A_TIME,
    PER_KEY,
    EntrySettings,
    Trigger,
)

# Re-entry rule → (the guard, a unique key with customer and journey; who may enter at all). The
# second half also sees walks that entered under another rule, before the journey was changed. Of
# two that saw the same last walk only one can enter: the guard names that walk.
# + 0: asked by customer, never by journey, also while the table has no statistics yet.
_INSIDE = "x.customer_id = w.customer_id AND x.journey_id + 0 = %(journey)s"
_NO = f"NOT EXISTS (SELECT 1 FROM journeys_enrollment x WHERE {_INSIDE}"
_LAST = f"coalesce((SELECT max(x.id) FROM journeys_enrollment x WHERE {_INSIDE}), 0)"
_LAST_OF_KEY = (
    "coalesce((SELECT max(x.id) FROM journeys_enrollment x"
    f" WHERE {_INSIDE} AND x.entry_key = w.entry_key), 0)"
)
REENTRY: Mapping[str, tuple[str, str]] = {
    NEVER: ("''::text", f"{_NO})"),
    PER_KEY: ("'key:' || w.entry_key", f"{_NO} AND x.entry_key = w.entry_key)"),
    ONE_AT_A_TIME: (
        f"CASE WHEN w.entry_key = '' THEN 'after:' || {_LAST}"
        f" ELSE 'keyed:' || {_LAST_OF_KEY} || ':' || w.entry_key END",
        f"{_NO} AND x.state <> 'finished' AND x.entry_key = w.entry_key)",
    ),
    AFTER_EXIT: (
        f"'after:' || {_LAST}",
        f"{_NO} AND (x.state <> 'finished' OR x.finished_at > w.at - %(again_after)s::interval))",
    ),
    AFTER_TIME: (
        f"'since:' || {_LAST}",
        f"{_NO} AND x.entered_at > w.at - %(again_after)s::interval)",
    ),
    ALWAYS: ("w.token", "true"),
}
# Entries that did not come by the door, which locks and knows its customers.
IS_THERE = "c.merged_into_id IS NULL AND c.erased_at IS NULL"


def running(now: datetime) -> list[tuple[Version, datetime]]:
    """The current versions of running journeys inside their window, and when each was published."""
    found = []
    for row in fetch("running_versions", {"now": now}):
        version = make_version(*row[:6])
        if version.graph is not None:
            found.append((version, row[1]))
    return found


def enroll(
    version: Version,
    node: Trigger[Any],
    source: str,
    params: Mapping[str, Any],
    now: datetime,
    *,
    by_door: bool = False,
) -> int:
    """Let the customers of *source* enter by *node*; returns how many really did.

    *source* is a SELECT of (place, token, customer_id, at, entry_key, context): places order who
    enters first at one moment, tokens are unique per entry. Merged and erased customers never
    enter. Call inside a transaction. A rule that can't be read lets nobody in.
    """
    settings: EntrySettings = node.settings
    guard, may_enter = REENTRY[settings.reentry]
    try:
        fits, values = _fits(settings, version, now)
    except NodeFault:
        # Facts must come in whatever a journey says; the check of the draft shows why.
        return 0
    conditions = [may_enter, fits, "true" if by_door else IS_THERE]
    needs_customer = fits != "true" or not by_door
    opens, closes = window_of(version, settings)
    room = _room(version.journey_id, settings)
    if room == 0:
        return 0
    entered = execute(
        "enroll",
        {
            "journey": version.journey_id,
            "version": version.id,
            "node": node.key,
            "again_after": settings.again_after or timedelta(0),
            "opens": opens,
            "closes": closes,
            "room": room,
            **params,
            **values,
        },
        source=source,
        guard=guard,
        customer="JOIN customers_customer c ON c.id = w.customer_id" if needs_customer else "",
        may_enter=" AND ".join(conditions),
    )
    if settings.most is not None and entered:
        execute("note_tally", {"journey": version.journey_id, "n": entered})
    return entered


def window_of(version: Version, settings: EntrySettings) -> tuple[datetime | None, datetime | None]:
    """From when and until when the trigger is open, in UTC."""
    moments = (settings.opens, settings.closes)
    is_local = any(moment is not None and moment.tzinfo is None for moment in moments)
    zone = clock_of(version) if is_local else ZoneInfo("UTC")

    def moment(given: datetime | None) -> datetime | None:
        if given is None or given.tzinfo is not None:
            return given.astimezone(UTC) if given else None
        return moment_at(given.date(), given.time(), zone)

    return moment(settings.opens), moment(settings.closes)


def clock_of(version: Version) -> ZoneInfo:
    """The journey's own clock, else its brand's."""
    [(name,)] = fetch("journey_clock", {"journey": version.journey_id})
    return zone_of(name)


# helpers


def _fits(settings: EntrySettings, version: Version, now: datetime) -> tuple[str, dict[str, Any]]:
    parts: list[str] = []
    values: dict[str, Any] = {}
    for name, word in (("only_if", ""), ("exclude", "NOT ")):
        rule = getattr(settings, name)
        if rule is None:
            continue
        read, problems = read_rule(rule, in_journey=True)
        if read is None:
            raise NodeFault("; ".join(f"{p.place}: {p.text}" for p in problems))
        compiled = compile_rule(
            read,
            now=now,
            customer_alias="c",
            entry_properties="w.context -> 'event' -> 'properties'",
            entered_at="w.at",
            brand_id=version.brand_id,
        )
        sql, named = with_names(compiled.sql, compiled.params, name)
        parts.append(f"{word}({sql})")
        values |= named
    return " AND ".join(parts) or "true", values


def _room(journey_id: int, settings: EntrySettings) -> int | None:
    """How many may still enter; None without a limit. The tally stays locked until commit."""
    if settings.most is None:
        return None
    execute("make_tally", {"journey": journey_id})
    [(entered,)] = fetch("lock_tally", {"journey": journey_id})
    return max(0, settings.most - int(entered))
