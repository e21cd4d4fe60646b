"""Contents, channels or whatever is compared, the best first, and whether that is chance. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from campaigns.evaluation.comparing import ALPHA, compare_rates
from campaigns.evaluation.several import holm
from campaigns.evaluation.sums import Rate

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Place(Generic[K]):
    """One of them. `p`: how often chance alone parts it so far from the first, corrected for
    comparing all with it; None of the first itself and of nobody. `best` is the first's rate."""

    key: K
    rate: Rate
    best: Rate
    p: float | None = None

    @property
    def is_behind(self) -> bool:
        """Whether it is behind the first, and not by chance."""
        is_less = (self.rate.share or 0.0) < (self.best.share or 0.0)
        return is_less and self.p is not None and self.p < ALPHA


def rank(rates: Mapping[K, Rate]) -> list[Place[K]]:
    """The surest first: by the lower end of the interval of the rate (Wilson), so that one of
    three people does not lead; those of nobody last.

    All are compared with the first. That it is the first has been found from the same people, so
    chance favours it; the correction for several (Holm) keeps most of that out, no more.
    """
    ordered = sorted(rates.items(), key=lambda item: _lower_end(item[1]), reverse=True)
    if not ordered:
        return []
    (first, best), *others = ordered
    ps = holm([compare_rates(best, rate).p if rate.people else None for _key, rate in others])
    return [
        Place(first, best, best),
        *(Place(key, rate, best, p) for (key, rate), p in zip(others, ps, strict=True)),
    ]


def is_ahead(places: list[Place[K]]) -> bool:
    """Whether the first is ahead of every other one, and not by chance."""
    return len(places) > 1 and all(place.is_behind for place in places[1:])


# helpers


def _lower_end(rate: Rate) -> float:
    span = rate.within()
    return span.low if span else -1.0
