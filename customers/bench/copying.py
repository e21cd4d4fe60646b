"""The floor of benches that write rows: bare COPY of the same rows into empty tables."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from time import perf_counter
from typing import Final

from django.db import connection, transaction

ROUNDS: Final = 3


def copy_again(table: str) -> float:
    """Seconds of COPY of the rows of *table* into an empty one of the same shape: the median of
    some rounds, since one alone is over so soon that anything else on the machine decides it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
            FROM information_schema.columns
            WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'
            """,
            [table],
        )
        (columns,) = cursor.fetchone()
        with cursor.copy(f"COPY (SELECT {columns} FROM {table}) TO STDOUT") as out:
            blocks = [bytes(block) for block in out]
    return median(_copy_into_new(table, columns, blocks) for _round in range(ROUNDS))


# helpers


def _copy_into_new(table: str, columns: str, blocks: Sequence[bytes]) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE floor_of_{table} (LIKE {table} INCLUDING ALL)")
        began = perf_counter()
        with (
            transaction.atomic(),
            cursor.copy(f"COPY floor_of_{table} ({columns}) FROM STDIN") as into,
        ):
            for start in range(0, len(blocks), 1_000):
                into.write(b"".join(blocks[start : start + 1_000]))
        seconds = perf_counter() - began
        cursor.execute(f"DROP TABLE floor_of_{table}")
    return seconds
