"""`bench import`: the one door against bare COPY of the very rows that it wrote."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any, Final

from django.db import connection

from config.bench import Bench, Line, register
from customers.bench import memory
from customers.bench.copying import copy_again
from customers.ingest import Batch, EventFact, Item, ingest

BATCH: Final = 10_000
NOW: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@register
class ImportBench(Bench):
    """Customers with two identities each, then events of them. The floor is COPY of the same
    rows into empty tables with the same keys and indexes. At last the memory of a long import."""

    name = "import"
    about = "rows per second through the one door, against bare COPY of the same rows"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", type=int, default=100_000, help="rows of each measure")
        parser.add_argument(
            "--memory-rows",
            type=int,
            default=1_000_000,
            help="rows of the file whose import is watched for memory; 0: none",
        )

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        rows = options["rows"]
        # Types, partitions and plans are there before the clock starts.
        _take(1, lambda n: Item("0", [("member_id", "first")], events=[_event(n)]))
        _empty()
        for what, make, tables in (
            (
                "customers",
                _customer,
                ("customers_customer", "customers_identity", "customers_sighting"),
            ),
            (
                "events",
                partial(_purchase, customers=rows),
                ("customers_event", "customers_eventkey"),
            ),
        ):
            seconds = _take(rows, make)
            floor = sum(copy_again(table) for table in tables)
            yield {
                "what": what,
                "rows": rows,
                "rows_per_s": round(rows / seconds),
                "floor_rows_per_s": round(rows / floor),
                "ratio": round(floor / seconds, 3),
            }
        if options["memory_rows"]:
            yield memory.measure(connection.settings_dict["NAME"], options["memory_rows"])


# helpers


def _customer(n: int) -> Item:
    return Item(
        str(n),
        [("member_id", f"m{n:08}"), ("email", f"member{n}@example.com")],
        attributes={"city": f"city {n % 300}", "points": n % 5_000},
    )


def _purchase(n: int, customers: int) -> Item:
    return Item(str(n), [("member_id", f"m{n * 7919 % customers:08}")], events=[_event(n)])


def _event(n: int) -> EventFact:
    at = NOW - timedelta(seconds=n % 86_400)
    return EventFact("purchase", at, {"amount": n % 900, "item": f"i{n % 97}"}, f"row-{n}")


def _take(rows: int, make: Callable[[int], Item]) -> float:
    """Seconds in the door; making the items is the reader's work and not counted."""
    seconds = 0.0
    for start in range(0, rows, BATCH):
        items = [make(n) for n in range(start, min(start + BATCH, rows))]
        began = perf_counter()
        ingest(Batch("bench", items, source_kind="import"), now=NOW)
        seconds += perf_counter() - began
    return seconds


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_event")
        cursor.execute("DELETE FROM customers_eventkey")
        cursor.execute("DELETE FROM customers_identity")
        cursor.execute("DELETE FROM customers_customer")
