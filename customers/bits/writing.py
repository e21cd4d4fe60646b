"""One writer of sets at a time: whoever builds, follows or compares holds this lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from customers.bits.primitives import CHUNK

LOCK = 7_215_002
# One customer as bits, in the chunk of a column customer_id.
ONE = f"set_bit(repeat('0', {CHUNK})::bit({CHUNK}), mod(customer_id, {CHUNK})::int, 1)"
IN_CHUNK = f"(customer_id / {CHUNK})::int"


@contextmanager
def only_writer() -> Iterator[Any]:
    """A cursor in a transaction of the only writer; it waits for the one before."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield cursor
