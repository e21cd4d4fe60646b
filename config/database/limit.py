"""A limit of time for statements, after which PostgreSQL stops them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import OperationalError, connection, transaction

_CANCELLED: Final = "57014"


class TookTooLongError(Exception):
    """A statement was stopped by its limit; what its block had written is taken back."""


@contextmanager
def time_limit(seconds: float) -> Iterator[Any]:
    """A cursor in a transaction of its own (a savepoint inside of another), each of whose
    statements may take *seconds*. The limit that held before holds again afterwards.

    Raises `TookTooLongError` out of the block for a statement that took longer.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('statement_timeout'),"
                " set_config('statement_timeout', %s, true)",
                [f"{max(1, round(seconds * 1000))}ms"],
            )
            before = cursor.fetchone()[0]
            yield cursor
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _CANCELLED:
            raise
        raise TookTooLongError from error
