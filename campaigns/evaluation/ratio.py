"""Sample-ratio mismatch: arms of other sizes than they should have. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.evaluation.chances import beyond_chi_square

# Below it something decides about the arms beside chance, and no figure of the experiment is to be
# trusted. A. Fabijan et al., Diagnosing Sample Ratio Mismatch in Online Controlled Experiments,
# KDD 2019. One honest experiment in a hundred is looked at for nothing.
ALARM = 0.01
EXPECTED_LEAST = 5.0  # people expected in the smallest arm, or chi-square is no test


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many people each arm should have, and how often chance parts them so far from it.

    `p` is None where there is nothing to test: fewer than two arms, or too few people.
    """

    expected: Sequence[float]
    p: float | None

    @property
    def is_alarm(self) -> bool:
        return self.p is not None and self.p < ALARM


def check_ratio(people: Sequence[int], shares: Sequence[float]) -> Ratio:
    """*people* of each arm against the *shares* (any positive weights) by which they were drawn.

    Pearson's chi-square test with one degree of freedom less than there are arms. Raises
    ValueError when the two do not fit each other or a share is not above 0.
    """
    if len(people) != len(shares) or any(share <= 0 for share in shares):
        raise ValueError(f"{len(people)} arms need as many shares above 0; got {list(shares)}.")
    whole, weight = sum(people), sum(shares)
    expected = [whole * share / weight for share in shares]
    if len(people) < 2 or min(expected) < EXPECTED_LEAST:
        return Ratio(expected, None)
    away = sum((n - e) ** 2 / e for n, e in zip(people, expected, strict=True))
    return Ratio(expected, beyond_chi_square(away, len(people) - 1))
