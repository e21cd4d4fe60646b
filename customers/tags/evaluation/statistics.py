"""Shares with their intervals, and the difference of two. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """*hits* of *whole* as a share of 0 to 1, and where the truth lies 95 times in 100."""

    hits: int
    whole: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two shares (of 0 to 1) and its interval."""

    value: float
    low: float
    high: float

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves out zero: the two differ, and not by chance alone."""
        return self.low > 0 or self.high < 0


def share_of(hits: int, whole: int, confidence: float = CONFIDENCE) -> Share | None:
    """The share with the interval of Wilson (1927, JASA 22, 209-212); None of nobody.

    Raises ValueError when hits are not between 0 and the whole.
    """
    if not 0 <= hits <= whole:
        raise ValueError(f"Of {whole} there can't be {hits}.")
    if not whole:
        return None
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    p = hits / whole
    middle = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z / (1 + z * z / whole) * math.sqrt(p * (1 - p) / whole + z * z / (4 * whole**2))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == whole else min(1.0, middle + half)
    return Share(hits, whole, p, low, high)


def difference(one: Share, two: Share) -> Difference:
    """one - two with the hybrid score interval of Newcombe (1998, Statistics in Medicine 17,
    873-890, method 10), which needs no large numbers and stays between -1 and 1."""
    value = one.share - two.share
    low = value - math.hypot(one.share - one.low, two.high - two.share)
    high = value + math.hypot(one.high - one.share, two.share - two.low)
    return Difference(value, max(-1.0, low), min(1.0, high))
