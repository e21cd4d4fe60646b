"""What workers do for journeys. A task only says "look"; everything it needs is in the database."""

from __future__ import annotations

import time
from datetime import timedelta

from celery import shared_task

from config.clock import utc_now
from config.wake import wake
from journeys.actions.window import close_ended
from journeys.demo.pulse import pulse
from journeys.engine import lag, moving
from journeys.engine import tick as engine_tick
from journeys.engine import watch as watchdog
from journeys.engine.history import drop_before, ensure_between, fold_counts
from journeys.engine.statements import execute
from journeys.models import MoveState
from journeys.queries.storage import kept
from journeys.sends.follow import finish_sends
from journeys.webhooks.tasks import call

__all__ = ["advance", "call", "clean", "move", "pulse", "tick", "watch"]
# A task is short: the next one goes on with a long move.
MOVE_SECONDS = 20.0
CALLS_KEPT = timedelta(days=90)


@shared_task(name="journeys.tasks.tick")
def tick() -> None:
    """The look of every second: whoever is due, and what a wake-up missed."""
    engine_tick.tick(utc_now())


@shared_task(name="journeys.tasks.advance")
def advance() -> None:
    """A wake-up: an event came in that moves somebody."""
    engine_tick.tick(utc_now(), budget_seconds=2.0)


@shared_task(name="journeys.tasks.move")
def move() -> None:
    """Go on with moves of people, and put away those that are done."""
    end = time.monotonic() + MOVE_SECONDS
    for each in moving.open_moves():
        left = end - time.monotonic()
        if left <= 0:
            wake(moving.MOVE)
            return
        if each.state == MoveState.RUNNING and not moving.go(each, utc_now(), seconds=left):
            wake(moving.MOVE)
            return
        moving.sweep(each, utc_now())


@shared_task(name="journeys.tasks.watch")
def watch() -> None:
    """The watchdog's look, journeys whose time is over, and sends that have gone out."""
    now = utc_now()
    close_ended(now)
    finish_sends(now)
    watchdog.watch(now)


@shared_task(name="journeys.tasks.clean")
def clean() -> None:
    """Forget listeners that nothing can wake any more, who would enter too late, tasks that nobody
    needs, calls that were settled long ago, old counts of lag, and steps that are older than they
    are kept; fold old sums into days; make room for the steps of the next weeks."""
    now = utc_now()
    execute("forget_listeners", {"before": now - timedelta(days=1)})
    lag.forget(now)
    if (span := kept()) is not None:
        drop_before(now - span)
    ensure_between(now, now + timedelta(days=40))
    execute("forget_entrants", {"before": now - timedelta(days=30)})
    execute("close_tasks_of_ended", {"now": now})
    execute("forget_calls", {"before": now - CALLS_KEPT})
    fold_counts(now)
