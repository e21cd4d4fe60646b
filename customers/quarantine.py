"""Taking in again, or dropping, what is set aside: part by part, each of them one transaction.

An item leaves the quarantine in the transaction in which the door takes it in, so whatever is
killed, it is in one place and never in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from time import monotonic
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from customers.ingest import Batch, Item, ingest
from customers.ingest.expected import Expected, read_expected, screen
from customers.ingest.mending import Mend, mended, read_mending
from customers.ingest.quarantine import unpack
from customers.models import (
    EventSchema,
    QuarantinedItem,
    QuarantineJob,
    QuarantineState,
    QuarantineVerb,
)

PART: Final = 500
Clock = Callable[[], datetime]


def run(job_id: int, *, clock: Clock, seconds: float | None = None) -> bool:
    """Go on with a job; return whether it came to an end. Stops when somebody stopped it, when
    another process is on it, or after `seconds`."""
    until = None if seconds is None else monotonic() + seconds
    while True:
        went_on = _one_part(job_id, clock())
        if went_on is None:
            rows = QuarantineJob.objects.filter(pk=job_id, state=QuarantineState.RUNNING)
            return not rows.exists()
        if until is not None and monotonic() > until:
            return False


# helpers


def _one_part(job_id: int, now: datetime) -> int | None:
    """Do the next part; None when there is none, or not for us."""
    with transaction.atomic(), connection.cursor() as cursor:
        rows = QuarantineJob.objects.select_for_update(skip_locked=True, no_key=True)
        job = rows.filter(pk=job_id, state=QuarantineState.RUNNING).first()
        if job is None:
            return None
        part = list(
            QuarantinedItem.objects.select_for_update()
            .filter(brand=job.brand_id, event=job.event, pk__gt=job.position, pk__lte=job.last_id)
            .order_by("pk")[:PART]
        )
        if not part:
            _finish(job, now)
            return None
        if job.verb == QuarantineVerb.DROP:
            gone = [each.pk for each in part]
        else:
            gone = _replay(cursor, job, part, now)
        QuarantinedItem.objects.filter(pk__in=gone).delete()
        QuarantineJob.objects.filter(pk=job.pk).update(
            position=part[-1].pk,
            done=F("done") + len(part),
            taken=F("taken") + len(gone),
            moved_at=now,
        )
        return len(part)


def _finish(job: QuarantineJob, now: datetime) -> None:
    QuarantineJob.objects.filter(pk=job.pk).update(state=QuarantineState.DONE, finished_at=now)


def _replay(
    cursor: Any, job: QuarantineJob, part: Sequence[QuarantinedItem], now: datetime
) -> list[int]:
    """The ids of those that the door has taken in, or has had before."""
    # Nobody changes what is expected between this look and that of the door.
    list(EventSchema.objects.select_for_update().filter(brand=job.brand_id).order_by("pk"))
    expected = read_expected(cursor, job.brand_id)
    mending = read_mending(job.mending)
    stay: list[QuarantinedItem] = []
    gone: list[int] = []
    for (source, kind), rows in groupby(
        sorted(part, key=lambda row: (row.source, row.source_kind, row.pk)),
        key=lambda row: (row.source, row.source_kind),
    ):
        ready = _fit(list(rows), job.event, mending, expected, stay)
        if not ready:
            continue
        items = [item for _row, item in ready]
        done = ingest(Batch(source, items, brand_id=job.brand_id, source_kind=kind), now=now)
        problems = {each.place: each.text for each in [*done.refused, *done.quarantined]}
        for row, item in ready:
            if item.place in problems:
                row.problem = problems[item.place][:300]
                stay.append(row)
            else:
                gone.append(row.pk)
    QuarantinedItem.objects.bulk_update(stay, ["problem", "reasons"])
    return gone


def _fit(
    rows: Sequence[QuarantinedItem],
    event: str,
    mending: Sequence[Mend],
    expected: Mapping[str, Expected],
    stay: list[QuarantinedItem],
) -> list[tuple[QuarantinedItem, Item]]:
    """Those that are as expected once they are mended; the others are put to `stay`."""
    items = [_mended(unpack(str(row.pk), row.item), event, mending) for row in rows]
    screened = screen(items, expected)
    wrong = {held.position: held for held in screened.held}
    ready = []
    for index, (row, item) in enumerate(zip(rows, items, strict=True)):
        if index in wrong:
            row.reasons = [list(breach) for breach in wrong[index].breaches]
            row.problem = wrong[index].text[:300]
            stay.append(row)
        elif index in screened.blocked:
            row.problem = _("This event is on the block list.")
            stay.append(row)
        else:
            ready.append((row, item))
    return ready


def _mended(item: Item, event: str, mending: Sequence[Mend]) -> Item:
    events = [
        replace(each, properties=mended(each.properties, mending))
        if each.name.strip() == event
        else each
        for each in item.events
    ]
    return replace(item, events=events)
