"""Opens a file by what it is, not by what it is called."""

from __future__ import annotations

from pathlib import Path

from customers.imports.csv_file import CsvTable
from customers.imports.encoding import check_size
from customers.imports.lines import Table
from customers.imports.parquet_file import ParquetTable
from customers.imports.xlsx_file import XlsxTable


def open_table(path: Path, *, encoding: str = "", delimiter: str = "") -> Table:
    """Open a CSV, XLSX or Parquet file. Raises Unreadable with a sentence."""
    check_size(path.stat().st_size)
    with path.open("rb") as file:
        mark = file.read(4)
    if mark == b"PAR1":
        return ParquetTable(path)
    if mark == b"PK\x03\x04":
        return XlsxTable(path)
    return CsvTable(path, encoding, delimiter)
