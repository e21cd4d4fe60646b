"""Workbooks: the first sheet, streamed."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from customers.imports.lines import COLUMNS, FILE_BYTES, Line, Unreadable, checked, name_columns


class XlsxTable:
    """The first sheet of an XLSX file; values come as Excel keeps them, formulas as results."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _refuse_bomb(path)
        first = next(self._rows(), None)
        if first is None:
            raise Unreadable(_("The first sheet of the workbook is empty."))
        while first and first[-1] is None:
            first.pop()
        self.header = name_columns(first)

    def lines(self) -> Iterator[Line]:
        """Every row below the header; empty rows are passed over."""
        width = len(self.header)
        for number, values in enumerate(self._rows(), 1):
            if number == 1 or all(value is None for value in values):
                continue
            # A sheet is as wide as its widest row; short rows come without their empty cells.
            while len(values) > width and values[-1] is None:
                values.pop()
            values.extend([None] * (width - len(values)))
            yield checked(number, values, width)

    def _rows(self) -> Iterator[list[object]]:
        from openpyxl import load_workbook

        try:
            book = load_workbook(self.path, read_only=True, data_only=True, keep_links=False)
        except Exception as error:
            # Whatever a broken archive or broken XML makes the library raise.
            raise _broken() from error
        try:
            if not book.worksheets:
                raise Unreadable(_("The workbook has no sheet with cells."))
            rows = book.worksheets[0].iter_rows(values_only=True, max_col=COLUMNS + 1)
            while True:
                try:
                    row = next(rows, None)
                except Exception as error:
                    raise _broken() from error
                if row is None:
                    return
                yield list(row)
        finally:
            book.close()


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise _broken() from error
    if size > FILE_BYTES:
        raise Unreadable(_("The workbook unpacks to more than 2 GB. Save it as CSV."))


def _broken() -> Unreadable:
    return Unreadable(_("The file is not a readable XLSX workbook. Save it again, or as CSV."))
