"""Parquet files, read in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from customers.imports.lines import Line, Unreadable, name_columns
from customers.imports.values import CellError

BATCH = 10_000


class ParquetTable:
    """A Parquet file; line 1 is its first row, since it has no header line.

    Moments come with microseconds, what is finer is cut off; lists come as lists.
    """

    encoding = delimiter = sheet = ""
    sheets: Sequence[str] = ()

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
                columns = [_values(column) for column in batch.columns]
                for values in zip(*columns, strict=True):
                    number += 1
                    yield Line(number, values)

    def total(self) -> int:
        """How many rows the file has."""
        with self._open() as file:
            return int(file.metadata.num_rows)

    def _open(self) -> Any:
        import pyarrow
        import pyarrow.parquet

        try:
            return pyarrow.parquet.ParquetFile(self.path)
        except (pyarrow.ArrowException, OSError) as error:
            raise _broken() from error


def _values(column: Any) -> list[object]:
    """The values of a column in Python's own types; a moment that it has not becomes an error."""
    import pyarrow
    from pyarrow import types

    if types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError, pyarrow.ArrowException):
        return [_value(one) for one in column]


def _value(one: Any) -> object:
    try:
        return one.as_py()
    except Exception:
        # Whatever the library raises for a year or a zone that Python does not know.
        return CellError(_("holds a day or time that no calendar has."))


def _broken() -> Unreadable:
    return Unreadable(_("The file is not a readable Parquet file."))
