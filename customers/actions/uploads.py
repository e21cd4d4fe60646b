"""Files for imports, as they arrive: begun, received part by part, and looked at when whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.imports.before import remembered
from customers.imports.encoding import check_size, digest_of
from customers.imports.items import SAMPLE, as_read, recognised
from customers.imports.lines import Unreadable
from customers.imports.mapping import READING
from customers.imports.storage import PART_BYTES, drop_parts, join_parts, keep, keep_part, local
from customers.imports.suggest import Known, guess_kind, plain, suggest
from customers.imports.tables import open_as_mapped
from customers.models import Attribute, Brand, Import, ImportState, Namespace, Tag


class Misplaced(ValueError):
    """A part that does not begin where the last one ended; `received` is where it should."""

    def __init__(self, received: int) -> None:
        super().__init__(_("The file arrived up to byte %(n)s.") % {"n": received})
        self.received = received


def begin(actor: Actor, brand: Brand, *, name: str, size: int, now: datetime) -> Import:
    """A draft whose file is still to come, or her own one of this name and size that did not
    arrive to its end. Raises RightMissing, and Unreadable for a size that is not taken."""
    require(actor, Right.INGEST, brand)
    check_size(size)
    file_name = name.replace("\x00", "").strip()[:200] or _("a file")
    with transaction.atomic():
        before = Import.objects.filter(
            brand=brand, state=ImportState.DRAFT, digest="", stored="", created_by=actor.user,
            file_name=file_name, size=size,
        ).first()  # fmt: skip
        if before is not None and actor.user is not None:
            return before
        found = Import.objects.create(
            brand=brand,
            kind="customers",
            file_name=file_name,
            size=size,
            created_by=actor.user,
            created_at=now,
        )
        record(actor, "import.upload", found, now=now, changes={"bytes": [None, size]})
    return found


def receive(actor: Actor, found: Import, offset: int, data: bytes) -> int:
    """Store the part that begins at *offset*; return how much has arrived. Raises RightMissing,
    Misplaced, and Unreadable for more than was announced."""
    require(actor, Right.INGEST, found.brand)
    with transaction.atomic():
        current = Import.objects.select_for_update().get(pk=found.pk)
        if offset != current.received or current.digest or current.state != ImportState.DRAFT:
            raise Misplaced(current.received)
        if not data or len(data) > PART_BYTES or offset + len(data) > current.size:
            raise Unreadable(_("More arrived than the file was said to have. Bring it again."))
        keep_part(current.pk, offset, data)
        current.received = offset + len(data)
        current.save(update_fields=["received"])
    return current.received


def finish(actor: Actor, found: Import) -> None:
    """Put the parts together and look at what came. Raises RightMissing and Misplaced."""
    require(actor, Right.INGEST, found.brand)
    with transaction.atomic():
        current = Import.objects.select_for_update().get(pk=found.pk)
        if current.digest:
            return
        if current.received != current.size:
            raise Misplaced(current.received)
        kept = join_parts(current.pk, current.size)
        current.stored, current.digest, current.lines = kept.stored, kept.digest, kept.lines
        look_at(current)
        current.save()
        pk = current.pk
        transaction.on_commit(lambda: drop_parts(pk))


def bring(actor: Actor, brand: Brand, file: File, *, now: datetime) -> Import:
    """A draft with a file that came whole. Raises RightMissing, and Unreadable for its size."""
    require(actor, Right.INGEST, brand)
    found = Import(
        brand=brand,
        kind="customers",
        file_name=(file.name or _("a file")).replace("\x00", "")[:200],
        size=file.size or 0,
        received=file.size or 0,
        created_by=actor.user,
        created_at=now,
    )
    found.stored = keep(file)
    with local(found.stored) as path:
        found.digest = digest_of(path)
    look_at(found)
    found.save()
    record(actor, "import.upload", found, now=now, changes={"bytes": [None, found.size]})
    return found


def revise(
    actor: Actor, found: Import, *, kind: str, mapping: dict[str, Any], source: str, fresh: bool
) -> None:
    """Keep what was decided of a draft so far, checked or not. With another kind, another way of
    reading the file, or *fresh*, the columns are suggested anew. Raises RightMissing, and
    ValueError once the import has begun."""
    require(actor, Right.INGEST, found.brand)
    with transaction.atomic():
        current = Import.objects.select_for_update().get(pk=found.pk)
        if current.state != ImportState.DRAFT or not current.digest:
            raise ValueError(_("This import has begun; how it is read can't be changed any more."))
        before = current.mapping
        is_other = any((mapping.get(name) or "") != (before.get(name) or "") for name in READING)
        current.source = source.replace("\x00", "").strip()[:40] or "import"
        if is_other or fresh or kind != current.kind or not current.header:
            current.kind = kind
            current.mapping = {name: mapping[name] for name in READING if mapping.get(name)}
            look_at(current, guess=False, recall=not fresh)
        else:
            current.mapping = mapping
        current.save()


def look_at(found: Import, *, guess: bool = True, recall: bool = True) -> None:
    """Find out how the file is read and what its columns are, and put it into the draft: as last
    time (*recall*) or as their names and values suggest. What can't be read is told in `problem`.
    Saves nothing."""
    given: dict[str, Any] = {name: v for name, v in found.mapping.items() if name in READING}
    with local(found.stored) as path:
        try:
            table = open_as_mapped(path, given)
            sample = list(islice(table.lines(), SAMPLE))
            # Of a text the line ends were counted on their way in; other files say it themselves.
            found.lines = (found.lines if table.encoding else 0) or table.total()
        except Unreadable as error:
            found.problem, found.header, found.mapping = str(error)[:400], [], given
            return
    found.problem = ""
    found.header = table.header
    types = recognised(table.header, sample)
    if guess:
        found.kind = guess_kind(table.header, types)
    mapping = remembered(found.brand, found.kind, table.header) if recall else None
    if mapping is None:
        columns = suggest(found.kind, table.header, types, _known(found.brand))
        mapping = {"columns": columns, "timezone": found.brand.timezone}
    else:
        # What was recognised of the last file need not hold for this one.
        mapping["types"] = {}
    found.mapping = as_read({**mapping, **given}, table)


# helpers


def _known(brand: Brand) -> Known:
    spaces = Namespace.objects.filter(Q(brand__isnull=True) | Q(brand=brand))
    tags = Tag.objects.filter(Q(brand__isnull=True) | Q(brand=brand), kind="assigned")
    return Known(
        [space.code for space in spaces],
        _called(spaces),
        _called(Attribute.objects.all()),
        _called(tags),
    )


def _called(things: Iterable[Any]) -> dict[str, str]:
    """Codes by every name that things have."""
    return {
        plain(name): one.code
        for one in things
        for name in (one.code, one.name, *one.names.values())
        if name
    }
