"""Writes a file of customers: CSV in pieces that are resumed, XLSX in one go."""

from __future__ import annotations

import csv
import io
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from customers.access import Actor
from customers.access.people import Sight, sight_of
from customers.jobs.values import Value, header, safe, values_of
from customers.models import Brand, BulkJob, BulkPart, JobState, Via
from customers.queries.columns import Column, chosen, columns_of
from customers.queries.filters import Choices
from customers.queries.listing import in_order
from customers.scope import Scope

FORMATS: Final = ("csv", "excel", "xlsx")
# A sheet holds a million rows, but a program holds it in memory to show it.
XLSX_MOST: Final = 200_000
PIECE: Final = 10  # parts in one piece of a CSV file
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def export(job: BulkJob, *, clock: Callable[[], datetime], until: float | None) -> bool:
    """Go on with a file; whether it is whole now. What is in memory is one part at a time.

    Another process that takes the job over makes this one give up. A file is not written in one
    transaction: a change between two parts shows in the later part only.
    """
    mine = secrets.token_hex(8)
    BulkJob.objects.filter(pk=job.pk).update(runner=mine, moved_at=clock())
    job.refresh_from_db()
    with translation.override(job.options["language"]):
        sheet = _Sheet(job)
        if job.options["format"] == "xlsx":
            return _xlsx(job, sheet, mine, clock)
        return _csv(job, sheet, mine, clock, until)


def drop_files(job: BulkJob) -> None:
    """Remove the file of a job, and with it who stood in it."""
    for name in job.files:
        default_storage.delete(name)
    BulkJob.objects.filter(pk=job.pk).update(files=[], size=0)
    BulkPart.objects.filter(job=job).delete()


def pieces(job: BulkJob) -> Iterator[bytes]:
    """The bytes of the file, bit by bit."""
    for name in job.files:
        with default_storage.open(name) as file:
            while block := file.read(1 << 16):
                yield block


# helpers


class _Sheet:
    """What every line needs: columns, brands and what the reader may see, read once."""

    def __init__(self, job: BulkJob) -> None:
        self.job = job
        brands = list(Brand.objects.filter(pk__in=job.options["brands"]).order_by("name"))
        self.scope = Scope(brands, None, False)
        every = columns_of(Choices.of(self.scope))
        self.columns: list[Column] = chosen(job.options["columns"], every)
        self.sight = Sight(False, frozenset())
        if job.created_by is not None and not job.options["masked"]:
            self.sight = sight_of(Actor(via=Via.SYSTEM, user=job.created_by))
        try:
            self.zone = ZoneInfo(job.options["zone"])
        except (ZoneInfoNotFoundError, ValueError):
            self.zone = ZoneInfo("UTC")

    def header(self) -> list[Value]:
        return [safe(name) for name in header(self.columns)]

    def lines(self, ids: Sequence[int]) -> list[list[Value]]:
        """Lines of these customers as they are now; merged and erased ones have none."""
        people = [one for one in in_order(ids) if not (one.merged_into_id or one.erased_at)]
        return values_of(people, self.columns, scope=self.scope, sight=self.sight, zone=self.zone)


def _csv(
    job: BulkJob, sheet: _Sheet, mine: str, clock: Callable[[], datetime], until: float | None
) -> bool:
    while True:
        parts = list(
            BulkPart.objects.filter(job=job, number__gte=job.position).order_by("number")[:PIECE]
        )
        if not parts and job.files:
            return True
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        if not job.files:
            if job.options["format"] == "excel":
                text.write("\ufeff")
            writer.writerow(sheet.header())
        for part in parts:
            writer.writerows([safe(v) for v in line] for line in sheet.lines(part.customer_ids))
        data = text.getvalue().encode("utf-8", "replace")
        name = default_storage.save(
            f"exports/{job.pk}/{secrets.token_hex(12)}.csv", File(io.BytesIO(data))
        )
        moved = BulkJob.objects.filter(pk=job.pk, runner=mine, state=JobState.RUNNING).update(
            files=[*job.files, name],
            size=F("size") + len(data),
            position=job.position + len(parts),
            done=F("done") + sum(len(part.customer_ids) for part in parts),
            moved_at=clock(),
        )
        if not moved:
            default_storage.delete(name)
            return False
        job.refresh_from_db()
        if until is not None and monotonic() > until:
            return False


def _xlsx(job: BulkJob, sheet: _Sheet, mine: str, clock: Callable[[], datetime]) -> bool:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    page: Any = book.create_sheet(_("Customers"))

    def cell(value: Value) -> Any:
        if not isinstance(value, str):
            return value
        made = WriteOnlyCell(page, value=_CONTROL.sub("", value)[:32_767])
        # The library would take what begins with = for a formula.
        made.data_type = "s"
        return made

    page.append([cell(str(name)) for name in header(sheet.columns)])
    done = 0
    for part in BulkPart.objects.filter(job=job).order_by("number").iterator(chunk_size=20):
        for line in sheet.lines(part.customer_ids):
            page.append([cell(value) for value in line])
        done += len(part.customer_ids)
        moved = BulkJob.objects.filter(pk=job.pk, runner=mine, state=JobState.RUNNING).update(
            done=done, moved_at=clock()
        )
        if not moved:
            return False
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder, "customers.xlsx")
        book.save(path)
        with path.open("rb") as file:
            name = default_storage.save(
                f"exports/{job.pk}/{secrets.token_hex(12)}.xlsx", File(file)
            )
        size = path.stat().st_size
    return bool(
        BulkJob.objects.filter(pk=job.pk, runner=mine, state=JobState.RUNNING).update(
            files=[name], size=size
        )
    )
