"""Entries: events that start a walk or are waited for, in the transaction that takes them in."""

from __future__ import annotations

import json
from collections.abc import Set
from datetime import datetime
from typing import Any

from config.wake import wake
from customers.ingest import EventBatch
from customers.segments import Moves
from journeys.engine.at_once import move_at_once
from journeys.engine.enroll import enroll, running
from journeys.engine.run import NodeFault, property_sql
from journeys.engine.statements import execute, fetch, statements
from journeys.engine.versions import Version, make_version
from journeys.nodes.trigger_absence import TriggerAbsence
from journeys.nodes.trigger_api import TriggerApi, call_event
from journeys.nodes.trigger_event import TriggerEvent
from journeys.nodes.trigger_segment import JOINED, LEFT, TriggerSegment

WAKE = "journeys.tasks.advance"


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


def enroll_moves(cursor: Any, moves: Moves) -> None:
    """Hear of who joined or left a segment, and let in whom a trigger waits for.

    A subscriber of customers.segments: the moves stand in the temporary table `segment_moves`.
    """
    [(code,)] = fetch("segment_code", {"id": moves.segment_id}) or [("",)]
    entered = 0
    locked: set[bool] = set()
    for version, _published_at in running(moves.at):
        for node in version.graph.triggers() if version.graph else []:
            if not isinstance(node, TriggerSegment) or node.settings.segment != code:
                continue
            comes = node.settings.move == JOINED
            if not (moves.came if comes else moves.went):
                continue
            if comes not in locked:
                fetch("lock_moving", {"comes": comes})
                locked.add(comes)
            about = {"segment": code, "move": JOINED if comes else LEFT}
            event = {"name": "segment", "at": moves.at.isoformat(), "properties": about}
            moment = int(moves.at.timestamp() * 1_000_000)
            params = {
                "token": f"moved:{moment}:{about['move']}",
                "at": moves.at,
                "context": json.dumps({"event": event}),
                "comes": comes,
            }
            source = statements()["wanted_by_move"]
            entered += enroll(version, node, source, params, moves.at)
    if entered:
        wake(WAKE)


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
    if not isinstance(node, TriggerEvent | TriggerApi | TriggerAbsence):
        return 0
    event = call_event(code) if isinstance(node, TriggerApi) else node.settings.event
    condition, values = _condition(node, version, batch.now)
    source = statements()["wanted_by_event"].replace("{where}", condition)
    earliest = batch.now - version.lateness
    params = {
        "type": event_type_id,
        "brand": brand_id,
        "event": event,
        "key": node.settings.key,
        # An import of last year's orders must not greet last year's customers.
        "earliest": max(filter(None, [starts_at, earliest])),
        "ends": ends_at,
        **values,
    }
    if not isinstance(node, TriggerAbsence):
        return enroll(version, node, source, params, batch.now, by_door=True)
    within = node.settings.within
    params |= {"journey": journey_id, "node": node_key, "within": within}
    params["earliest"] = max(filter(None, [starts_at, earliest - within]))
    return execute("await_entry", params, source=source)


def _condition(
    node: TriggerEvent | TriggerApi | TriggerAbsence, version: Version, now: datetime
) -> tuple[str, dict[str, Any]]:
    try:
        return property_sql(node.settings.where, "e.properties", now)
    except NodeFault:
        # The facts must come in whatever a journey says; a condition that can't be read lets
        # nobody in, and the check of the draft shows why.
        return "false", {}
