"""What workers of the default queue do for webhooks."""

from __future__ import annotations

import time

from celery import shared_task

from config.clock import utc_now
from config.wake import wake
from journeys.webhooks.work import call_due

BUDGET_SECONDS = 30.0
CALL = "journeys.webhooks.call"


@shared_task(name=CALL)
def call() -> int:
    """Make the calls that are due; returns how many were made."""
    ends, made = time.monotonic() + BUDGET_SECONDS, 0
    while time.monotonic() < ends:
        done = call_due(utc_now())
        made += done.made
        if not done.made:
            return made
    wake(CALL)
    return made
