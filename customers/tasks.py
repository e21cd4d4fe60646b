"""Wake-ups of this floor. A task only says "look again"; what is due stands in the database."""

from __future__ import annotations

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from config.clock import utc_now
from config.wake import wake
from customers import imports, jobs, names, quarantine
from customers.actions.imports import throw_away
from customers.api.repeats import forget as forget_answers
from customers.bits import tasks as _bits  # noqa: F401 - Celery finds them here
from customers.imports import trial
from customers.imports.left import DRAFTS_KEPT, FILES_KEPT
from customers.imports.storage import drop, local
from customers.interop import spool
from customers.jobs.files import drop_files
from customers.models import (
    BulkJob,
    EventKey,
    Import,
    ImportState,
    JobState,
    QuarantinedItem,
    QuarantineJob,
    QuarantineState,
    RefusedFact,
    Segment,
)
from customers.segments import build, insight, refresh_due, refresh_live
from customers.segments.insight.work import look_after
from customers.tags import tasks as _tags  # noqa: F401 - Celery finds them here

KEYS_KEPT = timedelta(days=30)
REFUSED_KEPT = timedelta(days=1)
ASIDE_KEPT = timedelta(days=90)
# A task is short: after this many seconds it hands the rest of an import to the next one.
IMPORT_SECONDS = 120.0
# An import that has not moved for so long has lost its worker.
IMPORT_LOST = timedelta(minutes=3)
# Names come in bursts, with an import; the next look goes on after so many seconds.
NAMES_SECONDS = 60.0
BULK_SECONDS = 60.0
# A file of 200,000 lines is saved for a while without a step.
BULK_LOST = timedelta(minutes=5)
log = structlog.get_logger(__name__)


@shared_task(name="customers.segments.refresh")
def refresh_segments() -> int:
    """Build every segment whose time has come, the one that waits longest first."""
    return refresh_due(utc_now())


@shared_task(name="customers.interop.drain")
def take_in_what_waits() -> int:
    """Take in the calls that came while the database was away and lie on this machine's disk."""
    return spool.drain()


@shared_task(name="customers.segments.live")
def refresh_live_segments() -> int:
    """Bring the segments that are kept live up to date."""
    return refresh_live(utc_now())


@shared_task(name="customers.segments.build")
def build_segment(segment_id: int) -> None:
    """Build one segment, asked for by somebody on its page."""
    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is not None:
        build(segment, now=utc_now())


@shared_task(name="customers.segments.insight")
def work_out_insight(insight_id: int) -> None:
    """Work out one insight into a segment, asked for on its page."""
    insight.run(insight_id, clock=utc_now)


@shared_task(name="customers.segments.look_after_insights")
def look_after_insights() -> int:
    """Wake the insights that wait, and those whose worker went away."""
    return look_after(utc_now())


@shared_task(name="customers.ingest.forget_keys")
def forget_keys() -> int:
    """Remove idempotency keys of facts after 30 days, and answers that are kept for calls sent
    again after one: no sender repeats for longer."""
    count, _by_model = EventKey.objects.filter(received_at__lt=utc_now() - KEYS_KEPT).delete()
    return count + forget_answers()


@shared_task(name="customers.quarantine.run")
def go_on_with_quarantine() -> int:
    """Go on with every job of the quarantine, for a while; the next task does the rest."""
    running = QuarantineJob.objects.filter(state=QuarantineState.RUNNING)
    ids = list(running.order_by("pk").values_list("pk", flat=True))
    ends = [quarantine.run(id, clock=utc_now, seconds=BULK_SECONDS) for id in ids]
    if not all(ends):
        wake("customers.quarantine.run")
    return len(ids)


@shared_task(name="customers.quarantine.forget")
def forget_refused() -> int:
    """Remove what was refused more than a day ago, and what is set aside for three months."""
    now = utc_now()
    count, _by_model = RefusedFact.objects.filter(at__lt=now - REFUSED_KEPT).delete()
    old, _by_model = QuarantinedItem.objects.filter(received_at__lt=now - ASIDE_KEPT).delete()
    return count + old


