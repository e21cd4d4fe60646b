"""The dry run: what an import would do, found out by doing it and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from django.db import transaction

from customers.imports.items import Maker
from customers.imports.mapping import read_mapping
from customers.imports.run import sort_out, take_in
from customers.imports.tables import open_table
from customers.ingest import Ingested
from customers.models import Import, ImportKind, Segment, SegmentKind

ROWS: Final = 10_000
PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of the first rows. `known` customers would be met again, `clashes` are rows
    whose identities belong to several customers; `is_whole` says that the file has no more rows."""

    rows: int
    accepted: int
    refused: int
    duplicates: int
    passed_over: int
    customers_created: int
    known: int
    clashes: int
    is_whole: bool
    problems: list[tuple[int, str]]


def rehearse(found: Import, path: Path, *, now: datetime, rows: int = ROWS) -> Rehearsal:
    """Take the first rows in and take everything back. Raises Unreadable and BadMapping.

    `found` may be unsaved: nothing is written about it.
    """
    data = found.mapping
    table = open_table(path, encoding=data.get("encoding", ""), delimiter=data.get("delimiter", ""))
    maker = Maker(
        read_mapping(data, found.kind, table.header), found.kind, table.header, found.digest
    )
    lines = table.lines()
    part = list(islice(lines, rows))
    is_whole = next(lines, None) is None
    done = sort_out(part, maker)
    taken = Ingested()
    with transaction.atomic():
        if done.items:
            if found.kind == ImportKind.LIST:
                code = data["segment"]
                Segment.objects.get_or_create(
                    code=code,
                    defaults={"name": code, "kind": SegmentKind.LIST, "brand": found.brand},
                )
            taken = take_in(found, done.items, now)
        transaction.set_rollback(True)
    problems = [(line.number, text) for line, text in done.refused]
    problems += [(int(one.place), one.text) for one in taken.refused]
    met = {id for id in taken.customer_ids if id is not None}
    return Rehearsal(
        rows=len(part),
        accepted=taken.accepted - taken.duplicates,
        refused=len(problems),
        duplicates=taken.duplicates,
        passed_over=done.passed_over,
        customers_created=taken.customers_created,
        known=len(met) - taken.customers_created,
        clashes=len(taken.conflicts),
        is_whole=is_whole,
        problems=sorted(problems)[:PROBLEMS],
    )
