"""What the door refused, noted for the live view of developers: by reason, not by item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from customers.ingest.limits import named
from customers.models import RefusedFact

MOST: Final = 10  # different reasons of one call


def note_refused(
    brand_id: int, source: str, refused: Iterable[tuple[str, str]], now: datetime
) -> None:
    """Note (event, why) of what a call was refused; one insert for all of them."""
    counted = Counter((named(event)[:120], named_text(text)) for event, text in refused)
    RefusedFact.objects.bulk_create(
        RefusedFact(
            brand_id=brand_id, source=source[:40], event=event, text=text, count=count, at=now
        )
        for (event, text), count in counted.most_common(MOST)
    )


def named_text(text: str) -> str:
    """A sentence as it can be kept."""
    return text.replace("\x00", "␀").encode(errors="replace").decode()[:300]
