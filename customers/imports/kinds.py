"""Types of columns: recognised from a sample, and the reading of single values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d{1,2})?")
# A leading zero means a number of something: a code, a phone, a postcode.
CODE = re.compile(r"[+-]?0\d")
PHONE = re.compile(r"(\+\d[\d ()-]{6,18}|1[3-9]\d{9}|0\d{2,3}-\d{7,8})")
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
YES: Final = frozenset({"yes", "y", "true", "是", "有", "对"})
NO: Final = frozenset({"no", "n", "false", "否", "无", "不"})
_BETWEEN = re.compile(r"[,;|、，；]")
_CLOCK = r"([T ]+\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?)( ?(Z|[+-]\d{2}:?\d{2}))?"
_YMD = r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
_PACKED = r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"
_HAN = r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日"
_DMY = r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})"
_MDY = r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4})"
_DATES: Final = {
    "ymd": [re.compile(f"{form}(?P<clock>{_CLOCK})?") for form in (_YMD, _HAN, _PACKED)],
    "dmy": [re.compile(f"{_DMY}(?P<clock>{_CLOCK})?")],
    "mdy": [re.compile(f"{_MDY}(?P<clock>{_CLOCK})?")],
}
TYPES: Final = (
    "text", "number", "yes_no", "phone", "email", "list",
    "date", "date_dmy", "date_mdy", "date_excel",
    "datetime", "datetime_dmy", "datetime_mdy", "datetime_excel", "datetime_unix",
)  # fmt: skip
# Days since 1899-12-30, as Excel writes a day into a CSV: from 1980 to 2079.
SERIALS: Final = range(29_221, 65_746)
# Seconds since 1970, from 1990 to 2100; ten times as many digits mean milliseconds.
SECONDS: Final = range(631_152_000, 4_102_444_800)
_EXCEL_DAY: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - as in the file, the zone comes later
# A float holds that many digits and no more, so a longer number is not what was written.
EXACT: Final = 1e15


class BadValue(ValueError):
    """A cell that is not what its column holds; the text is a sentence."""


class CellError:
    """A cell of a workbook without a value: an error, or a formula that was never computed."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def recognise(values: Iterable[object]) -> str:
    """The type of a column from a sample of its values; "text" when they don't agree.

    Days, moments, phones and addresses are recognised among a few bad values too, so that those
    are refused; of numbers all must be, since codes are mostly made of digits. Dates such
    as 03/04/2026 that may be read both ways count as text, and the mapping must say which
    (date_dmy or date_mdy).
    """
    sample = [value for value in values if not is_empty(value) and type(value) is not CellError]
    if not sample:
        return "text"
    if not all(isinstance(value, str) for value in sample):
        return _native(sample)
    texts = [str(value).strip() for value in sample if isinstance(value, str)]
    if kind := _dates(texts):
        return kind
    for kind, form in (("phone", PHONE), ("email", EMAIL)):
        if _most(bool(form.fullmatch(text)) for text in texts):
            return kind
    if all(is_number(text) for text in texts):
        return "number"
    if all(text.lower() in YES | NO for text in texts):
        return "yes_no"
    return "text"


def reader(kind: str, zone: ZoneInfo) -> Callable[[object], Any]:
    """The function that reads one value of a column of this type; it raises BadValue.

    Moments without a zone are moments of `zone`. Dates give a date, moments an aware datetime in
    UTC, numbers an int or a Decimal.
    """
    family, _sep, order = kind.partition("_")
    if family == "date":
        return lambda value: read_moment(value, order or "ymd", zone, whole_day=True)
    if family == "datetime":
        return lambda value: read_moment(value, order or "ymd", zone)
    return {"number": read_number, "yes_no": read_yes_no, "list": read_list}.get(kind, read_text)


def is_empty(value: object) -> bool:
    """Whether a cell holds nothing."""
    return (
        value is None
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, float) and math.isnan(value))
    )


def is_number(text: str) -> bool:
    """Whether a text is a number and not a code that is made of digits."""
    return bool(NUMBER.fullmatch(text)) and text[-1:].isdigit() and not CODE.match(text)


