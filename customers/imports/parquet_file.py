"""Parquet files, read in batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from customers.imports.lines import Line, Unreadable, name_columns

BATCH = 10_000


class ParquetTable:
    """A Parquet file; line 1 is its first row, since it has no header line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._open() as file:
            self.header = name_columns(file.schema_arrow.names)

    def lines(self) -> Iterator[Line]:
        """Every row."""
        import pyarrow

        number = 0
        with self._open() as file:
            batches = file.iter_batches(BATCH)
            while True:
                try:
                    batch = next(batches, None)
                except (pyarrow.ArrowException, OSError) as error:
                    raise _broken() from error
                if batch is None:
                    return
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield Line(number, values)

    def _open(self) -> Any:
        import pyarrow
        import pyarrow.parquet

        try:
            return pyarrow.parquet.ParquetFile(self.path)
        except (pyarrow.ArrowException, OSError) as error:
            raise _broken() from error


def _broken() -> Unreadable:
    return Unreadable(_("The file is not a readable Parquet file."))
