"""What workers do for journeys. A task only says "look"; everything it needs is in the database."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from config.clock import utc_now
from journeys.demo.pulse import pulse
from journeys.engine import tick as engine_tick
from journeys.engine.statements import execute

__all__ = ["advance", "clean", "pulse", "tick"]


@shared_task(name="journeys.tasks.tick")
def tick() -> None:
    """The look of every second: whoever is due, and what a wake-up missed."""
    engine_tick.tick(utc_now())


@shared_task(name="journeys.tasks.advance")
def advance() -> None:
    """A wake-up: an event came in that moves somebody."""
    engine_tick.tick(utc_now(), budget_seconds=2.0)


@shared_task(name="journeys.tasks.clean")
def clean() -> None:
    """Forget listeners that nothing can wake any more."""
    execute("forget_listeners", {"before": utc_now() - timedelta(days=1)})
