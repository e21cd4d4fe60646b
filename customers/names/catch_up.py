"""Brings the keys of names up to date with the names themselves, many at a time."""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

from django.db import connection, transaction

from customers.names.keys import keys_of

BATCH: Final = 5_000


def catch_up(*, seconds: float | None = None, batch: int = BATCH) -> int:
    """Write the keys of all names that wait for them; return of how many customers.

    A trigger notes who has a new name. Several processes share the work, and one that dies
    leaves its part to the next.
    """
    until = None if seconds is None else monotonic() + seconds
    done = 0
    while count := _one_batch(batch):
        done += count
        if until is not None and monotonic() > until:
            break
    return done


def waiting() -> bool:
    """Whether a name still waits for its keys."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM customers_nametokey)")
        return bool(cursor.fetchone()[0])


# helpers


def _one_batch(size: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH taken AS (
                DELETE FROM customers_nametokey WHERE customer_id IN (
                    SELECT customer_id FROM customers_nametokey ORDER BY customer_id
                    LIMIT %s FOR UPDATE SKIP LOCKED
                ) RETURNING customer_id
            )
            SELECT taken.customer_id, COALESCE(c.display_name, '')
            FROM taken LEFT JOIN customers_customer c ON c.id = taken.customer_id
            """,
            [size],
        )
        names = dict(cursor.fetchall())
        if names:
            _write(cursor, names)
        return len(names)


def _write(cursor: Any, names: dict[int, str]) -> None:
    cursor.execute("DELETE FROM customers_namekey WHERE customer_id = ANY(%s)", [sorted(names)])
    into = "COPY customers_namekey (customer_id, key, spelled, place) FROM STDIN"
    with cursor.copy(into) as copy:
        for customer_id in sorted(names):
            for key in keys_of(names[customer_id]):
                copy.write_row((customer_id, *key))
