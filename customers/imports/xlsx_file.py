"""Workbooks: one sheet, streamed."""

from __future__ import annotations

import weakref
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from customers.imports.lines import FILE_BYTES, Line, Unreadable, checked, name_columns
from customers.imports.xlsx_parts import broken, last_row, read_workbook
from customers.imports.xlsx_sheet import rows


class XlsxTable:
    """A sheet of an XLSX file, the first that is not hidden unless one is named.

    Values come as Excel keeps them, formulas as their results. Rows above the header are empty;
    the header is the first row with something in it.
    """

    encoding = delimiter = ""

    def __init__(self, path: Path, sheet: str = "", header_line: int = 0) -> None:
        self.path = path
        self.book = read_workbook(_archive(path))
        weakref.finalize(self, self.book.archive.close)
        shown = [name for name in self.book.sheets if name not in self.book.hidden]
        self.sheets: Sequence[str] = shown or list(self.book.sheets)
        if not self.sheets:
            raise Unreadable(_("The workbook has no sheet with cells."))
        if sheet and sheet not in self.book.sheets:
            raise Unreadable(
                _("The workbook has no sheet “%(name)s”. It has: %(known)s.")
                % {"name": sheet[:120], "known": ", ".join(self.sheets)[:400]}
            )
        self.sheet = sheet or self.sheets[0]
        self.part = self.book.sheets[self.sheet]
        first = next(
            (row for row in rows(self.book, self.part) if row[1] and row[0] >= header_line), None
        )
        if first is None:
            raise Unreadable(
                _("The sheet “%(name)s” has no line %(line)s.")
                % {"name": self.sheet, "line": header_line}
                if header_line
                else _("The sheet “%(name)s” is empty.") % {"name": self.sheet}
            )
        self.first, cells = first
        self.header = name_columns(cells)

    def lines(self) -> Iterator[Line]:
        """Every row below the header; empty rows are passed over."""
        width = len(self.header)
        for number, values in rows(self.book, self.part):
            if number <= self.first or not values:
                continue
            values.extend([None] * (width - len(values)))
            yield checked(number, values, width)

    def total(self) -> int:
        """The number of the last row, as the sheet says of itself."""
        return last_row(self.book, self.part)


# helpers


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise broken() from error
    # What is declared too small is cut off there by the archive's reader.
    if sum(part.file_size for part in archive.infolist()) > FILE_BYTES:
        archive.close()
        raise Unreadable(_("The workbook unpacks to more than 2 GB. Save it as CSV."))
    return archive
