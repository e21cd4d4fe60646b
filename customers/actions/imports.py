"""Imports: prepared from a file and a mapping, started, stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from config.wake import wake
from customers.access import Actor, Right, record, require
from customers.imports.encoding import digest_of
from customers.imports.items import SAMPLE, recognised, with_types
from customers.imports.mapping import BadMapping, read_mapping, segment_problem
from customers.imports.tables import open_table
from customers.models import (
    Brand,
    Import,
    ImportKind,
    ImportState,
    RememberedMapping,
    Segment,
    SegmentKind,
)


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
    if kind not in ImportKind.values:
        raise BadMapping(
            [
                _("An import brings in one of %(known)s, not “%(kind)s”.")
                % {"known": ", ".join(ImportKind.values), "kind": kind[:40]}
            ]
        )
    digest = digest_of(path)
    given = mapping if isinstance(mapping, dict) else {}
    table = open_table(
        path,
        encoding=str(given.get("encoding") or ""),
        delimiter=str(given.get("delimiter") or ""),
    )
    read = read_mapping(mapping, kind, table.header)
    if kind == ImportKind.LIST and (text := segment_problem(read.segment, brand.pk)):
        raise BadMapping([text])
    types = recognised(table.header, list(islice(table.lines(), SAMPLE)))
    return Import(
        brand=brand,
        kind=kind,
        source=source[:40],
        file_name=(file_name or path.name).replace("\x00", "")[:200],
        stored=stored,
        digest=digest,
        header=table.header,
        mapping=with_types(read, types),
        created_by=actor.user,
        created_at=now,
    )


def create(actor: Actor, found: Import, *, now: datetime) -> Import:
    """Save a prepared import and remember its mapping. One of the same file and mapping that
    didn't come to its end is returned instead, so that it goes on. Raises RightMissing."""
    require(actor, Right.INGEST, found.brand)
    with transaction.atomic():
        before = (
            Import.objects.select_for_update()
            .filter(
                brand=found.brand,
                digest=found.digest,
                kind=found.kind,
                source=found.source,
                mapping=found.mapping,
                stored=found.stored,
            )
            .exclude(state__in=[ImportState.DONE, ImportState.FAILED])
            .first()
        )
        if before is not None:
            return before
        found.save()
        RememberedMapping.objects.update_or_create(
            brand=found.brand,
            kind=found.kind,
            header_digest=header_digest(found.header),
            defaults={"mapping": found.mapping, "used_at": now},
        )
        if found.kind == ImportKind.LIST:
            code = found.mapping["segment"]
            Segment.objects.get_or_create(
                code=code,
                defaults={
                    "name": code,
                    "kind": SegmentKind.LIST,
                    "brand": found.brand,
                    "owner": actor.user,
                },
            )
        record(actor, "import.create", found, now=now, changes={"kind": [None, found.kind]})
    return found


def start(actor: Actor, found: Import, *, now: datetime) -> None:
    """Let it run from where it is; a worker takes a stored file up at once. Raises RightMissing."""
    require(actor, Right.INGEST, found.brand)
    with transaction.atomic():
        changed = (
            Import.objects.filter(pk=found.pk)
            .exclude(state__in=[ImportState.DONE, ImportState.FAILED, ImportState.RUNNING])
            .update(state=ImportState.RUNNING, started_at=found.started_at or now, problem="")
        )
        if changed:
            record(actor, "import.start", found, now=now)
            if found.stored:
                wake("customers.imports.run", found.pk)
    found.refresh_from_db()


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


def remembered(brand: Brand, kind: str, header: Sequence[str]) -> dict[str, Any] | None:
    """The mapping last used for a file with these columns, or None."""
    found = RememberedMapping.objects.filter(
        brand=brand, kind=kind, header_digest=header_digest(header)
    ).first()
    return dict(found.mapping) if found else None


def header_digest(header: Sequence[str]) -> str:
    """By what files with the same columns are known."""
    return hashlib.sha256(json.dumps(list(header), ensure_ascii=False).encode()).hexdigest()
