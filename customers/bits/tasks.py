"""Wake-ups of the kept sets; all of them run in the queue of audiences."""

from __future__ import annotations

import time

from celery import shared_task

from config.clock import utc_now
from config.wake import wake
from customers.bits import upkeep
from customers.bits.build import build_wanted
from customers.bits.follow import BATCH, follow, sweep

# A task is short: what is left is taken by the next look.
SECONDS = 20.0


@shared_task(name="customers.bits.build")
def build_sets() -> None:
    """Make the sets that are asked for, once older transactions have ended."""
    until = time.monotonic() + SECONDS
    while build_wanted(now=utc_now()) and time.monotonic() < until:
        time.sleep(0.2)


@shared_task(name="customers.bits.follow")
def follow_changes() -> int:
    """Bring the sets up to date with what changed; make what is asked for."""
    build_wanted(now=utc_now())
    until, taken = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        took = follow(now=utc_now())
        taken += took
        sweep()
        if took < BATCH:
            return taken
    wake("customers.bits.follow")
    return taken


@shared_task(name="customers.bits.upkeep")
def look_after_sets() -> int:
    """Drop what nobody uses, make the days to come, compare the rest with the truth."""
    now = utc_now()
    upkeep.drop_unused(now=now)
    upkeep.make_days_ahead(now=now)
    return upkeep.compare_all(now=now)
