"""Entries: events that start a walk or are waited for, in the transaction that takes them in."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Any

from config.wake import wake
from customers.ingest import EventBatch
from journeys.engine.at_once import move_at_once
from journeys.engine.run import NodeFault, property_sql
from journeys.engine.statements import execute, fetch
from journeys.engine.versions import Version, make_version
from journeys.nodes.trigger_event import (
    ALWAYS,
    NEVER,
    ONE_AT_A_TIME,
    PER_KEY,
    TriggerEvent,
)

WAKE = "journeys.tasks.advance"

# Re-entry rule → (the guard, a unique key with customer and journey; who may enter at all). The
# second half also sees walks that entered under another rule, before the journey was changed.
_INSIDE = "x.customer_id = w.customer_id AND x.journey_id = %(journey)s"
REENTRY = {
    NEVER: ("''::text", f"NOT EXISTS (SELECT 1 FROM journeys_enrollment x WHERE {_INSIDE})"),
    PER_KEY: (
        "'key:' || w.entry_key",
        f"NOT EXISTS (SELECT 1 FROM journeys_enrollment x"
        f" WHERE {_INSIDE} AND x.entry_key = w.entry_key)",
    ),
    ONE_AT_A_TIME: (
        f"'after:' || coalesce((SELECT max(x.id) FROM journeys_enrollment x WHERE {_INSIDE}), 0)",
        f"NOT EXISTS (SELECT 1 FROM journeys_enrollment x"
        f" WHERE {_INSIDE} AND x.state <> 'finished')",
    ),
    ALWAYS: ("'event:' || w.id", "true"),
}


def enroll_events(cursor: Any, batch: EventBatch) -> None:
    """Hear of new events: wake who waits for them and enroll whom they start a walk for.

    A subscriber of customers.ingest: *cursor* is in the ingesting transaction, and the events
    stand in its temporary table `ingested_events`. Two statements, and one for each trigger; then
    whoever can be moved at once is moved.
    """
    moved = execute("wake_listeners", {})
    types = sorted(batch.event_type_ids)
    for row in fetch("open_triggers", {"types": types}):
        moved += _enter(batch, *row)
    if moved and not move_at_once(batch.now):
        wake(WAKE)


def awaits_events(cursor: Any, type_ids: Set[int]) -> bool:
    """Whether a trigger or anybody who waits could hear of events of these types."""
    return bool(fetch("awaits_events", {"types": sorted(type_ids)})[0][0])


# helpers


def _enter(
    batch: EventBatch,
    node_key: str,
    event_type_id: int,
    version_id: int,
    published_at: datetime,
    journey_id: int,
    code: str,
    state: str,
    brand_id: int,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> int:
    version = make_version(version_id, published_at, journey_id, code, state, brand_id)
    node = version.graph.nodes.get(node_key) if version.graph else None
    if not isinstance(node, TriggerEvent):
        return 0
    guard, may_enter = REENTRY[node.settings.reentry]
    condition, values = _condition(node, version, batch.now)
    return execute(
        "enter_by_event",
        {
            "type": event_type_id,
            "brand": brand_id,
            "journey": journey_id,
            "version": version_id,
            "node": node_key,
            "event": node.settings.event,
            "key": node.settings.key,
            # An import of last year's orders must not greet last year's customers.
            "earliest": max(filter(None, [starts_at, batch.now - version.lateness])),
            "ends": ends_at,
            **values,
        },
        guard=guard,
        may_enter=may_enter,
        where=condition,
    )


def _condition(node: TriggerEvent, version: Version, now: datetime) -> tuple[str, dict[str, Any]]:
    try:
        return property_sql(node.settings.where, "e.properties", now)
    except NodeFault:
        # The facts must come in whatever a journey says; a condition that can't be read lets
        # nobody in, and the check of the draft shows why.
        return "false", {}
