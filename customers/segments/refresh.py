"""When segments are built: on a schedule or live, in a queue and with a budget of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q

from customers.models import Segment, SegmentKind, SegmentMode, SegmentScope
from customers.segments.build import Built, build, build_changed

# A live segment is looked at again after so long, and waits so long for a look at everybody.
LIVE_STEP = timedelta(seconds=10)
LIVE_FULL_STEP = timedelta(minutes=15)
# One run takes no longer than this; the next one goes on with those that waited longest.
RUN_SECONDS = 240.0
LIVE_RUN_SECONDS = 8.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refresh:
    """How a segment is kept up to date, for whoever shows it. `next_at` is None for one that is
    built by hand; one that is overdue has a moment in the past."""

    mode: SegmentMode
    last_at: datetime | None
    seconds: float | None
    scope: SegmentScope
    full_at: datetime | None
    entered: int
    left: int
    next_at: datetime | None
    problem: str


def refresh_of(segment: Segment, now: datetime) -> Refresh:
    """What a page says about the last build and the next one; no query."""
    return Refresh(
        mode=segment.mode,
        last_at=segment.built_at,
        seconds=segment.build_seconds,
        scope=SegmentScope(segment.build_scope),
        full_at=segment.full_built_at,
        entered=segment.entered,
        left=segment.left,
        next_at=next_at(segment, now),
        problem=segment.problem,
    )


def next_at(segment: Segment, now: datetime) -> datetime | None:
    """When it is built next."""
    if segment.kind == SegmentKind.LIST:
        return None
    if segment.built_at is None:
        return now
    if segment.is_live:
        return segment.built_at + LIVE_STEP
    if segment.refresh_seconds is None:
        return None
    return segment.built_at + timedelta(seconds=segment.refresh_seconds)


def refresh_due(now: datetime, *, clock: Callable[[], float] = time.monotonic) -> int:
    """Build what is due at *now*, the one that waits longest first; return how many.

    One that fails is logged and holds no other up. Whatever is left when the time of a run is up
    waits for the next one.
    """
    until = clock() + RUN_SECONDS
    done = 0
    for segment in _waiting(Q(is_live=False)):
        due = next_at(segment, now)
        if due is None or due > now:
            continue
        done += _safely(segment, lambda each: build(each, now=now, full=False))
        if clock() >= until:
            break
    return done


def refresh_live(now: datetime, *, clock: Callable[[], float] = time.monotonic) -> int:
    """Bring live segments up to date by kept sets; where these can't, everybody is looked at, but
    not as often. Returns how many were built."""
    until = clock() + LIVE_RUN_SECONDS
    done = 0
    for segment in _waiting(Q(is_live=True)):
        due = next_at(segment, now)
        if due is not None and due <= now:
            done += _safely(segment, lambda each: _live(each, now))
        if clock() >= until:
            break
    return done


# helpers


def _waiting(which: Q) -> list[Segment]:
    found = Segment.objects.filter(which, kind=SegmentKind.RULE, archived_at=None)
    return list(found.order_by(F("built_at").asc(nulls_first=True)))


def _live(segment: Segment, now: datetime) -> Built | None:
    full_at = segment.full_built_at
    if full_at is not None and not segment.problem:
        built = build_changed(segment, now=now)
        if built is not None:
            return built
    waits_since = max(filter(None, [full_at, segment.built_at]), default=None)
    if waits_since is not None and now - waits_since < LIVE_FULL_STEP:
        return None
    return build(segment, now=now)


def _safely(segment: Segment, work: Callable[[Segment], Built | None]) -> bool:
    try:
        return work(segment) is not None
    except Exception:
        log.exception("segment_build_failed", segment=segment.code)
        return False
