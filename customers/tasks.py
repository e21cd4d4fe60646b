"""Wake-ups of this floor. A task only says "look again"; what is due stands in the database."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.db.models import F, Q

from config.clock import utc_now
from config.wake import wake
from customers import imports
from customers.imports.storage import drop, local
from customers.models import EventKey, Import, ImportState, Segment, SegmentKind
from customers.segments import build

KEYS_KEPT = timedelta(days=30)
# A task is short: after this many seconds it hands the rest of an import to the next one.
IMPORT_SECONDS = 120.0
# An import that has not moved for so long has lost its worker.
IMPORT_LOST = timedelta(minutes=3)
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


@shared_task(name="customers.imports.run")
def run_import(import_id: int) -> None:
    """Go on with an import of a stored file; when the time is up, the next task does."""
    found = Import.objects.filter(pk=import_id, state=ImportState.RUNNING).first()
    if found is None or not found.stored:
        return
    with local(found.stored) as path:
        is_over = imports.run(found, path, clock=utc_now, seconds=IMPORT_SECONDS)
    if is_over:
        drop(found.stored)
        return
    before = found.position
    found.refresh_from_db()
    # Without a step forward another worker is on it, or somebody stopped it.
    if found.state == ImportState.RUNNING and found.position > before:
        wake("customers.imports.run", found.pk)


@shared_task(name="customers.imports.rescue")
def rescue_imports() -> int:
    """Wake the imports whose worker went away."""
    lost = Q(moved_at__lt=utc_now() - IMPORT_LOST) | Q(
        moved_at__isnull=True, started_at__lt=utc_now() - IMPORT_LOST
    )
    found = list(
        Import.objects.filter(lost, state=ImportState.RUNNING)
        .exclude(stored="")
        .values_list("pk", flat=True)
    )
    for pk in found:
        wake("customers.imports.run", pk)
    return len(found)


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
