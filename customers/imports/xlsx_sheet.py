"""The rows of a sheet, streamed from its XML: a cell, a row and a sheet are bounded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext as _

from customers.imports.lines import COLUMNS, Unreadable
from customers.imports.values import CellError
from customers.imports.xlsx_parts import ROWS, Workbook, blocks, broken, feed, opened, parser

# Excel keeps 32,767 characters in a cell.
CELL_LENGTH: Final = 100_000

Row = tuple[int, list[object]]


def rows(book: Workbook, path: str) -> Iterator[Row]:
    """The rows of a sheet with their numbers; a row is as long as its last cell, COLUMNS + 1 at
    most. Raises Unreadable."""
    sheet = _Sheet(book)
    tags = parser(sheet.start, sheet.end, sheet.text)
    with opened(book.archive, path) as part:
        for block in blocks(part):
            feed(tags, block)
            if sheet.done:
                yield from sheet.done
                sheet.done = []
    feed(tags, b"", is_final=True)
    yield from sheet.done


# helpers


class _Sheet:
    """Collects the cells of rows from the tags of a sheet."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.done: list[Row] = []
        self.number = self.previous = self.column = 0
        self.values: list[object] = []
        self.kind, self.style = "n", 0
        self.has_formula = self.has_value = self.is_reading = False
        self.is_phonetic = False
        self.parts: list[str] = []
        self.length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            place = attributes.get("r", "")
            self.column = _column(place.rstrip("0123456789")) if place else self.column + 1
            self.kind = attributes.get("t", "n")
            self.style = int(attributes.get("s") or 0)
            self.has_formula = self.has_value = False
            self.parts, self.length = [], 0
        elif tag == "v" or (tag == "t" and not self.is_phonetic):
            self.is_reading = self.has_value = True
        elif tag == "f":
            self.has_formula = True
        elif tag == "rPh":
            self.is_phonetic = True
        elif tag == "row":
            self.number = int(float(attributes.get("r") or self.previous + 1))
            if not self.previous < self.number <= ROWS:
                raise broken()
            self.values, self.column = [], 0

    def text(self, data: str) -> None:
        if self.is_reading:
            self.length += len(data)
            if self.length > CELL_LENGTH:
                raise Unreadable(
                    _("Row %(row)s has a cell of more than %(most)s characters.")
                    % {"row": self.number, "most": CELL_LENGTH}
                )
            self.parts.append(data)

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self.is_reading = False
        elif tag == "rPh":
            self.is_phonetic = False
        elif tag == "c":
            value = self._value()
            if value is not None and 0 < self.column <= COLUMNS + 1:
                self.values.extend([None] * (self.column - len(self.values)))
                self.values[self.column - 1] = value
        elif tag == "row":
            self.previous = self.number
            self.done.append((self.number, self.values))

    def _value(self) -> object:
        text = "".join(self.parts)
        if self.has_formula and not self.has_value:
            return CellError(
                _("holds a formula without its result. Open the workbook in Excel and save it.")
            )
        if not text:
            return None
        if self.kind == "s":
            return self.book.texts[int(text)] or None
        if self.kind in ("str", "inlineStr"):
            return text
        if self.kind == "b":
            return text in ("1", "true")
        if self.kind == "e":
            return None if text == "#N/A" else CellError(_("shows the error %s.") % text[:20])
        if self.kind == "d":
            return _iso(text)
        number = float(text) if any(sign in text for sign in ".eE") else int(text)
        return _moment(number, self.book.is_1904) if self.style in self.book.dates else number


def _moment(number: float, is_1904: bool) -> object:
    from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

    try:
        return from_excel(number, MAC_EPOCH if is_1904 else WINDOWS_EPOCH)
    except (OverflowError, ValueError):
        return CellError(_("shows a day that no calendar has."))


def _iso(text: str) -> object:
    from openpyxl.utils.datetime import from_ISO8601

    try:
        return from_ISO8601(text)
    except ValueError:
        return CellError(_("shows a day that no calendar has."))


@lru_cache(maxsize=COLUMNS + 100)
def _column(letters: str) -> int:
    """ "AB" as 28; 0 for what is no column."""
    number = 0
    for letter in letters[:4]:
        if not "A" <= letter <= "Z":
            return 0
        number = number * 26 + ord(letter) - 64
    return number
