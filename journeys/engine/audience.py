"""Entries of whole audiences: the members of a segment, in batches that can be killed anywhere."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from journeys.engine.statements import execute, fetch
from journeys.engine.versions import Version, make_version
from journeys.models import AudienceEntry
from journeys.nodes.trigger_audience import TriggerAudience

BATCH = 20_000
# From so many new rows on the planner needs to know.
ANALYZE_FROM = 10_000


def enter_audiences(now: datetime, *, limit: int = BATCH) -> tuple[int, bool]:
    """Let the next members of audiences enter that running journeys have as a trigger.

    One transaction per trigger and batch. Returns how many entered, and whether there are more.
    """
    entered, more = 0, False
    for version, node in _open(now):
        count, is_full = _enter(version, node, now, limit)
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
        found += [(version, node) for node in triggers if isinstance(node, TriggerAudience)]
    if not found:
        return []
    versions = {version.id for version, _node in found}
    known = AudienceEntry.objects.filter(version_id__in=versions)
    done = {(e.version_id, e.node): e.finished_at is not None for e in known}
    missing = [
        AudienceEntry(version_id=version.id, node=node.key, started_at=now)
        for version, node in found
        if (version.id, node.key) not in done
    ]
    if missing:
        AudienceEntry.objects.bulk_create(missing, ignore_conflicts=True)
    return [(v, node) for v, node in found if not done.get((v.id, node.key))]


def _enter(version: Version, node: TriggerAudience, now: datetime, limit: int) -> tuple[int, bool]:
    with transaction.atomic():
        place = fetch("lease_audience", {"version": version.id, "node": node.key})
        segment = fetch("segment_id", {"code": node.settings.segment})
        if not place or not segment or not segment[0][1]:
            return 0, False  # another worker is at it, or the segment is not built yet
        [(entry_id, after)] = place
        segment_id = segment[0][0]
        # A statement of its own: the next one sees what those who were waited for have committed.
        fetch("lock_audience", {"segment": segment_id, "after": after, "limit": limit})
        [(looked_at, last, entered)] = fetch(
            "enter_audience",
            {
                "segment": segment_id,
                "after": after,
                "limit": limit,
                "journey": version.journey_id,
                "version": version.id,
                "node": node.key,
                "now": now,
            },
        )
        is_done = looked_at < limit
        execute(
            "note_audience",
            {
                "id": entry_id,
                "after": last,
                "entered": entered,
                "finished": now if is_done else None,
            },
        )
        if entered >= ANALYZE_FROM:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE journeys_enrollment, journeys_timer")
        return entered, not is_done
