"""The reading of single cells: texts, lists, numbers, yes and no."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d{1,2})?")
YES: Final = frozenset({"yes", "y", "true", "是", "有", "对"})
NO: Final = frozenset({"no", "n", "false", "否", "无", "不"})
_BETWEEN = re.compile(r"[,;|、，；]")
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


def is_empty(value: object) -> bool:
    """Whether a cell holds nothing."""
    return (
        value is None
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, float) and math.isnan(value))
    )


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
        raise unexpected(value, _("a number"))
    if isinstance(value, int):
        return value
    if isinstance(value, float | Decimal):
        found = value if isinstance(value, Decimal) else Decimal(str(value))
        if not found.is_finite():
            raise unexpected(value, _("a number"))
        return found
    text = read_text(value)
    if not (NUMBER.fullmatch(text) and text[-1:].isdigit()):
        raise unexpected(value, _("a number"))
    plain = text.replace(",", "")
    return Decimal(plain) if any(sign in plain for sign in ".eE") else int(plain)


def read_yes_no(value: object) -> bool:
    """Yes or no, in words of either language or as 1 and 0."""
    text = read_text(value).lower()
    if text in YES or text == "1":
        return True
    if text in NO or text == "0":
        return False
    raise unexpected(value, _("yes or no"))


def unexpected(value: object, expected: str) -> BadValue:
    """The error of a value that is not what was expected, both named in its sentence."""
    return BadValue(
        _("Expected %(expected)s, but “%(value)s” came.")
        % {"expected": expected, "value": str(value)[:40]}
    )


# helpers


def _plain(value: object) -> Any:
    if isinstance(value, bool | int):
        return value
    return read_number(value) if isinstance(value, float | Decimal) else read_text(value)
