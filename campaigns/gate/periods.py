"""Hours, days, weeks and months on somebody's clock, as moments of UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(*names: str) -> ZoneInfo:
    """The first of *names* that is a time zone, else UTC."""
    for name in names:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def period_of(period: str, zone: str, now: datetime) -> tuple[datetime, datetime]:
    """Beginning and end (UTC) of the hour, day, week (from Monday) or month around *now* in *zone*.

    Where clocks jump, a day has 23 or 25 hours. Raises ValueError for another *period*.
    """
    clock = zone_of(zone)
    today = now.astimezone(clock).date()
    match period:
        case "hour":
            # Zones differ by quarters of an hour, so the hour is the clock's, not UTC's.
            local = now.astimezone(clock)
            past = timedelta(
                minutes=local.minute, seconds=local.second, microseconds=local.microsecond
            )
            starts = (now - past).astimezone(UTC)
            return starts, starts + timedelta(hours=1)
        case "day":
            first, last = today, today + timedelta(days=1)
        case "week":
            first = today - timedelta(days=today.weekday())
            last = first + timedelta(days=7)
        case "month":
            first = today.replace(day=1)
            last = (first + timedelta(days=32)).replace(day=1)
        case _:
            raise ValueError(f"A period is an hour, day, week or month; got {period!r}.")
    return midnight(first, clock), midnight(last, clock)


def midnight(day: date, clock: ZoneInfo) -> datetime:
    """When *day* begins on *clock*, as a moment of UTC; a missing midnight moves forward."""
    return datetime.combine(day, time(0), clock).astimezone(UTC)
