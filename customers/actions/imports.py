"""Imports: prepared from a file and a mapping, started, stopped, thrown away."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, record, require
from customers.imports.before import (
    loaded_before,
    name_attributes,
    remember,
    same_as,
    say_before,
)
from customers.imports.encoding import digest_of
from customers.imports.items import SAMPLE, as_read, types_for, with_types
from customers.imports.mapping import BadMapping, read_mapping, segment_problem
from customers.imports.storage import drop, drop_parts
from customers.imports.tables import open_as_mapped
from customers.models import (
    Brand,
    Import,
    ImportKind,
    ImportState,
    ImportTrial,
    Segment,
    SegmentKind,
)


class AlreadyLoaded(ValueError):
    """The same content came in before with the same mapping; the text says when and by whom."""

    def __init__(self, before: Import) -> None:
        super().__init__(say_before(before))
        self.before = before


def prepare(
    actor: Actor,
    brand: Brand,
    path: Path,
    *,
    kind: str,
    mapping: Any,
    source: str = "import",
    file_name: str = "",
    stored: str = "",
    now: datetime,
) -> Import:
    """An import of this file with this mapping, not saved: for a dry run or for `create`.

    Raises RightMissing, Unreadable for the file and BadMapping with every problem.
    """
    require(actor, Right.INGEST, brand)
    found = Import(
        brand=brand,
        kind=kind,
        source=source[:40],
        file_name=(file_name or path.name).replace("\x00", "")[:200],
        stored=stored,
        digest=digest_of(path),
        size=path.stat().st_size,
        received=path.stat().st_size,
        mapping=mapping,
        created_by=actor.user,
        created_at=now,
    )
    complete(found, path)
    return found


def complete(found: Import, path: Path) -> None:
    """Check the mapping of a draft against its file, and put into it what was left open: the
    types of the columns, and how the file is read. Saves nothing. Raises Unreadable and
    BadMapping."""
    if found.kind not in ImportKind.values:
        raise BadMapping(
            [
                _("An import brings in one of %(known)s, not “%(kind)s”.")
                % {"known": ", ".join(ImportKind.values), "kind": found.kind[:40]}
            ]
        )
    given = found.mapping if isinstance(found.mapping, dict) else {}
    table = open_as_mapped(path, given)
    read = read_mapping(found.mapping, found.kind, table.header)
    if found.kind == ImportKind.LIST and (text := segment_problem(read.segment, found.brand_id)):
        raise BadMapping([text])
    types = types_for(read.columns, table.header, list(islice(table.lines(), SAMPLE)))
    found.header = table.header
    found.mapping = as_read(with_types(read, types), table)
    found.lines = found.lines or table.total()


def create(actor: Actor, found: Import, *, now: datetime) -> Import:
    """Save a prepared import and remember its mapping. One of the same file and mapping that
    didn't come to its end is returned instead, so that it goes on. Raises RightMissing."""
    require(actor, Right.INGEST, found.brand)
    with transaction.atomic():
        before = same_as(found).exclude(state=ImportState.DONE).filter(stored=found.stored)
        if unfinished := before.select_for_update().first():
            return unfinished
        found.save()
        ImportTrial.objects.filter(import_of=found).delete()
        remember(found, now)
        name_attributes(found)
        if found.kind == ImportKind.LIST:
            code = found.mapping["segment"]
            Segment.objects.get_or_create(
                code=code,
                defaults={
                    "name": found.mapping.get("segment_name") or code,
                    "kind": SegmentKind.LIST,
                    "brand": found.brand,
                    "owner": actor.user,
                },
            )
        record(actor, "import.create", found, now=now, changes={"kind": [None, found.kind]})
    return found


def start(actor: Actor, found: Import, *, now: datetime, again: bool = False) -> None:
    """Let it run from where it is; a worker takes a stored file up at once.

    Raises RightMissing, and AlreadyLoaded when the same content came in before with the same
    mapping, unless it is to come in *again*. Events keep their keys (`Maker`), so that a second
    run doubles nothing for as long as the door knows them.
    """
    require(actor, Right.INGEST, found.brand)
    is_new = found.state == ImportState.DRAFT
    if is_new and not again and (before := loaded_before(found)):
        raise AlreadyLoaded(before)
    with transaction.atomic():
        changed = (
            Import.objects.filter(pk=found.pk)
            .exclude(state__in=[ImportState.DONE, ImportState.RUNNING])
            .update(
                state=ImportState.RUNNING,
                started_at=found.started_at or now,
                resumed_at=now,
                resumed_position=found.position,
                finished_at=None,
                problem="",
            )
        )
        if changed:
            changes = {"again": [False, True]} if is_new and again else {}
            record(actor, "import.start", found, now=now, changes=changes)
            if found.stored:
                wake("customers.imports.run", found.pk, get_language() or "")
    found.refresh_from_db()


def go_on(actor: Actor, found: Import, *, now: datetime) -> None:
    """Let a stopped or failed import run from where it is. Raises RightMissing, and ValueError
    when there is nothing to go on with."""
    require(actor, Right.INGEST, found.brand)
    if found.state not in (ImportState.STOPPED, ImportState.FAILED):
        raise ValueError(_("Only what was stopped or failed can go on."))
    if not found.stored:
        raise ValueError(_("The file is no longer there. Bring it again."))
    start(actor, found, now=now)


def stop(actor: Actor, found: Import, *, now: datetime) -> None:
    """Stop it after the batch that is on its way; `start` lets it go on. Raises RightMissing."""
    require(actor, Right.INGEST, found.brand)
    with transaction.atomic():
        changed = Import.objects.filter(pk=found.pk, state=ImportState.RUNNING).update(
            state=ImportState.STOPPED
        )
        if changed:
            record(actor, "import.stop", found, now=now)
    found.refresh_from_db()


def discard(actor: Actor, found: Import, *, now: datetime) -> None:
    """Throw a draft and its file away. Raises RightMissing, and ValueError for an import that
    has begun: what came in stays in the history."""
    require(actor, Right.INGEST, found.brand)
    with transaction.atomic():
        if not Import.objects.filter(pk=found.pk, state=ImportState.DRAFT).exists():
            raise ValueError(_("This import has begun, so that it stays in the list."))
        record(actor, "import.discard", found, now=now)
        throw_away(found)


def throw_away(found: Import) -> None:
    """Remove a draft and its file, or the parts of it that came. Call in a transaction."""
    pk, stored = found.pk, found.stored
    found.delete()

    def clean() -> None:
        drop(stored)
        drop_parts(pk)

    transaction.on_commit(clean)
