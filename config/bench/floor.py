"""`bench floor`: what PostgreSQL gives on this machine, the ground under every other bench."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from django.db import connection, transaction

from config.bench.frame import Bench, Line, register
from config.bench.timing import median_seconds, per_second

EVENTS = """
CREATE TABLE floor_event (
    id bigint GENERATED ALWAYS AS IDENTITY, customer_id bigint NOT NULL, name_id int NOT NULL,
    occurred_at timestamptz NOT NULL, properties jsonb NOT NULL
)
"""
LOG = "CREATE TABLE floor_log (a bigint NOT NULL, b int NOT NULL, c int NOT NULL, d timestamptz)"
FILL_LOG = "INSERT INTO floor_log SELECT n, n %% 7, n %% 13, now() FROM generate_series(1, %s) AS n"
STATE = """
CREATE TABLE floor_state (id bigint PRIMARY KEY, node int NOT NULL, visit int NOT NULL)
WITH (fillfactor = 50)
"""
FILL_STATE = "INSERT INTO floor_state SELECT n, 0, 0 FROM generate_series(1, %s) AS n"


@register
class Floor(Bench):
    """Rows per second of COPY, INSERT … SELECT and UPDATE, each committed."""

    name = "floor"
    about = "rows per second of bare COPY, INSERT … SELECT and UPDATE on this machine"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", type=int, default=300_000, help="rows of each measure")
        parser.add_argument("--rounds", type=int, default=3, help="rounds; the median is printed")

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        rows, rounds = options["rows"], options["rounds"]

        def line(what: str, work: Callable[[], object], before: Callable[[], object]) -> Line:
            seconds = median_seconds(work, before=before, rounds=rounds)
            return {"what": what, "rows": rows, "rows_per_s": per_second(rows, seconds)}

        yield line(
            "COPY into events, one index",
            lambda: _copy_events(rows),
            lambda: _fresh(
                "floor_event",
                EVENTS,
                "CREATE INDEX ON floor_event (customer_id, name_id, occurred_at)",
            ),
        )
        for kind, index in (
            ("no index", ""),
            ("BRIN", "CREATE INDEX ON floor_log USING brin (d)"),
            ("one b-tree", "CREATE INDEX ON floor_log (a, b)"),
        ):
            yield line(
                f"INSERT … SELECT into a narrow log, {kind}",
                lambda: _run(FILL_LOG, rows),
                partial(_fresh, "floor_log", LOG, index),
            )
        for kind, index in (
            ("HOT", ""),
            ("of an indexed column", "CREATE INDEX ON floor_state (node)"),
        ):
            yield line(
                f"UPDATE of every row, {kind}",
                lambda: _run("UPDATE floor_state SET node = node + 1, visit = visit + 1"),
                partial(_fresh_state, index, rows),
            )


# helpers


def _run(sql: str, *params: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params or None)


def _fresh(table: str, create: str, index: str) -> None:
    _run(f"DROP TABLE IF EXISTS {table}")
    _run(create)
    if index:
        _run(index)


def _fresh_state(index: str, rows: int) -> None:
    _fresh("floor_state", STATE, index)
    _run(FILL_STATE, rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE floor_state")


def _copy_events(rows: int) -> None:
    block = "".join(
        f'{n * 7919 % 100_003}\t{n % 12}\t2026-01-01 00:00:{n % 60:02}+00\t{{"amount": {n % 90}}}\n'
        for n in range(10_000)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        copy = "COPY floor_event (customer_id, name_id, occurred_at, properties) FROM STDIN"
        with cursor.copy(copy) as into:
            for _ in range(rows // 10_000):
                into.write(block)
