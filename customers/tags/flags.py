"""Which tags are stale, unused or broken: kept on their measures, for lists and the home page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from customers.models import (
    EventType,
    RunState,
    Staleness,
    Tag,
    TagMeasure,
    TagRun,
    TagSettings,
)
from customers.usage import Use, uses_of_tags

# A refresh that is late by less is on its way.
PATIENCE = timedelta(hours=3)


def flag(*, now: datetime, uses: Mapping[str, Sequence[Use]] | None = None) -> int:
    """Set the flags of all measured tags; returns how many changed. Four queries and a write."""
    measures = list(TagMeasure.objects.select_related("tag"))
    if uses is None:
        uses = uses_of_tags([measure.tag.code for measure in measures])
    rules = TagSettings.current()
    seen = dict(EventType.objects.values_list("code", "last_seen_at"))
    failed = _failed()
    changed = []
    for measure in measures:
        active = sum(use.is_active for use in uses.get(measure.tag.code, ()))
        before = (measure.uses, measure.stale, measure.is_unused, measure.problem)
        measure.uses = active
        watched = [seen[code] for code in measure.tag.watches if code in seen]
        last_event = max(watched if measure.tag.watches else seen.values(), default=None)
        measure.stale = staleness(measure.tag, measure, rules, last_event, now)
        old = measure.tag.created_at <= now - timedelta(days=rules.unused_days)
        measure.is_unused = old and not active
        measure.problem = failed.get(measure.tag_id, "")
        if before != (measure.uses, measure.stale, measure.is_unused, measure.problem):
            changed.append(measure)
    TagMeasure.objects.bulk_update(
        changed, ["uses", "stale", "is_unused", "problem"], batch_size=500
    )
    return len(changed)


def staleness(
    tag: Tag, measure: TagMeasure, rules: TagSettings, last_event: datetime | None, now: datetime
) -> str:
    """Of Staleness, or an empty string.

    Late: a computed tag whose refresh should have been done hours ago, or that was not refreshed
    for `stale_days`. Still: no value came or went for `stale_days`, and events came in after that
    (those that its definition reads, when it has one).
    """
    limit = now - timedelta(days=rules.stale_days)
    if tag.is_computed:
        overdue = tag.next_refresh_at is not None and tag.next_refresh_at < now - PATIENCE
        if overdue or (tag.refreshed_at or tag.created_at) < limit:
            return Staleness.LATE
    moved = measure.changed_at
    if moved is not None and moved < limit and last_event is not None and last_event > moved:
        return Staleness.STILL
    return ""


# helpers


def _failed() -> dict[int, str]:
    """By tag the problem of its last refresh, when that failed; one query."""
    last = TagRun.objects.exclude(state=RunState.RUNNING).order_by("tag_id", "-pk")
    rows = last.distinct("tag_id").values_list("tag_id", "state", "error")
    return {
        tag: error or _("The last refresh failed.")
        for tag, state, error in rows
        if state == RunState.FAILED
    }
