"""One look of the engine: release, enter audiences, and move whoever is due within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from config import heartbeat
from journeys.engine import lag
from journeys.engine.advance import LIMIT, Advanced, advance
from journeys.engine.audience import enter_audiences
from journeys.engine.by_time import enter_by_time
from journeys.engine.compiled import keeping_programs
from journeys.engine.statements import execute, fetch

# One who enters costs less than half of one who is moved.
ENTERING = 2
# A batch should take about this long: long enough to be efficient, short enough to share.
GOAL_SECONDS = 1.0
LEAST = 250
RELEASE = 20_000


@dataclass
class Pace:
    """How many customers a batch takes: fewer when the database is slow, more when it is quick."""

    limit: int = LIMIT

    def learn(self, seconds: float) -> None:
        """Adapt to how long the last batch took."""
        if seconds > GOAL_SECONDS:
            self.limit = max(LEAST, self.limit // 2)
        elif seconds < GOAL_SECONDS / 3:
            self.limit = min(LIMIT, self.limit * 2)


_pace = Pace()


def tick(
    now: datetime,
    budget_seconds: float = 5.0,
    *,
    pace: Pace | None = None,
    clock: Callable[[], float] = time.monotonic,
    compiled: bool = True,
) -> Advanced:
    """Move everybody who is due at *now*, but begin no batch after *budget_seconds*.

    Any number of workers may do this at once: each takes the customers that the others have not.
    Beats as "engine" with the lag in seconds, so that a page can tell an engine that is behind.
    """
    pace = pace or _pace
    start = clock()
    end = start + budget_seconds
    execute("release_held", {"limit": RELEASE})
    with keeping_programs():
        more_to_enter, done = _let_in(now, pace, clock, compiled), Advanced()
        while True:
            begun = clock()
            batch = advance(now, limit=pace.limit, compiled=compiled)
            done += batch
            if batch.steps:
                pace.learn(clock() - begun)
            lag.note(batch.waits, (clock() - start) * 1000, now)
            if clock() >= end:
                break
            if not batch.more:
                if not more_to_enter:
                    break
                more_to_enter = _let_in(now, pace, clock, compiled)
    behind = lag_seconds(now)
    heartbeat.beat(
        "engine", now, lag_seconds=round(behind, 3), moved=done.moved, set_aside=done.set_aside
    )
    return done


def lag_seconds(now: datetime) -> float:
    """How long the oldest timer that is due has been waiting."""
    [(oldest,)] = fetch("read_lag", {"now": now})
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def next_due() -> datetime | None:
    """When the engine has something to do next; None when nobody waits for a time."""
    [(due,)] = fetch("next_due", {})
    return cast("datetime | None", due)


# helpers


def _let_in(now: datetime, pace: Pace, clock: Callable[[], float], compiled: bool) -> bool:
    """The next of every audience that is entering, and whoever has a time to enter; tells whether
    there are more."""
    begun = clock()
    entered, more = enter_audiences(now, limit=pace.limit * ENTERING, compiled=compiled)
    if entered:
        pace.learn(clock() - begun)
    _entered, again = enter_by_time(now)
    return more or again
