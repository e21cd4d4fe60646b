"""A table of a page as a file: CSV that spreadsheets open rightly, or XLSX."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from typing import Any, Final

from django.http import HttpResponse

from customers.jobs.values import safe

Cell = str | int | float | None
FORMS: Final = ("csv", "xlsx")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_file(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], form: str
) -> HttpResponse:
    """An answer that saves the table as *name*.csv or .xlsx; numbers stay numbers, and no text
    becomes a formula. Raises KeyError for another *form*."""
    make = {"csv": _csv, "xlsx": _xlsx}[form]
    kind = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}[form]
    answer = HttpResponse(make(header, rows), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


# helpers


def _csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    text = StringIO()
    writer = csv.writer(text)
    for row in [header, *rows]:
        writer.writerow(["" if cell is None else safe(cell) for cell in row])
    # The mark tells Excel that it is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _xlsx(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    page: Any = book.create_sheet()

    def cell(value: Cell) -> Any:
        if not isinstance(value, str):
            return value
        made = WriteOnlyCell(page, value=value[:32_767])
        made.data_type = "s"  # the library would take what begins with = for a formula
        return made

    for row in [header, *rows]:
        page.append([cell(value) for value in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()
