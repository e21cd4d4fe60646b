"""Kept counts as a ranking: what is more and what is less frequent in the group. Pure.

People are in three cells: those only in the group, those in both, those only in the base. The
group against everybody has nobody who is only in the group. Shares are told of the group and of
the whole base; what differs is tested between people of whom nobody is counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from customers.segments.insight.statistics import benjamini_hochberg, cohen_h, p_value
from customers.tags.evaluation.statistics import Difference, difference, share_of

ONLY, BOTH, OTHERS = range(3)
# What is taken to be more than chance: five in a hundred of what is told may be chance.
RATE: Final = 0.05
# Cohen's words for h, the largest first.
STRENGTHS: Final = ((0.8, "large"), (0.5, "medium"), (0.2, "small"), (0.0, "tiny"))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many people there are in each cell, and at how many of them was looked."""

    people: tuple[int, int, int]
    looked: tuple[int, int, int]

    @property
    def group(self) -> int:
        return self.people[ONLY] + self.people[BOTH]

    @property
    def base(self) -> int:
        return self.people[BOTH] + self.people[OTHERS]

    @property
    def is_exact(self) -> bool:
        """Whether everybody was looked at."""
        return self.people == self.looked

    @property
    def pair(self) -> tuple[int, int] | None:
        """The two cells that are tested; None when group and base are the same people."""
        cells = [cell for cell in (ONLY, OTHERS) if self.people[cell]]
        if len(cells) == 2:
            return ONLY, OTHERS
        if not cells or not self.people[BOTH]:
            return None
        return (BOTH, OTHERS) if cells == [OTHERS] else (ONLY, BOTH)


class Item(NamedTuple):
    """One thing that people have or not: its facet (place in the list), what of it (a value, a
    range, a window of days), and in each cell how many of those looked at have it."""

    facet: int
    what: Any
    hits: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """How an item is spread. `share` is that of the group, `base_share` that of the whole base, and
    `h` the effect between these two; `index` is 100 when they are the same, None when nobody of the
    base has it. `difference` and `p` are of the tested cells, `q` is p adjusted for many."""

    item: Item
    count: int
    base_count: int
    share: float
    base_share: float
    difference: Difference
    h: float
    p: float
    q: float

    @property
    def index(self) -> float | None:
        return 100 * self.share / self.base_share if self.base_share else None

    @property
    def is_noise(self) -> bool:
        """Whether chance explains it well enough."""
        return self.q > RATE

    @property
    def strength(self) -> str:
        """ "large", "medium", "small" or "tiny", after Cohen."""
        return next(word for least, word in STRENGTHS if abs(self.h) >= least)


def rank(sizes: Sizes, items: Sequence[Item]) -> list[Finding]:
    """Findings, what is told from chance first, the largest effect first; nothing when group and
    base are the same people."""
    pair = sizes.pair
    if pair is None:
        return []
    told = [item for item in items if any(item.hits)]
    ps = [_p(sizes, pair, item.hits) for item in told]
    adjusted = benjamini_hochberg(ps)
    found = [
        _finding(sizes, pair, item, p, q) for item, p, q in zip(told, ps, adjusted, strict=True)
    ]
    found.sort(key=lambda each: (each.is_noise, -abs(each.h), each.item.facet, str(each.item.what)))
    return found


def estimate(sizes: Sizes, hits: tuple[int, int, int], cells: Sequence[int]) -> float:
    """How many people of these cells have it, from those who were looked at."""
    return sum(
        hits[cell] * sizes.people[cell] / sizes.looked[cell] for cell in cells if sizes.looked[cell]
    )


# helpers


def _p(sizes: Sizes, pair: tuple[int, int], hits: tuple[int, int, int]) -> float:
    one, two = pair
    return p_value(hits[one], sizes.looked[one], hits[two], sizes.looked[two])


def _finding(sizes: Sizes, pair: tuple[int, int], item: Item, p: float, q: float) -> Finding:
    one, two = (share_of(item.hits[cell], sizes.looked[cell]) for cell in pair)
    count = estimate(sizes, item.hits, (ONLY, BOTH))
    base_count = estimate(sizes, item.hits, (BOTH, OTHERS))
    # A cell of which the sample has nobody tells nothing.
    apart = difference(one, two) if one and two else Difference(0.0, -1.0, 1.0)
    share = min(1.0, count / sizes.group) if sizes.group else 0.0
    base_share = min(1.0, base_count / sizes.base) if sizes.base else 0.0
    return Finding(
        item,
        round(count),
        round(base_count),
        share,
        base_share,
        apart,
        cohen_h(share, base_share),
        p,
        q,
    )
