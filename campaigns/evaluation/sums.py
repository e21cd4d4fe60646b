"""The sums by which an arm of an experiment is known, and what is told of two arms. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from customers.tags.evaluation.statistics import Share, share_of


@dataclass(frozen=True, slots=True)
class Rate:
    """*hits* of *people* did it. Raises ValueError when they can't be."""

    people: int
    hits: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.people:
            raise ValueError(f"Of {self.people} people {self.hits} can't have done it.")

    @property
    def share(self) -> float | None:
        """Of 0 to 1; None of nobody."""
        return self.hits / self.people if self.people else None

    def within(self, confidence: float = 0.95) -> Share | None:
        """The share with its interval (Wilson); None of nobody."""
        return share_of(self.hits, self.people, confidence)


@dataclass(frozen=True, slots=True)
class Values:
    """What *people* are worth each, as the sum and the sum of squares; who is worth nothing counts.

    Raises ValueError for sums that no values can have.
    """

    people: int
    total: float
    squares: float

    def __post_init__(self) -> None:
        finite = math.isfinite(self.total) and math.isfinite(self.squares)
        if self.people < 0 or not finite or self.squares < 0 or (not self.people and self.squares):
            raise ValueError(f"{self} are no sums of values.")

    @property
    def mean(self) -> float | None:
        """What one of them is worth; None of nobody."""
        return self.total / self.people if self.people else None

    @property
    def variance(self) -> float | None:
        """Of a single value, unbiased; None of fewer than two people.

        Sums of floats leave a trace where all values are the same: it is taken for 0.
        """
        if self.people < 2:
            return None
        around = self.squares - self.total * self.total / self.people
        return around / (self.people - 1) if around > 1e-12 * self.squares else 0.0


@dataclass(frozen=True, slots=True)
class Span:
    """A figure and where the truth lies; its ends are None where they can't be told."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves out zero."""
        return (self.low is not None and self.low > 0) or (self.high is not None and self.high < 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One arm against another.

    `difference` is one minus other, in shares of 0 to 1 or in value per customer; `lift` the same
    as a share of the other (0.1 is a tenth more); `p` how often chance alone parts two such arms
    so far; `statistic` the z or t behind it. None is what can't be told: of nobody, of values
    that do not vary, of a part of nothing.
    """

    difference: Span | None
    lift: Span | None
    p: float | None
    statistic: float | None = None
