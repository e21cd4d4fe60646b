"""Points of 0 to 100 for each part of an evaluation, and the score that weighs them. Pure.

Every part says None where there is nothing to go by; the score is then that of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from customers.tags.evaluation.statistics import Share, difference

PARTS: Final = ("coverage", "use", "accuracy", "success")
# So many of a sample must be marked, or so many people be in each group, to tell anything.
LEAST_MARKED, LEAST_PEOPLE = 20, 30


def coverage_points(customers: int, everybody: int) -> float | None:
    """The share of everybody in percent."""
    return min(100.0, 100.0 * customers / everybody) if everybody > 0 else None


def use_points(uses: int) -> float:
    """Each use halves what is missing to 100: none 0, one 50, two 75, three 87.5."""
    return 100.0 * (1 - 0.5 ** max(uses, 0))


def sample_points(checked: Share | None) -> float | None:
    """The share of right values in percent, of at least twenty that were marked."""
    if checked is None or checked.whole < LEAST_MARKED:
        return None
    return 100.0 * checked.share


def outcome_points(having: Share | None, lacking: Share | None, expects: str) -> float | None:
    """How well a value tells people apart: 100 x (1 - smaller share / larger share).

    0 when the difference may be chance (its interval holds zero) or goes the other way than it
    *expects* ("more" or "less"); None with fewer than thirty people on a side.
    """
    if having is None or lacking is None or min(having.whole, lacking.whole) < LEAST_PEOPLE:
        return None
    gap = difference(having, lacking)
    right_way = gap.value > 0 if expects == "more" else gap.value < 0
    if not gap.is_told or not right_way:
        return 0.0
    return 100.0 * (1 - min(having.share, lacking.share) / max(having.share, lacking.share))


def success_points(using: Share | None, others: Share | None) -> float | None:
    """50 when its audiences respond like others, 75 when twice as often, 25 when half as often.

    50 + 50 x (share - others) / larger share; 50 when the difference may be chance, None with
    fewer than thirty messages on a side.
    """
    if using is None or others is None or min(using.whole, others.whole) < LEAST_PEOPLE:
        return None
    gap = difference(using, others)
    if not gap.is_told:
        return 50.0
    return 50.0 + 50.0 * gap.value / max(using.share, others.share)


def mean(points: list[float | None]) -> float | None:
    """The average of those that are known."""
    known = [each for each in points if each is not None]
    return sum(known) / len(known) if known else None


def score(points: Mapping[str, float | None], weights: Mapping[str, int]) -> float | None:
    """The average of the known parts by their weights; None when no known part has any weight."""
    known = {part: value for part, value in points.items() if value is not None}
    weight = sum(weights[part] for part in known)
    if weight <= 0:
        return None
    return sum(weights[part] * value for part, value in known.items()) / weight
