"""A draft as its second step shows it: the file as it is read, its columns, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from zoneinfo import available_timezones

from customers.forms.imports import (
    PAGE,
    Choices,
    ColumnRow,
    choices_for,
    column_rows,
    shown,
)
from customers.imports.before import header_digest
from customers.imports.items import SAMPLE, types_for
from customers.imports.lines import Line, Unreadable
from customers.imports.mapping import BadMapping, ImportMapping, read_mapping, segment_problem
from customers.imports.storage import local
from customers.imports.tables import open_as_mapped
from customers.models import EventType, Import, ImportKind, RememberedMapping, Segment, SegmentKind

PREVIEW = 6
CELL = 60
ZONES = (
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo",
    "Asia/Kolkata", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles",
    "Australia/Sydney", "UTC",
)  # fmt: skip


@dataclass(slots=True)
class Columns:
    """Everything that the second step shows of a draft.

    `unreadable` is why the file can't be read at all; then there are no columns. `wanted` of the
    first `sampled` rows meet the conditions.
    """

    unreadable: str = ""
    is_text: bool = False
    sheets: Sequence[str] = ()
    header: list[str] = field(default_factory=list)
    preview: list[tuple[Line, list[str]]] = field(default_factory=list)
    rows: list[ColumnRow] = field(default_factory=list)
    choices: Choices = field(default_factory=Choices)
    problems: list[str] = field(default_factory=list)
    conditions: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    sampled: int = 0
    wanted: int = 0
    page: int = 1
    pages: int = 1


def columns_of(found: Import, page: int) -> Columns:
    """Read the first rows of a draft's file, and check its mapping. Three queries and few more,
    however many columns there are."""
    mapping = found.mapping
    with local(found.stored) as path:
        try:
            table = open_as_mapped(path, mapping)
            lines = list(islice(table.lines(), SAMPLE))
        except Unreadable as error:
            is_text = bool(mapping.get("encoding")) or not _is_packed(path)
            return Columns(unreadable=str(error), is_text=is_text)
    header = table.header
    good = [line.values for line in lines if not line.problem]
    pages = max(1, -(-len(header) // PAGE))
    page = min(max(page, 1), pages)
    choices = choices_for(found.kind, found.brand)
    samples = [shown(values[i] for values in good) for i in range(len(header))]
    columns = mapping.get("columns") or {}
    read, problems = checked(found, header)
    types = types_for({} if read is None else read.columns, header, lines)
    at = {name: index for index, name in enumerate(header)}
    return Columns(
        is_text=bool(table.encoding),
        sheets=table.sheets,
        header=header,
        preview=[(line, [_short(value) for value in line.values]) for line in lines[:PREVIEW]],
        rows=column_rows(
            {**mapping, "columns": columns}, header, samples, types, choices, (page - 1) * PAGE
        ),
        choices=choices,
        problems=problems,
        conditions=[(at.get(one["column"], 0), one) for one in mapping.get("where") or ()],
        sampled=len(good),
        wanted=_wanted(read, at, good),
        page=page,
        pages=pages,
    )


def checked(found: Import, header: Sequence[str]) -> tuple[ImportMapping | None, list[str]]:
    """The mapping of a draft and what is wrong with it, in sentences."""
    try:
        read = read_mapping(found.mapping, found.kind, header)
    except BadMapping as error:
        return None, error.problems
    if found.kind == ImportKind.LIST and (text := segment_problem(read.segment, found.brand_id)):
        return read, [text]
    return read, []


def recalled(found: Import) -> RememberedMapping | None:
    """The remembered mapping that the draft follows, if it does."""
    known = RememberedMapping.objects.filter(
        brand=found.brand, kind=found.kind, header_digest=header_digest(found.header)
    ).first()
    if known is None or known.mapping.get("columns") != found.mapping.get("columns"):
        return None
    return known


def event_names() -> list[str]:
    """Names of events that are known, the latest first."""
    return list(EventType.objects.order_by("-last_seen_at").values_list("code", flat=True)[:100])


def lists_for(found: Import) -> list[Segment]:
    """The lists that a file may be added to."""
    rows = Segment.objects.filter(kind=SegmentKind.LIST)
    mine = rows.filter(brand=found.brand) | rows.filter(brand__isnull=True)
    return list(mine.order_by("name")[:200])


def zones(*first: str) -> list[str]:
    """Time zones to choose from, those of brand and reader first."""
    return [zone for zone in dict.fromkeys([*first, *ZONES]) if zone in available_timezones()]


# helpers


def _short(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= CELL else f"{text[: CELL - 1]}…"


def _wanted(
    read: ImportMapping | None, at: dict[str, int], rows: Sequence[Sequence[object]]
) -> int:
    if read is None:
        return len(rows)
    count = 0
    for values in rows:
        try:
            count += all(one.holds(values[at[one.column]]) for one in read.where)
        except ValueError:
            continue
    return count


def _is_packed(path: Any) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PAR1")
