"""The run of an import: batch by batch through the one door, each with its position."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Final

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from customers.access import Actor, record
from customers.bulk import collector_paused
from customers.imports.encoding import digest_of
from customers.imports.items import Maker, bounded
from customers.imports.lines import Line, Table, Unreadable
from customers.imports.mapping import BadMapping, ImportMapping, read_mapping
from customers.imports.tables import open_as_mapped
from customers.imports.values import BadValue
from customers.ingest import Batch, Ingested, Item, ingest
from customers.models import (
    Import,
    ImportKind,
    ImportRefusal,
    ImportState,
    Segment,
    SegmentMember,
    SourceKind,
)
from customers.segments import add_members

BATCH: Final = 10_000
ATTEMPTS: Final = 3
# A file of nothing but bad rows must not fill the database.
REFUSALS_KEPT: Final = 100_000
COUNTS: Final = (
    "rows", "accepted", "refused", "duplicates", "passed_over", "customers_created", "merged",
    "clashes",
)  # fmt: skip


@dataclass(slots=True)
class Sorted:
    """The lines of one batch: what goes to the door, what was refused, what was passed over."""

    items: list[Item] = field(default_factory=list)
    refused: list[tuple[Line, str]] = field(default_factory=list)
    passed_over: int = 0
    by_place: dict[str, Line] = field(default_factory=dict)


def run(
    found: Import,
    path: Path,
    *,
    clock: Callable[[], datetime],
    seconds: float | None = None,
    batch: int = BATCH,
) -> bool:
    """Go on with a running import from its position; return whether it came to an end.

    Every batch is one transaction with its counts and its position, so a killed run goes on
    without losing or doubling a row. Stops when somebody stopped the import, when another process
    is on it, or after `seconds`.
    """
    until = None if seconds is None else monotonic() + seconds
    try:
        table, maker = _open(found, path)
        position = found.position
        lines = (line for line in table.lines() if line.number > position)
        while part := list(islice(lines, batch)):
            if not _take_part(found, part, maker, position, clock()):
                return False
            position = part[-1].number
            if until is not None and monotonic() > until:
                return False
    except (Unreadable, BadMapping) as error:
        end(found, ImportState.FAILED, str(error), clock())
        return True
    end(found, ImportState.DONE, "", clock())
    return True


def sort_out(lines: Sequence[Line], maker: Maker) -> Sorted:
    """Make items of lines; a bad line is refused by itself."""
    done = Sorted()
    for line in lines:
        if line.problem:
            done.refused.append((line, line.problem))
            continue
        try:
            if not maker.is_wanted(line):
                done.passed_over += 1
                continue
            item = maker.item(line)
        except BadValue as error:
            done.refused.append((line, str(error)))
            continue
        done.items.append(item)
        done.by_place[item.place] = line
    return done


def take_in(found: Import, items: Sequence[Item], now: datetime) -> Ingested:
    """One batch through the one door, and into the segment of a list. Call in a transaction."""
    kind = SourceKind.IMPORT.value
    batch = Batch(found.source, items, found.brand_id, kind, sets_aside=False)
    done = ingest(batch, now=now)
    if found.kind == ImportKind.LIST:
        ids = sorted({id for id in done.customer_ids if id is not None})
        segment = Segment.objects.get(code=found.mapping["segment"])
        with connection.cursor() as cursor:
            came = add_members(cursor, segment.pk, ids, now=now)
            Segment.objects.filter(pk=segment.pk).update(size=F("size") + came)
    return done


def end(found: Import, state: ImportState, problem: str, now: datetime) -> None:
    """Write down how a running import ended; it stands in the audit log with its counts."""
    with transaction.atomic():
        current = (
            Import.objects.select_for_update()
            .filter(pk=found.pk, state=ImportState.RUNNING)
            .first()
        )
        if current is None:
            return
        current.state, current.problem, current.finished_at = state, problem[:400], now
        current.save(update_fields=["state", "problem", "finished_at"])
        counts = {name: getattr(current, name) for name in COUNTS}
        record(Actor.of_system("import"), f"import.{state}", current, now=now, changes=counts)
        if found.kind == ImportKind.LIST and state == ImportState.DONE:
            segment = Segment.objects.select_for_update().get(code=found.mapping["segment"])
            segment.size = SegmentMember.objects.filter(segment=segment).count()
            segment.built_at = now
            segment.save(update_fields=["size", "built_at"])


# helpers


def _open(found: Import, path: Path) -> tuple[Table, Maker]:
    if digest_of(path) != found.digest:
        raise Unreadable(
            _("The file is not the one that the import began with. Start a new import.")
        )
    data = found.mapping
    table = open_as_mapped(path, data)
    mapping: ImportMapping = read_mapping(data, found.kind, table.header)
    return table, Maker(mapping, found.kind, table.header, found.digest)


def _take_part(
    found: Import, part: Sequence[Line], maker: Maker, position: int, now: datetime
) -> bool:
    with collector_paused():
        return _try(found, sort_out(part, maker), part, position, now)


def _try(found: Import, done: Sorted, part: Sequence[Line], position: int, now: datetime) -> bool:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _commit_part(found, part, done, position, now)
        except OperationalError as error:
            # The door can't try again by itself inside our transaction.
            state = getattr(error.__cause__, "sqlstate", "")
            if attempt == ATTEMPTS or state not in ("40P01", "40001"):
                raise
    raise AssertionError("unreachable")


def _commit_part(
    found: Import, part: Sequence[Line], done: Sorted, position: int, now: datetime
) -> bool:
    current = (
        Import.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk=found.pk, state=ImportState.RUNNING, position=position)
        .first()
    )
    if current is None:
        return False
    taken = take_in(current, done.items, now) if done.items else Ingested()
    refused = [*done.refused]
    for one in taken.refused:
        line = done.by_place[one.place]
        refused.append((line if one.keep else line._replace(values=[]), one.text))
    _keep_refusals(current, refused)
    current.position = part[-1].number
    current.rows += len(part)
    current.accepted += taken.accepted - taken.duplicates
    current.refused += len(refused)
    current.duplicates += taken.duplicates
    current.passed_over += done.passed_over
    current.customers_created += taken.customers_created
    current.merged += taken.merged
    current.clashes += len(taken.conflicts)
    current.moved_at = now
    current.save()
    return True


def _keep_refusals(found: Import, refused: Sequence[tuple[Line, str]]) -> None:
    room = max(0, REFUSALS_KEPT - found.refused)
    ImportRefusal.objects.bulk_create(
        (
            ImportRefusal(import_of=found, line=line.number, text=text[:400], row=bounded(line))
            for line, text in _in_order(refused, room)
        ),
        batch_size=1_000,
    )


def _in_order(refused: Sequence[tuple[Line, str]], room: int) -> Iterator[tuple[Line, str]]:
    return islice(iter(sorted(refused, key=lambda one: one[0].number)), room)
