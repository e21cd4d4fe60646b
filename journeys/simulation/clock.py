"""The clock of a simulation: whatever of engine, gate and outbox is due at a moment is done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from campaigns.gate import decide
from campaigns.outbox import dispatch
from journeys.engine.advance import advance
from journeys.engine.by_time import enter_by_time, next_run
from journeys.engine.versions import Version
from journeys.nodes.running import RunTrigger
from journeys.nodes.trigger_absence import TriggerAbsence
from journeys.nodes.trigger_audience import TriggerAudience
from journeys.nodes.trigger_date import TriggerDate
from journeys.replay.clock import EVERYBODY, next_work

DUE = {
    "walks": "SELECT EXISTS (SELECT 1 FROM journeys_timer WHERE due_at <= %(now)s)",
    "wishes": "SELECT EXISTS (SELECT 1 FROM campaigns_candidate"
    " WHERE state IN ('waiting', 'deferred') AND due_at <= %(now)s)",
    "messages": "SELECT EXISTS (SELECT 1 FROM campaigns_message WHERE next_attempt_at <= %(now)s)",
}
# One customer is never due so often at one moment, unless a loop of waits lies in the past.
MOST_TURNS = 60


class Clock:
    """Virtual time. It never goes back.

    Steps are walked by the batch interpreter, which asks node by node and so can be listened to;
    the tests let the compiler walk the same.
    """

    def __init__(self, cursor: Any, version: Version, start: datetime) -> None:
        self.cursor = cursor
        self.version = version
        self.start = start
        self.now = start
        triggers = version.graph.triggers() if version.graph else []
        self.enters_by_time = any(
            isinstance(node, TriggerDate | TriggerAbsence)
            or (isinstance(node, RunTrigger) and not _enters_whole(node))
            for node in triggers
        )

    def work(self, show: Callable[[], AbstractContextManager[None]]) -> bool:
        """Do all that is due now; tells whether anything was. *show* is open around each hand-over
        of messages."""
        busy = False
        for _turn in range(MOST_TURNS):
            done = bool(self.enters_by_time and enter_by_time(self.now)[0])
            if self.is_due("walks"):
                done = True
                while advance(self.now, buckets=EVERYBODY, compiled=False).more:
                    pass
            # What has just been wished for is decided now, what is allowed goes out now.
            if self.is_due("wishes"):
                done |= decide(self.now).total > 0
            if self.is_due("messages"):
                with show():
                    done |= dispatch(self.now, record_only=True).claimed > 0
            if not done:
                break
            busy = True
        return busy

    def next_moment(self, end: datetime) -> datetime | None:
        """When there is something to do next, if that is before or at *end*; it may be now."""
        run = next_run(self.version, self.start, self.now, end) if self.enters_by_time else None
        moments = [moment for moment in (next_work(), run) if moment is not None and moment <= end]
        return max(min(moments), self.now) if moments else None

    def is_due(self, what: str) -> bool:
        """Whether walks, wishes or messages are due now."""
        self.cursor.execute(DUE[what], {"now": self.now})
        return bool(self.cursor.fetchone()[0])


# helpers


def _enters_whole(node: RunTrigger[Any]) -> bool:
    """Whether the engine has a quicker way for it, see journeys/engine/audience.py."""
    return isinstance(node, TriggerAudience) and not node.is_limited
