"""Moments on a customer's clock: when clocks jump, windows over midnight, dates and offsets."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from journeys.nodes.clock import WEEKDAYS, moment_at, next_opening, read_date, shifted, zone_of

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        (date(2026, 3, 29), time(2, 30), utc(2026, 3, 29, 1, 30)),  # skipped: 3:30 summer time
        (date(2026, 10, 25), time(2, 30), utc(2026, 10, 25, 0, 30)),  # twice: the first one
        (date(2026, 3, 29), time(9), utc(2026, 3, 29, 7)),
        (date(2026, 3, 28), time(9), utc(2026, 3, 28, 8)),
    ],
)
def test_a_clock_that_jumps(day: date, at: time, moment: datetime) -> None:
    assert moment_at(day, at, BERLIN) == moment


def test_window_by_looking_at_every_minute() -> None:
    """The next opening is the first minute at which the customer's clock is inside."""
    for opens, closes, days in (
        (time(9), time(20), WEEKDAYS),
        (time(22), time(6), ("fri", "sun")),
        (time(2, 30), time(3), ("sun",)),
        (time(0), time(0), ("tue",)),
    ):
        for start in (utc(2026, 3, 27, 11, 7), utc(2026, 3, 29, 0, 30), utc(2026, 10, 24, 23)):
            found = next_opening(start, BERLIN, days, opens, closes)
            minute = start
            while not inside(minute, days, opens, closes):
                minute = minute.replace(second=0) + timedelta(minutes=1)
                assert minute < start + timedelta(days=9)
            assert found == minute, (opens, closes, start)


def inside(moment: datetime, days: tuple[str, ...], opens: time, closes: time) -> bool:
    """Whether the clock on the wall is inside, said without next_opening."""
    local = moment.astimezone(BERLIN)
    now, today = local.time(), WEEKDAYS[local.weekday()]
    yesterday = WEEKDAYS[local.weekday() - 1]
    jumped = local.date() == date(2026, 3, 29) and opens == time(2, 30)
    if jumped:  # the whole window is skipped and moves forward with its hour
        return today in days and time(3, 30) <= now < time(4)
    if closes > opens:
        return today in days and opens <= now < closes
    return (today in days and now >= opens) or (yesterday in days and now < closes)


def test_dates_and_offsets() -> None:
    midnight = read_date("2026-06-18", SHANGHAI)
    assert midnight == utc(2026, 6, 17, 16)
    assert shifted(midnight, timedelta(days=-30), time(9), SHANGHAI) == utc(2026, 5, 19, 1)
    moment = read_date("2026-03-28T20:00:00Z", BERLIN)
    assert moment is not None
    # A day later on the calendar, at the same time of the clock: 23 hours on that night.
    assert shifted(moment, timedelta(days=1), None, BERLIN) == utc(2026, 3, 29, 19)
    assert shifted(moment, timedelta(hours=24), None, BERLIN) == utc(2026, 3, 29, 19)
    assert shifted(moment, timedelta(hours=-2), None, BERLIN) == utc(2026, 3, 28, 18)
    for rubbish in ("soon", 7, None, "2026-02-30", "2026-13-01T00:00"):
        assert read_date(rubbish, BERLIN) is None
    assert zone_of("Mars/Olympus").key == "UTC"
