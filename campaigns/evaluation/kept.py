"""Answers that take long to count are kept, and shown with their age while they are counted anew.

What is counted quickly is counted at each look, so a small house always sees this very moment. The
rest is at most a minute old, as long as somebody looks; whoever comes after a long time waits for
a new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final, NamedTuple

from django.db.models import Q

from campaigns.models import Answer
from config.wake import wake

QUICK: Final = 0.4  # seconds; what takes no longer is not kept
FRESH: Final = timedelta(minutes=1)
STALE: Final = timedelta(hours=1)  # older than that, nobody is shown it
LOST: Final = timedelta(minutes=5)  # so long after it was asked for, a new count is asked for again
FORGOTTEN: Final = timedelta(days=2)
TASK: Final = "campaigns.evaluation.count"

# (question as JSON, now) → answer as JSON
Counter = Callable[[Mapping[str, Any], datetime], Any]
_counters: dict[str, Counter] = {}


class Kept(NamedTuple):
    """An answer and when it was counted."""

    data: Any
    read_at: datetime


def register_counter(name: str, counter: Counter) -> None:
    """Make known how the questions called *name* are counted."""
    _counters[name] = counter


def answer(name: str, question: Mapping[str, Any], now: datetime) -> Kept:
    """What *question* (as JSON) is answered: kept, or counted now. Raises KeyError for a name that
    nobody has registered."""
    key = _key(name, question)
    row = Answer.objects.filter(pk=key).first()
    if row is None or not now - STALE <= row.read_at:
        return count(name, question, now)
    if row.read_at < now - FRESH:
        free = Answer.objects.filter(Q(asked_at=None) | Q(asked_at__lt=now - LOST), pk=key)
        if free.update(asked_at=now):
            wake(TASK, name, dict(question), expires=LOST.total_seconds())
    return Kept(row.data, row.read_at)


def count(name: str, question: Mapping[str, Any], now: datetime) -> Kept:
    """Count anew, and keep the answer when that took long."""
    began = perf_counter()
    data = _counters[name](question, now)
    took = perf_counter() - began
    key = _key(name, question)
    if took > QUICK:
        values = {"data": data, "read_at": now, "took": round(took, 3), "asked_at": None}
        Answer.objects.update_or_create(key=key, defaults=values)
    else:
        Answer.objects.filter(pk=key).delete()
    return Kept(data, now)


def forget(now: datetime) -> int:
    """Drop answers that nobody has asked for in days; returns how many."""
    return Answer.objects.filter(read_at__lt=now - FORGOTTEN).delete()[0]


# helpers


def _key(name: str, question: Mapping[str, Any]) -> str:
    text = json.dumps(question, sort_keys=True)
    return f"{name}:{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}"
