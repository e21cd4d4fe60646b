"""The six counts of sends, parted by one thing: by day, channel, content, text, segment or brand.

Pure: sums in, counts out, in an order in which they can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from campaigns.evaluation.comparing import compare_rates
from campaigns.evaluation.funnel import Funnel, Sum, funnels_by
from campaigns.evaluation.sums import Comparison, Rate


class By(StrEnum):
    """What sends are parted by."""

    DAY = "day"
    CHANNEL = "channel"
    CONTENT = "content"
    TEXT = "text"
    SEGMENT = "segment"
    BRAND = "brand"


# A day, a channel, a content, a content with its language and variant, "in" or "out", a brand.
Key = date | str | int | tuple[int, str]
KEYS: Final[Mapping[By, Callable[[Sum], Key]]] = {
    By.DAY: lambda each: each.day,
    By.CHANNEL: lambda each: each.channel,
    By.CONTENT: lambda each: each.content,
    By.TEXT: lambda each: (each.content, each.part),
    By.SEGMENT: lambda each: each.part,
    By.BRAND: lambda each: int(each.part),
}
INSIDE, OUTSIDE = "in", "out"


@dataclass(frozen=True, slots=True)
class Piece:
    """One of them with its six counts."""

    key: Key
    funnel: Funnel

    @property
    def rate(self) -> Rate:
        """Who responded of those reached."""
        return Rate(self.funnel.reached, self.funnel.responded)


def pieces_of(sums: Iterable[Sum], by: By, always: Sequence[Key] = ()) -> list[Piece]:
    """Those that must be there *always* first and in their order, whether anything was sent or not;
    the others by how many were targeted."""
    found = funnels_by(sums, KEYS[by])
    others = [key for key in found if key not in set(always)]
    others.sort(key=lambda key: (-found[key].targeted, str(key)))
    return [Piece(key, found.get(key) or Funnel()) for key in (*always, *others)]


def inside_against_outside(pieces: Sequence[Piece]) -> Comparison:
    """How those in the segment respond, against those who are not."""
    rates = {piece.key: piece.rate for piece in pieces}
    nobody = Rate(0, 0)
    return compare_rates(rates.get(INSIDE, nobody), rates.get(OUTSIDE, nobody))
