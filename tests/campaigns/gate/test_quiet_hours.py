"""Quiet hours across midnight and where clocks jump."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from campaigns.gate.periods import zone_of
from campaigns.gate.rules.quiet_hours import quiet_until

BERLIN = ZoneInfo("Europe/Berlin")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (utc(2026, 3, 4, 13, 59), None),  # 21:59
        (utc(2026, 3, 4, 14, 0), utc(2026, 3, 5, 0, 0)),  # 22:00, the hours begin
        (utc(2026, 3, 4, 16, 30), utc(2026, 3, 5, 0, 0)),  # after midnight
        (utc(2026, 3, 4, 23, 59), utc(2026, 3, 5, 0, 0)),
        (utc(2026, 3, 5, 0, 0), None),  # 8:00, they are over
    ],
)
def test_across_midnight(now: datetime, over: datetime | None) -> None:
    assert quiet_until(now, ZoneInfo("Asia/Shanghai"), time(22), time(8)) == over


def test_within_one_day() -> None:
    noon = (time(12), time(14))
    assert quiet_until(utc(2026, 3, 4, 11, 59), ZoneInfo("UTC"), *noon) is None
    assert quiet_until(utc(2026, 3, 4, 12, 0), ZoneInfo("UTC"), *noon) == utc(2026, 3, 4, 14, 0)


def test_an_end_that_is_missing_moves_forward() -> None:
    # On 29 March 2026 Berlin goes from 2:00 to 3:00, so there is no 2:30: it is 3:30 (1:30 UTC).
    over = quiet_until(utc(2026, 3, 29, 0, 0), BERLIN, time(22), time(2, 30))
    assert over == utc(2026, 3, 29, 1, 30)
    assert over.astimezone(BERLIN).time() == time(3, 30)


def test_an_end_that_comes_twice_is_its_first() -> None:
    # On 25 October 2026 Berlin has 2:30 twice, at 0:30 and 1:30 UTC.
    hours = (time(22), time(2, 30))
    assert quiet_until(utc(2026, 10, 25, 0, 29), BERLIN, *hours) == utc(2026, 10, 25, 0, 30)
    assert quiet_until(utc(2026, 10, 25, 1, 15), BERLIN, *hours) is None


def test_the_long_night_is_quiet_to_its_end() -> None:
    # 22:00 to 8:00 over the change to winter time lasts eleven hours.
    assert quiet_until(utc(2026, 10, 24, 20, 0), BERLIN, time(22), time(8)) == utc(
        2026, 10, 25, 7, 0
    )


def test_the_first_zone_that_exists() -> None:
    assert zone_of("Mars/Olympus", "Asia/Tokyo").key == "Asia/Tokyo"
    assert zone_of("", "../../etc/passwd").key == "UTC"
