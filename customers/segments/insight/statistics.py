"""Two shares of separate people: how far apart they are, and whether chance explains it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

# Below so many expected people in a field the normal approximation is not trusted.
EXPECTED_LEAST = 5.0
# Shares that are alike to so many digits are one outcome to the exact test.
_ALIKE = 1 + 1e-7


def cohen_h(one: float, two: float) -> float:
    """The effect size of two shares (of 0 to 1): the difference of their arcsine transforms,
    from -π to π. 0.2 is small, 0.5 medium, 0.8 large: J. Cohen, Statistical Power Analysis for
    the Behavioral Sciences, 2nd ed. 1988, chapter 6. Raises ValueError outside of 0 to 1."""
    for share in (one, two):
        if not 0 <= share <= 1:
            raise ValueError(f"{share} is not a share of 0 to 1.")
    return 2 * math.asin(math.sqrt(one)) - 2 * math.asin(math.sqrt(two))


def p_value(hits: int, whole: int, other_hits: int, other_whole: int) -> float:
    """How often chance alone makes two shares of separate people differ at least so much.

    Two-sided. By the pooled z-test, or by Fisher's exact test (R. A. Fisher, Statistical Methods
    for Research Workers, 5th ed. 1934, section 21.02) where fewer than five people are expected in
    a field. 1 when one side is nobody. Raises ValueError when hits are not within the whole.
    """
    if not (0 <= hits <= whole and 0 <= other_hits <= other_whole):
        raise ValueError(f"{hits} of {whole} against {other_hits} of {other_whole} can't be.")
    have, people = hits + other_hits, whole + other_whole
    if not whole or not other_whole or have in (0, people):
        return 1.0
    if min(whole, other_whole) * min(have, people - have) < EXPECTED_LEAST * people:
        return _exact(hits, whole, have, people)
    pooled = have / people
    error = math.sqrt(pooled * (1 - pooled) * (1 / whole + 1 / other_whole))
    z = abs(hits / whole - other_hits / other_whole) / error
    return math.erfc(z / math.sqrt(2))


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """p-values adjusted for having looked at all of them, in the order given: taking what is at
    most 0.05 leaves 5 in 100 of the taken to chance. Y. Benjamini and Y. Hochberg, Controlling the
    False Discovery Rate, Journal of the Royal Statistical Society B 57 (1995), 289-300."""
    found = [1.0] * len(values)
    least = 1.0
    order = sorted(range(len(values)), key=lambda place: values[place])
    for rank in range(len(order), 0, -1):
        place = order[rank - 1]
        least = min(least, values[place] * len(values) / rank)
        found[place] = least
    return found


# helpers


def _exact(hits: int, whole: int, have: int, people: int) -> float:
    """The chance of everything that is no more likely than *hits*, all margins kept."""
    first, last = max(0, whole + have - people), min(whole, have)
    ways = _log_ways(people, whole)
    chances = [
        math.exp(_log_ways(have, x) + _log_ways(people - have, whole - x) - ways)
        for x in range(first, last + 1)
    ]
    limit = chances[hits - first] * _ALIKE
    return min(1.0, math.fsum(chance for chance in chances if chance <= limit))


def _log_ways(of: int, take: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(take + 1) - math.lgamma(of - take + 1)
