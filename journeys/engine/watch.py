"""The watchdog: looks for walks that can't go on by themselves, a bounded part of them at a time.

Stuck: she waits at a step, and neither a timer nor an event that she listens for will ever move
her. Lost: her step is not in the graph of her version. A look reads so many enrollments in the
order of their numbers and goes on there the next time; what it found before is looked at anew each
time, so that what is mended disappears by itself. Everything is one snapshot: a walk that moves in
the same moment is never found. Orphans, timers and listeners of a walk that is not there (a row
deleted by hand, a restored table), are dropped on the way: they could move nobody.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from config import heartbeat
from config.models import Heartbeat
from journeys.engine.statements import execute, fetch

NAME = "watchdog"
END = 2**63 - 1
SPAN = 200_000
# Whoever arrived a moment ago may be on her way still.
PATIENCE = timedelta(minutes=5)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watched:
    """What a look found: new ones in trouble, how many are mended, what belonged to nobody and was
    dropped, and whether it came round."""

    found: int = 0
    mended: int = 0
    orphans: int = 0
    is_round: bool = False


def watch(now: datetime, *, span: int = SPAN) -> Watched:
    """Look at the next *span* enrollments, and again at everybody who was in trouble.

    Beats as "watchdog" with the number of the enrollment that comes next.
    """
    after = _position()
    with transaction.atomic():
        mended = execute("forget_mended", {})
        values = {"after": after, "span": span, "now": now, "before": now - PATIENCE}
        [(last, looked_at, found)] = fetch("find_trouble", values)
        is_round = looked_at < span
        between = {"first": after + 1, "last": END if is_round else last}
        [(orphans,)] = fetch("drop_orphans", between)
    if orphans:
        _log.warning("%s timers and listeners of walks that are not there were dropped", orphans)
    heartbeat.beat(NAME, now, position=0 if is_round else last)
    return Watched(found, mended, orphans, is_round)


# helpers


def _position() -> int:
    row = Heartbeat.objects.filter(name=NAME).values_list("details", flat=True).first()
    return int((row or {}).get("position") or 0)
