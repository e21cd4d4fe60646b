"""What workers of the default queue do for webhooks."""

from __future__ import annotations

import time
from datetime import timedelta

from celery import shared_task

from config.clock import utc_now
from config.wake import wake
from journeys.models import Delivery
from journeys.subscriptions.deliver import deliver_due
from journeys.webhooks.work import call_due

BUDGET_SECONDS = 30.0
CALL = "journeys.webhooks.call"
DELIVER = "journeys.webhooks.deliver"
KEPT = timedelta(days=14)


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


@shared_task(name=DELIVER)
def deliver() -> int:
    """Tell subscribers what is due; returns how many calls were made."""
    ends, made = time.monotonic() + BUDGET_SECONDS, 0
    while time.monotonic() < ends:
        done = deliver_due(utc_now())
        made += done
        if not done:
            return made
    wake(DELIVER)
    return made


@shared_task(name="journeys.webhooks.forget")
def forget() -> int:
    """Remove calls of subscriptions after two weeks."""
    count, _by_model = Delivery.objects.filter(at__lt=utc_now() - KEPT).delete()
    return count
