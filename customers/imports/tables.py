"""Opens a file by what it is, not by what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from customers.imports.csv_file import CsvTable
from customers.imports.encoding import check_size
from customers.imports.lines import Table
from customers.imports.parquet_file import ParquetTable
from customers.imports.signs import refuse_other_kinds
from customers.imports.xlsx_file import XlsxTable

HEAD = 4096


def open_table(
    path: Path, *, encoding: str = "", delimiter: str = "", sheet: str = "", header_line: int = 0
) -> Table:
    """Open a CSV, XLSX or Parquet file. What is not given is found out; `encoding` and
    `delimiter` mean something for text alone, `sheet` for a workbook, `header_line` (the line
    with the names of the columns, where titles stand above it) for both.

    Raises Unreadable with a sentence.
    """
    check_size(path.stat().st_size)
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(b"PAR1"):
        return ParquetTable(path)
    if head.startswith(b"PK\x03\x04"):
        return XlsxTable(path, sheet, header_line)
    refuse_other_kinds(head)
    return CsvTable(path, encoding, delimiter, header_line)


def open_as_mapped(path: Path, mapping: Mapping[str, Any]) -> Table:
    """Open a file in the way that its mapping says. Raises Unreadable."""
    return open_table(
        path,
        encoding=str(mapping.get("encoding") or ""),
        delimiter=str(mapping.get("delimiter") or ""),
        sheet=str(mapping.get("sheet") or ""),
        header_line=int(mapping.get("header_line") or 0),
    )
