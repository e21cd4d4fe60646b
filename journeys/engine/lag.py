"""How late the engine does what falls due by the clock: counted per minute, read as quantiles.

Only timers of waits count: an event is due at its own time, which may lie long before it comes in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from journeys.engine.statements import execute, fetch
from journeys.models import LagCount, TimerKind

KEPT = timedelta(days=1)
_FIRST = 8  # milliseconds; the finest bound


@dataclass(frozen=True)
class Lag:
    """Oldest timer that is due and not done (seconds), and quantiles of those done in a period
    (seconds, None when none was); `n` is how many those were."""

    oldest: float = 0.0
    p50: float | None = None
    p99: float | None = None
    n: int = 0


def waits_of(timers: Iterable[tuple[int, datetime]], now: datetime) -> Counter[int]:
    """Milliseconds from due to *now* of the timers of waits, given as (kind, due)."""
    return Counter(
        int((now - due).total_seconds() * 1000)
        for kind, due in timers
        if kind == TimerKind.TIME and due <= now
    )


def note(waits: Mapping[int, int], more_ms: float, now: datetime) -> None:
    """Count *waits*, (milliseconds → how many), which were done *more_ms* after they were taken."""
    bins: Counter[int] = Counter()
    for ms, n in waits.items():
        bins[bound(ms + more_ms)] += n
    if bins:
        execute(
            "note_lag",
            {
                "minute": now.replace(second=0, microsecond=0),
                "bounds": sorted(bins),
                "ns": [bins[each] for each in sorted(bins)],
            },
        )


def read(now: datetime, period: timedelta = timedelta(minutes=15)) -> Lag:
    """The lag just now, with the quantiles of the last *period*; two queries."""
    [(oldest,)] = fetch("read_lag", {"now": now})
    rows = LagCount.objects.filter(minute__gt=now - period, minute__lte=now)
    bins: Counter[int] = Counter()
    for at_most, n in rows.values_list("at_most_ms", "n"):
        bins[at_most] += n
    return Lag(
        max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        quantile(bins, 0.5),
        quantile(bins, 0.99),
        sum(bins.values()),
    )


def history(now: datetime, hours: int = 24) -> list[tuple[datetime, int, float | None]]:
    """(hour, how many were done, p99 in seconds) of the last hours, oldest first; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT date_trunc('hour', minute, 'UTC'), at_most_ms, sum(n)::bigint"
            " FROM journeys_lagcount WHERE minute > %s GROUP BY 1, 2",
            [now - timedelta(hours=hours)],
        )
        rows = cursor.fetchall()
    by_hour: dict[datetime, Counter[int]] = {}
    for hour, bound_ms, n in rows:
        by_hour.setdefault(hour, Counter())[bound_ms] += n
    return [
        (hour, sum(bins.values()), quantile(bins, 0.99)) for hour, bins in sorted(by_hour.items())
    ]


def forget(now: datetime) -> None:
    """Drop the counts of more than a day ago."""
    LagCount.objects.filter(minute__lt=now - KEPT).delete()


def bound(ms: float) -> int:
    """The least bound that *ms* does not exceed."""
    found = _FIRST
    while found < ms:
        found *= 2
    return found


def quantile(bins: Mapping[int, int], share: float) -> float | None:
    """The bound in seconds within which *share* of all were done."""
    rest = share * sum(bins.values())
    for at_most in sorted(bins):
        rest -= bins[at_most]
        if rest <= 0 and bins[at_most]:
            return at_most / 1000
    return None
