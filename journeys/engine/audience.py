"""Entries of whole audiences: the members of a segment, in batches that can be killed anywhere."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction

from config.wake import wake
from customers.models import Segment
from journeys.engine import statistics
from journeys.engine.compiled import enter_members
from journeys.engine.history import ensure_between
from journeys.engine.ledger import Ledger, write
from journeys.engine.statements import execute, fetch
from journeys.engine.travellers import interpret
from journeys.engine.versions import Version, make_version
from journeys.models import AudienceEntry
from journeys.nodes.trigger_audience import TriggerAudience

BATCH = 20_000
# The planner is told whenever there are so many times more than it knows of.
GROWTH = 4
# An audience of so many is entered by several workers at once, each at a slice of the ids.
SLICED_FROM = 40_000
SLICES = 8
GATE = "campaigns.tasks.gate"
# The last slice has no end: who joins while it enters is let in too.
NO_LAST = 2**63 - 1

_log = logging.getLogger(__name__)


def enter_audiences(
    now: datetime, *, limit: int = BATCH, compiled: bool = True
) -> tuple[int, bool]:
    """Let the next members of audiences enter that running journeys have as a trigger.

    One transaction per trigger and batch. Where the first stretch is compiled they walk it in the
    statement that enrolls them; else, and when that statement fails, they begin with a timer.
    Returns how many entered, and whether there are more.
    """
    entered, more = 0, False
    for version, node in _open(now):
        try:
            count, is_full = _enter(version, node, now, limit, compiled)
        except OperationalError:
            raise
        except Exception as error:
            if not compiled:
                raise
            _log.warning("an entry into %s failed: %s", version.code, error)
            count, is_full = _enter(version, node, now, limit, False)
        entered += count
        more = more or is_full
    return entered, more


# helpers


def _open(now: datetime) -> list[tuple[Version, TriggerAudience]]:
    """Audience triggers of running journeys, inside their window, whose members aren't all in."""
    found = []
    for row in fetch("open_audiences", {}):
        *version_row, starts_at, ends_at = row
        version = make_version(*version_row)
        outside = (starts_at and now < starts_at) or (ends_at and now >= ends_at)
        if version.graph is None or outside:
            continue
        triggers = version.graph.triggers()
        # One with limits goes the way of runs, see by_time.
        found += [
            (version, node)
            for node in triggers
            if isinstance(node, TriggerAudience) and not node.is_limited
        ]
    if not found:
        return []
    versions = {version.id for version, _node in found}
    known = AudienceEntry.objects.filter(version_id__in=versions)
    done: dict[tuple[int, str], bool] = {}
    for entry in known:
        key = (entry.version_id, entry.node)
        done[key] = done.get(key, True) and entry.finished_at is not None
    for version, node in found:
        if (version.id, node.key) not in done:
            _slice(version, node, now)
    return [(v, node) for v, node in found if not done.get((v.id, node.key))]


def _slice(version: Version, node: TriggerAudience, now: datetime) -> None:
    """Write down that the audience begins to enter; in several slices when it is large."""
    segment = Segment.objects.filter(code=node.settings.segment).first()
    slices = [(0, 0, None)]
    if segment is not None and segment.size >= SLICED_FROM:
        slices = fetch("slices_of", {"segment": segment.pk, "parts": SLICES})
    AudienceEntry.objects.bulk_create(
        [
            AudienceEntry(
                version_id=version.id,
                node=node.key,
                part=part,
                after_customer_id=after if part else 0,
                last_customer_id=last,
                started_at=now,
            )
            for part, after, last in slices
        ],
        ignore_conflicts=True,
    )


def _enter(
    version: Version, node: TriggerAudience, now: datetime, limit: int, compiled: bool
) -> tuple[int, bool]:
    # Before the batch: who makes a month of history keeps others from it until commit.
    ensure_between(now, now)
    with transaction.atomic():
        # The buckets before any customer, as everybody takes them.
        fetch("share_buckets", {})
        leased = fetch("lease_audience", {"version": version.id, "node": node.key})
        segment = fetch("segment_id", {"code": node.settings.segment})
        if not leased or not segment or not segment[0][1]:
            return 0, False  # other workers are at it, or the segment is not built yet
        [(entry_id, after, last)] = leased
        place = {"segment": segment[0][0], "after": after, "last": last, "limit": limit}
        done = _compiled(version, node, now, place) if compiled else None
        looked_at, reached, entered = done or _plain(version, node, now, place)
        is_done = looked_at < limit
        [(so_far,)] = fetch(
            "note_audience",
            {
                "id": entry_id,
                "after": reached,
                "entered": entered,
                "finished": now if is_done else None,
            },
        )
    statistics.refresh(so_far // GROWTH)
    return entered, not is_done or last < NO_LAST


def _compiled(
    version: Version, node: TriggerAudience, now: datetime, place: dict[str, Any]
) -> tuple[int, int | None, int] | None:
    """Entry and first stretch in one statement; how many were looked at, the last of them, and how
    many entered. None when the first stretch is not compiled."""
    ledger = Ledger()
    moved = enter_members(version, node.key, now, place, ledger)
    if moved is None:
        return None
    travellers = interpret(now, moved.left, ledger) if moved.left else []
    write(ledger, travellers, now)
    if ledger.wants or moved.candidates:
        wake(GATE)
    return moved.claimed, moved.last, moved.entered


def _plain(
    version: Version, node: TriggerAudience, now: datetime, place: dict[str, Any]
) -> tuple[int, int | None, int]:
    """Entry with a timer of arrival each."""
    # A statement of its own: the next one sees what those who were waited for have committed.
    fetch("lock_audience", place)
    params = {"journey": version.journey_id, "version": version.id, "node": node.key, "now": now}
    execute("by_index_only", {})
    [(looked_at, reached, entered)] = fetch("enter_audience", {**place, **params})
    execute("by_any_plan", {})
    return looked_at, reached, entered
