"""What a batch says of whom, once it is known who its people are and which events are new."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from customers.ingest.check import ReadItem
from customers.ingest.events import Row
from customers.ingest.people import NOBODY, News, sightings


@dataclass(slots=True)
class Told:
    """The items to apply with their customers, what is new of these, how many events had been taken
    in before, and who was seen when, as it is written."""

    said: list[tuple[int, ReadItem]]
    news: News
    repeated: int = 0
    sighted: tuple[str, str] = (NOBODY, NOBODY)
    _left: list[Row] | None = None

    @property
    def rows(self) -> list[Row]:
        """The events to write. When all are new they are listed only here: until they are packed
        nobody needs them, and then the server is busy with something else."""
        if self._left is not None:
            return self._left
        return [(id, event) for id, item in self.said for event in item.events]


def tell(
    items: Sequence[ReadItem],
    customer_ids: Sequence[int],
    becomes_known: Set[int],
    fresh: set[bytes] | None,
) -> Told:
    """What these items say of their customers; `fresh` are the keys that are new, or None when all
    are, each once. An item with nothing but events that were taken in before says nothing."""
    said = list(zip(customer_ids, items, strict=True))
    told = Told(said, News(becomes_known=set(becomes_known)))
    if fresh is not None:
        _without_repeated(told, fresh)
    incoming, seen_at = told.news.incoming, told.news.seen_at
    for id, item in told.said:
        if item.attributes:
            incoming.setdefault(id, []).append((item.attributes, item.at))
        if item.changes:
            incoming.setdefault(id, []).append((item.changes, item.at))
            told.news.has_changes = True
        at = item.seen_at
        if at is not None:
            before = seen_at.get(id)
            if before is None or before < at:
                seen_at[id] = at
    told.sighted = sightings(told.news)
    return told


# helpers


def _without_repeated(told: Told, fresh: set[bytes]) -> None:
    by_item, told.said = told.said, []
    rows: list[Row] = []
    left = set(fresh)
    for id, item in by_item:
        kept = 0
        for event in item.events:
            if event.key:
                if event.key not in left:
                    told.repeated += 1
                    continue
                left.discard(event.key)
            kept += 1
            rows.append((id, event))
        if kept or not item.events:
            told.said.append((id, item))
    told._left = rows
