"""Works an insight out step by step, and keeps its counts.

`result` of a row is {"sizes": {"people", "looked"}, "facets": [{"kind", "code", "edges",
"single", "whole"}], "items": [[facet, what, only, both, others]]}: counts only, so that a better
way to rank them shows at once.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from config.wake import wake
from customers.models import InsightState, SegmentInsight, User
from customers.segments.insight.collect import Collector
from customers.segments.insight.people import Compared, drop, gather

STEPS: Final = 6
# One statement may take so long; then the insight is stopped and says so.
BUDGET_SECONDS: Final = 300
# After so long without a step its worker is gone.
LOST: Final = timedelta(seconds=BUDGET_SECONDS + 60)
TASK: Final = "customers.segments.insight"
Clock = Callable[[], datetime]
Asked = Compared


def insight_of(asked: Asked) -> SegmentInsight | None:
    """The kept insight, None when nobody has asked for it; one query."""
    return SegmentInsight.objects.filter(**_key(asked)).first()


def ask(asked: Asked, *, by: User | None = None, now: datetime, wakes: bool = True) -> int:
    """Let it be worked out (again) by a worker; its id. One that is on its way stays as it is."""
    with transaction.atomic():
        row, is_new = SegmentInsight.objects.get_or_create(
            **_key(asked), defaults={"asked_at": now, "asked_by": by}
        )
        if not is_new:
            SegmentInsight.objects.filter(_free(now), pk=row.pk).update(
                state=InsightState.WAITING, step=0, problem="", asked_at=now, asked_by=by,
                moved_at=None, runner="",
            )  # fmt: skip
        if wakes:
            wake(TASK, row.pk)
    return row.pk


def stop(row: SegmentInsight) -> bool:
    """Stop it behind the step that is on its way; whether it was on its way."""
    going = SegmentInsight.objects.filter(
        pk=row.pk, state__in=[InsightState.WAITING, InsightState.RUNNING]
    )
    return bool(going.update(state=InsightState.STOPPED))


def run(insight_id: int, *, clock: Clock) -> bool:
    """Work it out; whether it is done now. Another process that is at it is left alone, and one
    that was stopped keeps what was found out before. A fixed number of statements."""
    mine, now, started = secrets.token_hex(8), clock(), time.monotonic()
    claimed = SegmentInsight.objects.filter(_waits(now), pk=insight_id).update(
        state=InsightState.RUNNING, runner=mine, step=0, moved_at=now, problem=""
    )
    if not claimed:
        return False
    row = SegmentInsight.objects.get(pk=insight_id)
    try:
        result = _work_out(row, mine, clock)
    except DatabaseError as error:
        took_long = getattr(error.__cause__, "sqlstate", "") == "57014"
        problem = _("It took longer than %(most)s seconds and was stopped.") % {
            "most": BUDGET_SECONDS
        }
        _mine(row, mine).update(
            state=InsightState.FAILED,
            problem=problem if took_long else _("It broke off. Try again, or tell an admin."),
        )
        if not took_long:
            raise
        return False
    if result is None:
        return False
    return bool(
        _mine(row, mine).update(
            state=InsightState.DONE,
            step=STEPS,
            result=result,
            computed_at=now,
            moved_at=clock(),
            seconds=time.monotonic() - started,
        )
    )


def look_after(now: datetime) -> int:
    """Wake what waits and what has lost its worker; how many."""
    waiting = Q(state=InsightState.WAITING, asked_at__lt=now - timedelta(seconds=60))
    lost = Q(state=InsightState.RUNNING, moved_at__lt=now - LOST)
    found = list(SegmentInsight.objects.filter(waiting | lost).values_list("pk", flat=True))
    for pk in found:
        wake(TASK, pk)
    return len(found)


# helpers


def _key(asked: Asked) -> dict[str, Any]:
    return {
        "segment_id": asked.segment_id,
        "other_id": asked.other_id,
        "brand_ids": sorted(asked.brand_ids),
    }


def _free(now: datetime) -> Q:
    """Nobody is at it."""
    resting = Q(state__in=[InsightState.DONE, InsightState.STOPPED, InsightState.FAILED])
    return resting | Q(state=InsightState.RUNNING, moved_at__lt=now - LOST)


def _waits(now: datetime) -> Q:
    return Q(state=InsightState.WAITING) | Q(state=InsightState.RUNNING, moved_at__lt=now - LOST)


def _mine(row: SegmentInsight, mine: str) -> Any:
    return SegmentInsight.objects.filter(pk=row.pk, runner=mine, state=InsightState.RUNNING)


def _work_out(row: SegmentInsight, mine: str, clock: Clock) -> dict[str, Any] | None:
    """The counts; None when somebody stopped it."""
    now = clock()
    compared = Compared(row.segment_id, row.other_id, tuple(row.brand_ids))
    with connection.cursor() as cursor:
        try:
            with _within_budget(cursor):
                sizes = gather(cursor, compared)
            collector = Collector(cursor, sizes, row.brand_ids, now)
            for number, step in enumerate(collector.steps, start=1):
                if not _mine(row, mine).update(step=number, moved_at=clock()):
                    return None
                with _within_budget(cursor):
                    step()
        finally:
            if not connection.needs_rollback:
                drop(cursor)
    return {
        "sizes": {"people": sizes.people, "looked": sizes.looked},
        "facets": [
            {
                "kind": each.kind,
                "code": each.code,
                "edges": each.edges,
                "single": each.is_single,
                "whole": each.is_whole,
            }
            for each in collector.facets
        ],
        "items": [[item.facet, item.what, *item.hits] for item in collector.items],
    }


@contextmanager
def _within_budget(cursor: Any) -> Iterator[None]:
    with transaction.atomic():
        cursor.execute(
            "SELECT current_setting('statement_timeout'),"
            " set_config('statement_timeout', %s, true)",
            [f"{BUDGET_SECONDS}s"],
        )
        before = cursor.fetchone()[0]
        yield
        # Inside of another transaction it would stay.
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
