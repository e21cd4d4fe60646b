"""Wake-ups of this floor. A task only says "look again"; what is due stands in the database."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.db.models import F, Q

from config.clock import utc_now
from customers.models import EventKey, Segment, SegmentKind
from customers.segments import build

KEYS_KEPT = timedelta(days=30)
log = structlog.get_logger(__name__)


@shared_task(name="customers.segments.refresh")
def refresh_segments() -> int:
    """Build every segment whose time has come, the one that waits longest first."""
    return refresh_due(utc_now())


@shared_task(name="customers.segments.build")
def build_segment(segment_id: int) -> None:
    """Build one segment, asked for by somebody on its page."""
    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is not None:
        build(segment, now=utc_now())


@shared_task(name="customers.ingest.forget_keys")
def forget_keys() -> int:
    """Remove idempotency keys after 30 days: no sender repeats for longer."""
    count, _by_model = EventKey.objects.filter(received_at__lt=utc_now() - KEYS_KEPT).delete()
    return count


def refresh_due(now: datetime) -> int:
    """Build what is due at *now*; one that fails is logged and holds no other up."""
    segments = Segment.objects.filter(
        Q(built_at__isnull=True) | Q(refresh_seconds__isnull=False), kind=SegmentKind.RULE
    ).order_by(F("built_at").asc(nulls_first=True))
    done = 0
    for segment in segments:
        if not _is_due(segment, now):
            continue
        try:
            build(segment, now=now)
            done += 1
        except Exception:
            log.exception("segment_build_failed", segment=segment.code)
    return done


# helpers


def _is_due(segment: Segment, now: datetime) -> bool:
    if segment.built_at is None:
        return True
    return segment.built_at + timedelta(seconds=segment.refresh_seconds or 0) <= now
