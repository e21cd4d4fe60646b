"""When a tag is refreshed next, on the clock of its brand."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from customers.models import RefreshEvery, Tag


def zone_of(tag: Tag) -> str:
    """The name of the zone on which days of the tag pass: that of its brand, else UTC."""
    name = tag.brand.timezone if tag.brand else "UTC"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
    return name


def next_refresh(every: str, at: time, zone: str, after: datetime) -> datetime | None:
    """The first moment later than *after*; None when it is refreshed only by hand.

    Hours are full hours of the clock, weeks begin on Monday. An hour that the clock leaves out
    moves forward, one that comes twice counts once.
    """
    here = ZoneInfo(zone)
    local = after.astimezone(here)
    if every == RefreshEvery.HOUR:
        # From the minutes of the local clock: some zones lie half an hour beside the others.
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return after - past + timedelta(hours=1)
    days = {RefreshEvery.DAY.value: 1, RefreshEvery.WEEK.value: 7}.get(every)
    if days is None:
        return None
    day = local.date()
    if every == RefreshEvery.WEEK:
        day -= timedelta(days=day.weekday())
    while True:
        found = datetime.combine(day, at, here).astimezone(after.tzinfo)
        if found > after:
            return found
        day += timedelta(days=days)
