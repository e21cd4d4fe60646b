"""One writer of sets at a time: whoever follows, compares or ends a build holds this lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from customers.bits.primitives import CHUNK

LOCK = 7_215_002
BUILDER = 7_215_003
# One customer as bits, in the chunk of a column customer_id.
ONE = f"set_bit(repeat('0', {CHUNK})::bit({CHUNK}), mod(customer_id, {CHUNK})::int, 1)"
IN_CHUNK = f"(customer_id / {CHUNK})::int"
# Customers of one word are put together as a number first, which is cheap; 250 words are a chunk.
WORD = 60
WORDS = CHUNK // WORD
# SELECT of rows of changes from rows of (kind, ref, customer_id), to be grouped by the first three.
PLACES = (
    f"SELECT kind, ref, (customer_id / {CHUNK})::int,"
    f" array_agg(DISTINCT mod(customer_id, {CHUNK})::smallint)"
)
# SELECT of (kind, ref, customer_id) from rows of changes.
CUSTOMERS = f"SELECT kind, ref, chunk * {CHUNK}::bigint + unnest(places) AS customer_id"


@contextmanager
def only_writer() -> Iterator[Any]:
    """A cursor in a transaction of the only writer; it waits for the one before."""
    with transaction.atomic(), connection.cursor() as cursor:
        become_writer(cursor)
        yield cursor


def become_writer(cursor: Any) -> None:
    """Be the only writer until the end of the transaction."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@contextmanager
def only_builder() -> Iterator[Any]:
    """A cursor in a transaction of the only one who writes sets that nobody reads yet."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [BUILDER])
        yield cursor


def chunks_sql(members: str) -> str:
    """SELECT of (set_id, chunk, bits) from a SELECT of (set_id, customer_id).

    Words are written one behind the other, each with the zeros of the words that are missing
    before it: ten times as fast as an OR of whole chunks for each customer.
    """
    return f"""
        SELECT set_id, chunk, rpad(string_agg(
            lpad(bits::bit({WORD})::text, {WORD} * (word - COALESCE(before, -1)), '0'), ''
            ORDER BY word), {CHUNK}, '0')::varbit AS bits
        FROM (
            SELECT set_id, chunk, word, bits,
                lag(word) OVER (PARTITION BY set_id, chunk ORDER BY word) AS before
            FROM (
                SELECT set_id, {IN_CHUNK} AS chunk,
                    (mod(customer_id, {CHUNK}) / {WORD})::int AS word,
                    bit_or(1::bigint << ({WORD - 1} - mod(customer_id, {WORD}))::int) AS bits
                FROM ({members}) AS m GROUP BY 1, 2, 3
            ) AS w
        ) AS v GROUP BY 1, 2"""


def write_sql(asked: str) -> str:
    """A statement that sets the bits of a SELECT of (set_id, customer_id, holds), each once."""
    return f"""
        WITH asked AS MATERIALIZED ({asked}), masks AS MATERIALIZED (
            SELECT set_id, chunk, t.bits AS touched, h.bits AS held
            FROM ({chunks_sql("SELECT set_id, customer_id FROM asked")}) AS t
            LEFT JOIN ({chunks_sql("SELECT set_id, customer_id FROM asked WHERE holds")}) AS h
                USING (set_id, chunk)
        ), changed AS (
            UPDATE customers_bitchunk t
            SET bits = t.bits & ~m.touched | COALESCE(m.held, t.bits & ~t.bits)
            FROM masks m WHERE t.set_id = m.set_id AND t.chunk = m.chunk
        )
        INSERT INTO customers_bitchunk (set_id, chunk, bits)
        SELECT m.set_id, m.chunk, m.held FROM masks m
        WHERE m.held IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM customers_bitchunk t WHERE t.set_id = m.set_id AND t.chunk = m.chunk)"""