@shared_task(name="customers.imports.run")
def run_import(import_id: int, language: str = "") -> None:
    """Go on with an import of a stored file; when the time is up, the next task does. What is said
    of refused rows is in the language of the page on which it was started, else in that of whoever
    brought the file."""
    found = (
        Import.objects.select_related("created_by")
        .filter(pk=import_id, state=ImportState.RUNNING)
        .first()
    )
    if found is None or not found.stored:
        return
    language = language or (found.created_by.language if found.created_by else "")
    before = found.position
    with translation.override(language or settings.LANGUAGE_CODE):
        try:
            with local(found.stored) as path:
                imports.run(found, path, clock=utc_now, seconds=IMPORT_SECONDS)
        except FileNotFoundError:
            imports.end(found, ImportState.FAILED, _("The file is no longer there."), utc_now())
    found.refresh_from_db()
    if found.state == ImportState.DONE:
        Import.objects.filter(pk=found.pk).update(stored="")
        drop(found.stored)
        return
    # Without a step forward another worker is on it, or somebody stopped it.
    if found.state == ImportState.RUNNING and found.position > before:
        wake("customers.imports.run", found.pk, language)


@shared_task(name="customers.imports.try_out")
def try_import(import_id: int, language: str = "") -> None:
    """Find out what a draft would do, in the language of the page that asks."""
    user = Import.objects.filter(pk=import_id).values_list("created_by__language", flat=True)
    with translation.override(language or user.first() or settings.LANGUAGE_CODE):
        trial.try_out(import_id, clock=utc_now)


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


@shared_task(name="customers.names.catch_up")
def read_names() -> int:
    """Make new names findable by pinyin and by their parts."""
    return names.catch_up(seconds=NAMES_SECONDS)


@shared_task(name="customers.imports.tidy")
def tidy_imports() -> int:
    """Remove drafts that nobody went on with for a week, and the files of imports that were
    stopped or failed a month ago: personal data does not lie about."""
    now = utc_now()
    drafts = Import.objects.filter(state=ImportState.DRAFT, created_at__lt=now - DRAFTS_KEPT)
    left = Import.objects.filter(
        state__in=[ImportState.STOPPED, ImportState.FAILED], created_at__lt=now - FILES_KEPT
    ).exclude(stored="")
    count = 0
    for found in drafts.iterator():
        with transaction.atomic():
            throw_away(found)
        count += 1
    for pk, stored in left.values_list("pk", "stored"):
        Import.objects.filter(pk=pk).update(stored="")
        drop(stored)
        count += 1
    return count


@shared_task(name="customers.bulk.run")
def run_bulk(job_id: int) -> None:
    """Go on with a bulk job; when the time is up, the next task does."""
    before = BulkJob.objects.filter(pk=job_id).values_list("done", flat=True).first()
    if jobs.run(job_id, clock=utc_now, seconds=BULK_SECONDS):
        return
    now_done = BulkJob.objects.filter(pk=job_id).values_list("done", flat=True).first()
    # Without a step forward another worker is on it.
    if now_done != before:
        wake("customers.bulk.run", job_id)


@shared_task(name="customers.bulk.look_after")
def look_after_bulk() -> int:
    """Wake the bulk jobs whose worker went away, and remove the files whose time is over."""
    now = utc_now()
    lost = Q(moved_at__lt=now - BULK_LOST) | Q(
        moved_at__isnull=True, created_at__lt=now - timedelta(minutes=1)
    )
    found = list(BulkJob.objects.filter(lost, state=JobState.RUNNING).values_list("pk", flat=True))
    for pk in found:
        wake("customers.bulk.run", pk)
    for job in BulkJob.objects.filter(expires_at__lte=now).exclude(files=[]):
        drop_files(job)
    return len(found)
