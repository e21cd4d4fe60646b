"""Moments on a customer's own clock. A missing hour moves forward, a doubled hour happens once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    """The zone called *name*; UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def moment_at(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment at which clocks of *zone* show *at* on *day*, in UTC.

    `fold=0` is the first of two; for a time that clocks skip it is as much later as they skip.
    """
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


def next_opening(
    since: datetime, zone: ZoneInfo, days: Collection[str], opens: time, closes: time
) -> datetime:
    """*since* itself when the window is open then, else when it opens next, in UTC.

    A window that closes at or before its opening time runs over midnight and belongs to the day on
    which it opens. The closing moment is outside.
    """
    today = since.astimezone(zone).date()
    over = DAY if closes <= opens else timedelta(0)
    for ahead in range(-1, 9):
        day = today + ahead * DAY
        if WEEKDAYS[day.weekday()] not in days:
            continue
        begin = moment_at(day, opens, zone)
        end = moment_at(day + over, closes, zone)
        if since < end:
            return max(since, begin)
    raise ValueError("A window needs at least one day.")


def shifted(moment: datetime, offset: timedelta, at: time | None, zone: ZoneInfo) -> datetime:
    """*moment* moved by *offset*: whole days in the calendar of *zone*, the rest as elapsed time;
    then at the time *at* of that day when one is given."""
    days = timedelta(days=int(offset / DAY))
    local = moment.astimezone(zone)
    day = local.date() + days
    return moment_at(day, at or local.time(), zone) + (offset - days)


def read_date(value: object, zone: ZoneInfo) -> datetime | None:
    """A stored date (her midnight) or moment as a moment; None for anything else."""
    if not isinstance(value, str) or len(value) < 10:
        return None
    try:
        if len(value) == 10:
            return moment_at(date.fromisoformat(value), time(), zone)
        found = datetime.fromisoformat(value)
        return found if found.tzinfo else found.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
