"""Files of imports that were not read to their end, and until when they are kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from customers.models import Import, ImportState

DRAFTS_KEPT: Final = timedelta(days=7)
FILES_KEPT: Final = timedelta(days=30)


def unread_files(brand_ids: Iterable[int]) -> list[dict[str, Any]]:
    """Files that came to these brands and may still be read: the number of the import, its state
    and until when its file is kept at the latest (ISO, None while it is on its way in)."""
    rows = (
        Import.objects.filter(brand__in=list(brand_ids))
        .exclude(state=ImportState.DONE)
        .exclude(stored="")
        .order_by("pk")
    )
    return [
        {
            "import": found.pk,
            "state": found.state,
            "until": None
            if found.state == ImportState.RUNNING
            else (found.created_at + kept(found)).isoformat(),
        }
        for found in rows
    ]


def kept(found: Import) -> timedelta:
    """For how long after it came the file of an import is kept that does not go on."""
    return DRAFTS_KEPT if found.state == ImportState.DRAFT else FILES_KEPT
