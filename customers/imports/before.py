"""What was loaded before: the same content, known for ever; and mappings that are offered again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.formats import at_moment, number
from customers.imports.mapping import READING
from customers.models import (
    Attribute,
    Brand,
    DataType,
    Import,
    ImportState,
    RememberedMapping,
)
from customers.personal import PERSONAL

_DATA_TYPES = {
    "number": DataType.NUMBER,
    "yes": DataType.BOOLEAN,
    "date": DataType.DATE,
    "datetime": DataType.DATETIME,
    "list": DataType.LIST,
}


def loaded_before(found: Import) -> Import | None:
    """The last import of the same content with the same kind and mapping into the same brand that
    is done, or one on its way; None when there is none. How long ago it was does not matter."""
    return same_as(found).exclude(state=ImportState.DRAFT).order_by("-pk").first()


def loaded_otherwise(found: Import) -> Import | None:
    """The last import of the same content with another mapping, if any. The door knows events of
    the same rows again, so that the new mapping changes nothing of them."""
    rows = Import.objects.filter(brand=found.brand, digest=found.digest, kind=found.kind)
    rows = rows.exclude(state=ImportState.DRAFT).exclude(pk=found.pk).order_by("-pk")
    same = _taken(found.mapping)
    return next((row for row in rows[:50] if _taken(row.mapping) != same), None)


def same_as(found: Import) -> QuerySet[Import]:
    """Imports with the same content, kind, source, and mapping of the same brand."""
    rows = Import.objects.filter(
        brand=found.brand, digest=found.digest, kind=found.kind, source=found.source
    ).exclude(pk=found.pk)
    same = _taken(found.mapping)
    return Import.objects.filter(
        pk__in=[row.pk for row in rows.order_by("-pk")[:50] if _taken(row.mapping) == same]
    )


def say_before(before: Import) -> str:
    """When an import was done, by whom, and what became of it, in a sentence."""
    words = {
        "when": at_moment(before.finished_at or before.started_at or before.created_at),
        "who": str(before.created_by or _("the command line")),
        "rows": number(before.accepted),
    }
    if before.state == ImportState.DONE:
        return (
            _("This file was loaded %(when)s, brought by %(who)s: %(rows)s rows came in.") % words
        )
    if before.state == ImportState.RUNNING:
        return _("This file is being loaded, brought by %(who)s.") % words
    return _("A load of this file that %(who)s began is not done; it can go on.") % words


def remembered(brand: Brand, kind: str, header: Sequence[str]) -> dict[str, Any] | None:
    """The mapping last used for a file with these columns, or None. How that file was read is
    left out: the next one may be written otherwise."""
    found = RememberedMapping.objects.filter(
        brand=brand, kind=kind, header_digest=header_digest(header)
    ).first()
    if found is None:
        return None
    return {name: value for name, value in found.mapping.items() if name not in READING}


def remember(found: Import, now: datetime) -> None:
    """Keep the mapping of an import for the next file with these columns."""
    RememberedMapping.objects.update_or_create(
        brand=found.brand,
        kind=found.kind,
        header_digest=header_digest(found.header),
        defaults={
            "header": found.header,
            "mapping": {k: v for k, v in found.mapping.items() if k not in READING},
            "used_at": now,
        },
    )


def header_digest(header: Sequence[str]) -> str:
    """By what files with the same columns are known."""
    return hashlib.sha256(json.dumps(list(header), ensure_ascii=False).encode()).hexdigest()


def name_attributes(found: Import) -> None:
    """Attributes that are new with this import are called as their columns are."""
    wanted = {
        target.removeprefix("attribute:"): column
        for column, targets in found.mapping["columns"].items()
        for target in targets
        if target.startswith("attribute:")
    }
    known = set(Attribute.objects.filter(code__in=wanted).values_list("code", flat=True))
    types = found.mapping["types"]
    Attribute.objects.bulk_create(
        [
            Attribute(
                code=code,
                name=column[:80],
                data_type=_DATA_TYPES.get(types[column].partition("_")[0], DataType.TEXT),
                is_personal=bool(re.search(PERSONAL, code)),
            )
            for code, column in wanted.items()
            if code not in known
        ],
        ignore_conflicts=True,
    )


# helpers


def _taken(mapping: Any) -> dict[str, Any]:
    """What of a mapping decides which facts come in; the encoding was found or given, but what
    was read is the same."""
    given = mapping if isinstance(mapping, dict) else {}
    left = {"encoding", "delimiter", "segment_name"}
    return {name: value for name, value in given.items() if name not in left}
