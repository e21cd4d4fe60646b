"""The dry run: what an import would do, found out by doing it and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from django.db import connection, transaction

from customers.imports.items import Maker, bounded
from customers.imports.lines import Line
from customers.imports.mapping import read_mapping
from customers.imports.run import sort_out, take_in
from customers.imports.tables import open_as_mapped
from customers.ingest import Ingested
from customers.models import Import, ImportKind, Segment, SegmentKind

ROWS: Final = 10_000
PART: Final = 2_000
PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that would be refused: its line, why, and its cells as they would be kept."""

    line: int
    text: str
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of the first rows.

    `known` customers would be met again, of them `changed` would have other attributes, tags or
    identities than now. `merged` customers would become part of another; `clashes` are rows whose
    identities belong to several customers who may not be merged without asking. `is_whole` says
    that the file has no more rows.
    """

    rows: int
    accepted: int
    refused: int
    duplicates: int
    passed_over: int
    customers_created: int
    known: int
    changed: int
    merged: int
    clashes: int
    is_whole: bool
    problems: list[Problem]


class Halted(Exception):
    """Somebody stopped it; everything is taken back."""


def rehearse(
    found: Import,
    path: Path,
    *,
    now: datetime,
    rows: int = ROWS,
    tell: Callable[[int], bool] = lambda _rows: True,
) -> Rehearsal:
    """Take the first rows in and take everything back. Raises Unreadable and BadMapping.

    `found` may be unsaved: nothing is written about it. `tell` hears after every part how many
    rows were taken so far; when it says no, Halted is raised.
    """
    table = open_as_mapped(path, found.mapping)
    maker = Maker(
        read_mapping(found.mapping, found.kind, table.header),
        found.kind,
        table.header,
        found.digest,
    )
    lines = table.lines()
    count = dict.fromkeys(
        ("rows", "accepted", "duplicates", "passed_over", "customers_created", "merged", "clashes"),
        0,
    )
    met: set[int] = set()
    refused: list[tuple[Line, str]] = []
    with transaction.atomic():
        if found.kind == ImportKind.LIST:
            code = found.mapping["segment"]
            Segment.objects.get_or_create(
                code=code,
                defaults={"name": code, "kind": SegmentKind.LIST, "brand": found.brand},
            )
        while part := list(islice(lines, min(PART, rows - count["rows"]))):
            done = sort_out(part, maker)
            taken = take_in(found, done.items, now) if done.items else Ingested()
            met.update(id for id in taken.customer_ids if id is not None)
            refused += done.refused
            refused += ((done.by_place[one.place], one.text) for one in taken.refused)
            count["rows"] += len(part)
            count["accepted"] += taken.accepted - taken.duplicates
            count["duplicates"] += taken.duplicates
            count["passed_over"] += done.passed_over
            count["customers_created"] += taken.customers_created
            count["merged"] += taken.merged
            count["clashes"] += len(taken.conflicts)
            if not tell(count["rows"]):
                raise Halted
        after = _looks(sorted(met))
        transaction.set_rollback(True)
    is_whole = next(lines, None) is None
    before = _looks(sorted(met))
    return Rehearsal(
        **count,
        refused=len(refused),
        known=len(before),
        changed=sum(after.get(id) != look for id, look in before.items()),
        is_whole=is_whole,
        problems=_first(refused),
    )


# helpers


def _looks(ids: Sequence[int]) -> dict[int, str]:
    """A digest of what is known of each of these customers, events aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.id, md5(concat_ws(
                '|', c.attributes::text,
                (SELECT string_agg(i.namespace_id || ':' || i.value, '|' ORDER BY i.id)
                 FROM customers_identity i WHERE i.customer_id = c.id),
                (SELECT string_agg(t.tag_id || ':' || t.value, '|' ORDER BY t.tag_id, t.value)
                 FROM customers_customertag t WHERE t.customer_id = c.id)))
            FROM customers_customer c WHERE c.id = ANY(%s)
            """,
            [list(ids)],
        )
        return dict(cursor.fetchall())


def _first(refused: Sequence[tuple[Line, str]]) -> list[Problem]:
    first = sorted(refused, key=lambda one: one[0].number)[:PROBLEMS]
    return [Problem(line.number, text, bounded(line)) for line, text in first]
