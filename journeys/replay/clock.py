"""The virtual clock: engine, gate and outbox run at each moment at which one of them has work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

from campaigns.gate import decide
from campaigns.outbox import dispatch, settle
from customers.models import BUCKETS
from journeys.engine.advance import advance
from journeys.engine.by_time import enter_by_time

EVERYBODY = range(BUCKETS)
BATCH = 20_000
MESSAGES = 5_000

NEXT = """
SELECT min(at) FROM (
    (SELECT min(due_at) AS at FROM journeys_due)
    UNION ALL
    SELECT min(due_at) FROM journeys_entrant
    UNION ALL
    SELECT min(due_at) FROM campaigns_candidate WHERE state IN ('waiting', 'deferred')
    UNION ALL
    SELECT min(next_attempt_at) FROM campaigns_message WHERE next_attempt_at IS NOT NULL
) work
"""


class Clock:
    """Virtual time. It never goes back; `grain` is how much of it one round may cover."""

    def __init__(self, now: datetime, grain: timedelta) -> None:
        self.now = now
        self.grain = grain

    def run_until(self, end: datetime) -> None:
        """Do everything that falls due up to *end*, moment by moment."""
        while (due := next_work()) is not None and due <= end:
            before = self.now
            self.now = max(self.now, min(self._rounded_up(due), end))
            if not work(self.now) and next_work() == due and before == self.now:
                return  # nobody can do it: an account is paused, or the like

    def _rounded_up(self, moment: datetime) -> datetime:
        if not self.grain:
            return moment
        start = datetime(2000, 1, 1, tzinfo=UTC)
        return start + -((start - moment) // self.grain) * self.grain


def next_work() -> datetime | None:
    """When engine, gate or outbox have something to do next."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT)
        row: tuple[datetime | None] = cursor.fetchone()
        return row[0]


def work(now: datetime, *, compiled: bool = True) -> bool:
    """Do what is due at *now*; return whether there was anything. Unless *compiled*, every step is
    walked by the batch interpreter."""
    busy = False
    while True:
        entered, more = enter_by_time(now)
        busy = busy or bool(entered)
        if not more:
            break
    while True:
        moved = advance(now, limit=BATCH, buckets=EVERYBODY, compiled=compiled)
        busy = busy or bool(moved.moved or moved.held or moved.steps)
        if not moved.more:
            break
    while True:
        decided = decide(now)
        busy = busy or bool(decided.total)
        if not decided.more:
            break
    settled = settle(now)
    busy = busy or bool(settled.again or settled.uncertain)
    while True:
        sent = dispatch(now, limit=MESSAGES, record_only=True)
        busy = busy or bool(sent.claimed)
        if not sent.claimed:
            return busy
