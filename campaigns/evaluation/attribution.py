"""Attribution: which of several messages a conversion is counted for. Pure.

A touch is a message that reached somebody; a conversion an event of hers within a window after it.
One conversion may follow several touches: the last or the first of them gets it, or each of them.
Attribution tells what came *after* messages. What came *because* of them only an experiment tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Touch(Enum):
    """The touch that gets a conversion."""

    LAST = "last"
    FIRST = "first"
    ANY = "any"


WINDOWS = (7, 30, 60, 90)  # days after a touch in which a conversion counts


@dataclass(frozen=True, slots=True)
class Brought:
    """What the messages of a content on a channel brought: `handed` were handed over, `conversions`
    worth `value` came after them. `cost` is None where nobody has said what one costs."""

    content: int
    channel: str
    handed: int
    conversions: int
    value: Decimal
    cost: Decimal | None = None

    @property
    def per_conversion(self) -> Decimal | None:
        """What one conversion cost."""
        return None if self.cost is None or not self.conversions else self.cost / self.conversions

    @property
    def roi(self) -> Decimal | None:
        """What came back beyond the cost, as a share of it: 1.5 is two and a half times the cost.
        None where nothing was spent."""
        return None if not self.cost else (self.value - self.cost) / self.cost


def brought_of(
    handed: Mapping[tuple[int, str], int],
    conversions: Mapping[tuple[int, str], tuple[int, Decimal]],
    costs: Mapping[str, Decimal],
) -> list[Brought]:
    """By content and channel, those that brought most first."""
    found = []
    for key in handed.keys() | conversions.keys():
        content, channel = key
        n = handed.get(key, 0)
        many, value = conversions.get(key, (0, Decimal(0)))
        cost = n * costs[channel] if channel in costs else None
        found.append(Brought(content, channel, n, many, value, cost))
    return sorted(found, key=lambda each: (-each.value, -each.conversions, each.content))


def total_of(parts: Sequence[Brought], conversions: int, value: Decimal) -> Brought:
    """All together: each conversion once, however many touches share it."""
    known = [part.cost for part in parts if part.cost is not None]
    complete = len(known) == len([part for part in parts if part.handed])
    handed = sum(part.handed for part in parts)
    cost = sum(known, Decimal(0)) if known and complete else None
    return Brought(0, "", handed, conversions, value, cost)