def read_text(value: object) -> str:
    """A cell as text; whole numbers that a file keeps as 17850.0 come as 17850. Raises BadValue
    for what has no text that everybody would write in the same way."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float):
        if abs(value) >= EXACT:
            raise BadValue(
                _(
                    "The number %(value)s has more digits than a spreadsheet keeps. "
                    "Format the column as text before it is filled."
                )
                % {"value": value}
            )
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise BadValue(_("Expected text, but bytes came that are none.")) from None
    if isinstance(value, CellError):
        raise BadValue(value.text)
    if isinstance(value, dict | list | tuple):
        raise BadValue(_("Expected one value, but nested ones came. Give each a column."))
    return str(value)


def read_list(value: object) -> list[Any]:
    """Several values of one cell: as the file has them, or a text cut at commas or semicolons."""
    if isinstance(value, list | tuple):
        if any(isinstance(one, dict | list | tuple) for one in value):
            raise BadValue(_("Expected a list of values, but nested ones came."))
        return [_plain(one) for one in value if not is_empty(one)]
    return [one.strip() for one in _BETWEEN.split(read_text(value)) if one.strip()]


def read_number(value: object) -> int | Decimal:
    """A finite number; thousands may be set apart by commas."""
    if isinstance(value, bool):
        raise _bad(value, _("a number"))
    if isinstance(value, int):
        return value
    if isinstance(value, float | Decimal):
        found = value if isinstance(value, Decimal) else Decimal(str(value))
        if not found.is_finite():
            raise _bad(value, _("a number"))
        return found
    text = read_text(value)
    if not (NUMBER.fullmatch(text) and text[-1:].isdigit()):
        raise _bad(value, _("a number"))
    plain = text.replace(",", "")
    return Decimal(plain) if any(sign in plain for sign in ".eE") else int(plain)


def read_yes_no(value: object) -> bool:
    """Yes or no, in words of either language or as 1 and 0."""
    text = read_text(value).lower()
    if text in YES or text == "1":
        return True
    if text in NO or text == "0":
        return False
    raise _bad(value, _("yes or no"))


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
        found = _parse(read_text(value), order)
    if whole_day:
        return found.date()
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise BadValue(
            _("“%(value)s” is no day or time of the calendar.") % {"value": str(value)[:40]}
        ) from None


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


def _plain(value: object) -> Any:
    if isinstance(value, bool | int):
        return value
    return read_number(value) if isinstance(value, float | Decimal) else read_text(value)


def _native(sample: list[object]) -> str:
    if all(isinstance(value, bool) for value in sample):
        return "yes_no"
    if all(isinstance(value, int | float | Decimal) for value in sample):
        return "number"
    if all(isinstance(value, date) for value in sample):
        clocked = any(isinstance(v, datetime) and (v.hour or v.minute or v.second) for v in sample)
        return "datetime" if clocked else "date"
    if all(isinstance(value, list | tuple) for value in sample):
        return "list"
    return "text"


def _dates(texts: list[str]) -> str:
    fitting = [order for order in _DATES if _most(_fits(text, order) for text in texts)]
    if len(fitting) != 1:
        return ""
    family = "datetime" if any(":" in text for text in texts) else "date"
    return family if fitting[0] == "ymd" else f"{family}_{fitting[0]}"


def _most(answers: Iterable[bool]) -> bool:
    """Whether all of few or nine in ten of many answers are yes."""
    said = list(answers)
    return all(said) or (len(said) >= 20 and sum(said) >= 0.9 * len(said))


def _fits(text: str, order: str) -> bool:
    try:
        year = _parse(text, order).year
    except BadValue:
        return False
    return 1900 <= year <= 2100


@lru_cache(maxsize=16_384)
def _parse(text: str, order: str) -> datetime:
    """The naive or aware datetime of a text. Impossible dates raise BadValue."""
    for form in _DATES[order]:
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
    raise _bad(text, _("a date or time such as 2026-01-31 or 2026-01-31 09:30"))


def _bad(value: object, expected: str) -> BadValue:
    return BadValue(
        _("Expected %(expected)s, but “%(value)s” came.")
        % {"expected": expected, "value": str(value)[:40]}
    )
