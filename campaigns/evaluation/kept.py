"""Answers that take long to count are kept, and shown with their age while they are counted anew.

What is counted quickly is counted at each look, so a small house always sees this very moment. The
rest is at most a minute old, as long as somebody looks. Nobody waits for more than seconds: what
takes longer the very first time is told to be on its way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final, NamedTuple

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from psycopg.errors import QueryCanceled

from campaigns.models import Answer
from config.wake import wake

QUICK: Final = 0.4  # seconds; what takes no longer is not kept
PATIENCE: Final = 2.0  # seconds that a reader waits for a statement when nothing is kept yet
FRESH: Final = timedelta(minutes=1)
STALE: Final = timedelta(hours=1)  # older than that, a new one is tried for before it is shown
LOST: Final = timedelta(minutes=5)  # so long after it was asked for, a new count is asked for again
FORGOTTEN: Final = timedelta(days=2)
TASK: Final = "campaigns.evaluation.count"
NOT_YET: Final = False  # in place of an answer while the first one is counted

# (question as JSON, now) → answer as JSON
Counter = Callable[[Mapping[str, Any], datetime], Any]
_counters: dict[str, Counter] = {}


class Kept(NamedTuple):
    """An answer and when it was counted; `data` is None while the first one is being counted."""

    data: Any
    read_at: datetime


def register_counter(name: str, counter: Counter) -> None:
    """Make known how the questions called *name* are counted."""
    _counters[name] = counter


def answer(name: str, question: Mapping[str, Any], now: datetime, *, wait: bool = False) -> Kept:
    """What *question* (as JSON) is answered: kept, or counted now while that is a matter of
    seconds; with *wait* however long it takes, for a file. Raises KeyError for a name that nobody
    has registered."""
    key = _key(name, question)
    row = Answer.objects.filter(pk=key).first()
    if wait and (row is None or row.data is NOT_YET):
        return count(name, question, now)
    if row is None or row.read_at < now - STALE:
        try:
            with transaction.atomic(), _patience():
                return count(name, question, now)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
        if row is None:
            values = {"data": NOT_YET, "read_at": now, "took": PATIENCE}
            row, _made = Answer.objects.get_or_create(key=key, defaults=values)
    if row.data is NOT_YET or row.read_at < now - FRESH:
        free = Answer.objects.filter(Q(asked_at=None) | Q(asked_at__lt=now - LOST), pk=key)
        if free.update(asked_at=now):
            wake(TASK, name, dict(question), expires=LOST.total_seconds())
    return Kept(None if row.data is NOT_YET else row.data, row.read_at)


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


@contextmanager
def _patience() -> Iterator[None]:
    """No statement inside takes longer than PATIENCE."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [_milliseconds()])
        yield
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])


def _milliseconds() -> str:
    return str(round(PATIENCE * 1_000))


def _key(name: str, question: Mapping[str, Any]) -> str:
    text = json.dumps(question, sort_keys=True)
    return f"{name}:{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}"
