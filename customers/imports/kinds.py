"""Types of columns: recognised from a sample, and the function that reads each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from customers.imports.moments import DATES, parse, read_moment
from customers.imports.values import (
    NO,
    NUMBER,
    YES,
    BadValue,
    CellError,
    is_empty,
    read_list,
    read_number,
    read_text,
    read_yes_no,
)

# A leading zero means a number of something: a code, a phone, a postcode.
CODE = re.compile(r"[+-]?0\d")
PHONE = re.compile(r"(\+\d[\d ()-]{6,18}|1[3-9]\d{9}|0\d{2,3}-\d{7,8})")
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
TYPES: Final = (
    "text", "number", "yes_no", "phone", "email", "list",
    "date", "date_dmy", "date_mdy", "date_excel",
    "datetime", "datetime_dmy", "datetime_mdy", "datetime_excel", "datetime_unix",
)  # fmt: skip


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


def is_number(text: str) -> bool:
    """Whether a text is a number and not a code that is made of digits."""
    return bool(NUMBER.fullmatch(text)) and text[-1:].isdigit() and not CODE.match(text)


# helpers


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
    fitting = [order for order in DATES if _most(_fits(text, order) for text in texts)]
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
        year = parse(text, order).year
    except BadValue:
        return False
    return 1900 <= year <= 2100
