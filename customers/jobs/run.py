"""Does a bulk job part by part; each part is one transaction with how far it got."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from customers.access import Actor, record
from customers.ingest.catalogue import source_id
from customers.jobs.files import export
from customers.models import BulkJob, BulkPart, JobKind, JobState, Segment, SourceKind, Tag
from customers.segments import add_members
from customers.tags.writing import change

KEPT: Final = timedelta(days=7)
Clock = Callable[[], datetime]


def run(job_id: int, *, clock: Clock, seconds: float | None = None) -> bool:
    """Go on with a running job from its next part; return whether it came to an end.

    Stops when somebody stopped it, when another process is on it, or after `seconds`.
    """
    job = BulkJob.objects.filter(pk=job_id, state=JobState.RUNNING).first()
    if job is None:
        return True
    until = None if seconds is None else monotonic() + seconds
    if job.kind == JobKind.EXPORT:
        return _is_over(job, export(job, clock=clock, until=until), clock())
    while True:
        went_on = _one_part(job, clock())
        if went_on is None:
            return _is_over(job, _is_at_its_end(job), clock())
        if until is not None and monotonic() > until:
            return False


def stop(job: BulkJob) -> bool:
    """Stop it behind the part that is on its way; whether it was running."""
    return bool(
        BulkJob.objects.filter(pk=job.pk, state=JobState.RUNNING).update(state=JobState.STOPPED)
    )


# helpers


def _one_part(job: BulkJob, now: datetime) -> int | None:
    """Do the next part; None when there is none, or not for us."""
    with transaction.atomic(), connection.cursor() as cursor:
        current = (
            BulkJob.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk=job.pk, state=JobState.RUNNING)
            .first()
        )
        if current is None:
            return None
        part = BulkPart.objects.filter(job=current, number=current.position).first()
        if part is None:
            return None
        ids = _who_they_are_now(cursor, part.customer_ids)
        try:
            changed = _DO[JobKind(current.kind)](cursor, current, ids, now)
        except LookupError as error:
            _end(current, JobState.FAILED, str(error), now)
            return None
        BulkJob.objects.filter(pk=current.pk).update(
            position=F("position") + 1,
            done=F("done") + len(part.customer_ids),
            changed=F("changed") + changed,
            moved_at=now,
        )
        return len(ids)


def _who_they_are_now(cursor: Any, ids: list[int]) -> list[int]:
    """Merged customers are who they became; erased ones are nobody."""
    cursor.execute(
        """
        SELECT DISTINCT COALESCE(merged_into_id, id) FROM customers_customer
        WHERE id = ANY(%s) AND erased_at IS NULL ORDER BY 1
        """,
        [ids],
    )
    return [row[0] for row in cursor.fetchall()]


def _tag(cursor: Any, job: BulkJob, ids: list[int], now: datetime) -> int:
    tag = Tag.objects.filter(code=job.options["tag"]).first()
    if tag is None:
        raise LookupError(_("The tag is no longer there."))
    written = change(
        cursor,
        "SELECT id, %(tag)s::bigint, %(value)s, %(added)s, %(now)s::timestamptz"
        " FROM unnest(%(ids)s::bigint[]) AS id",
        {
            "ids": ids,
            "tag": tag.pk,
            "value": job.options["value"],
            "added": job.kind == JobKind.TAG,
            "now": now,
        },
        tag_ids=[tag.pk],
        source_id=source_id("manual", SourceKind.MANUAL.value),
    )
    return sum(written)


def _list(cursor: Any, job: BulkJob, ids: list[int], now: datetime) -> int:
    segment = Segment.objects.filter(code=job.options["segment"]).first()
    if segment is None:
        raise LookupError(_("The list is no longer there."))
    came = add_members(cursor, segment.pk, ids, now=now)
    Segment.objects.filter(pk=segment.pk).update(size=F("size") + came, built_at=now)
    return came


_DO: dict[JobKind, Callable[[Any, BulkJob, list[int], datetime], int]] = {
    JobKind.TAG: _tag,
    JobKind.UNTAG: _tag,
    JobKind.LIST: _list,
}


def _is_at_its_end(job: BulkJob) -> bool:
    job.refresh_from_db()
    if job.state != JobState.RUNNING:
        return False
    return not BulkPart.objects.filter(job=job, number__gte=job.position).exists()


def _is_over(job: BulkJob, came_to_its_end: bool, now: datetime) -> bool:
    if came_to_its_end:
        _end(job, JobState.DONE, "", now)
    job.refresh_from_db()
    return job.state != JobState.RUNNING


def _end(job: BulkJob, state: JobState, problem: str, now: datetime) -> None:
    with transaction.atomic():
        kept = now + KEPT if job.kind == JobKind.EXPORT else None
        ended = BulkJob.objects.filter(pk=job.pk, state=JobState.RUNNING).update(
            state=state, problem=problem[:400], finished_at=now, expires_at=kept
        )
        if ended:
            job.refresh_from_db()
            if not job.files:
                BulkPart.objects.filter(job=job).delete()
            changes = {"customers": job.done, "changed": job.changed, "state": state.value}
            record(Actor.of_system("bulk"), "bulk.end", job, now=now, changes=changes)
