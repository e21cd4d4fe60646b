"""The reading of days and moments, in every form in which files write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from customers.imports.values import BadValue, read_number, read_text, unexpected

_CLOCK = r"([T ]+\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?)( ?(Z|[+-]\d{2}:?\d{2}))?"
_YMD = r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
_PACKED = r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"
_HAN = r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日"
_DMY = r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})"
_MDY = r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4})"
DATES: Final = {
    "ymd": [re.compile(f"{form}(?P<clock>{_CLOCK})?") for form in (_YMD, _HAN, _PACKED)],
    "dmy": [re.compile(f"{_DMY}(?P<clock>{_CLOCK})?")],
    "mdy": [re.compile(f"{_MDY}(?P<clock>{_CLOCK})?")],
}
# Days since 1899-12-30, as Excel writes a day into a CSV: from 1980 to 2079.
SERIALS: Final = range(29_221, 65_746)
# Seconds since 1970, from 1990 to 2100; ten times as many digits mean milliseconds.
SECONDS: Final = range(631_152_000, 4_102_444_800)
_EXCEL_DAY: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - as in the file, the zone comes later


def read_moment(
    value: object, order: str, zone: ZoneInfo, *, whole_day: bool = False
) -> date | datetime:
    """A date (`whole_day`) or a moment in UTC; a date alone is the midnight of `zone`."""
    found: date | datetime
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - zone below
    elif order in ("excel", "unix"):
        found = _counted(value, order)
    else:
        found = parse(read_text(value), order)
    if whole_day:
        return found.date()
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise BadValue(
            _("“%(value)s” is no day or time of the calendar.") % {"value": str(value)[:40]}
        ) from None


@lru_cache(maxsize=16_384)
def parse(text: str, order: str) -> datetime:
    """The naive or aware datetime of a text. Impossible dates raise BadValue."""
    for form in DATES[order]:
        if not (found := form.fullmatch(text)):
            continue
        try:
            day = date(int(found["y"]), int(found["m"]), int(found["d"]))
            clock = (found["clock"] or "00:00").lstrip("T ").replace(" ", "")
            if clock[1] == ":":
                clock = f"0{clock}"
            return datetime.fromisoformat(f"{day.isoformat()}T{clock}")
        except ValueError:
            raise BadValue(
                _("“%(value)s” is no day or time of the calendar.") % {"value": text[:40]}
            ) from None
    raise unexpected(text, _("a date or time such as 2026-01-31 or 2026-01-31 09:30"))


# helpers


def _counted(value: object, order: str) -> datetime:
    """A moment that is written as a count of days (naive) or of seconds (in UTC)."""
    number = read_number(value)
    try:
        if order == "excel":
            # To the second: a day's fraction has no more in it than Excel shows.
            return _EXCEL_DAY + timedelta(seconds=round(number * 86_400))
        seconds = number if -SECONDS.stop < number < SECONDS.stop else number / 1_000
        return datetime.fromtimestamp(float(seconds), UTC)
    except (OverflowError, ValueError, OSError):
        raise BadValue(
            _("“%(value)s” is no day or time of the calendar.") % {"value": str(value)[:40]}
        ) from None
