"""How many people an experiment needs, and what it can see with those it has. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from campaigns.evaluation.chances import z_for
from campaigns.evaluation.comparing import ALPHA
from campaigns.evaluation.sequential import reach

POWER = 0.8  # how often an effect of the size asked for is seen
LEAST = 1e-9  # a smaller difference of two shares is none


@dataclass(frozen=True, slots=True)
class Size:
    """People in the arm and in the control group, and days until they are in.

    `days` is None when nobody comes.
    """

    treated: int
    control: int
    days: int | None = None

    @property
    def people(self) -> int:
        return self.treated + self.control


def size_for_rates(
    base: float,
    difference: float,
    *,
    control_share: float = 0.5,
    alpha: float = ALPHA,
    power: float = POWER,
    comparisons: int = 1,
    sequential: bool = False,
    per_day: float | None = None,
) -> Size | None:
    """People for seeing that a rate of *base* (0 to 1) becomes base + *difference*; None when that
    is no change or no rate.

    Without continuity correction: J. L. Fleiss, B. Levin and M. C. Paik, Statistical Methods for
    Rates and Proportions, 3rd ed. 2003, formulas 4.14 and 4.19. *control_share* is the part of the
    two arms that gets nothing. Several arms share alpha (Bonferroni, the first step of Holm). Read
    in sequence, the interval at the planned size takes the place of the usual one: an upper bound,
    as some experiments end before. *per_day* people come in a day, both arms together.
    """
    other = base + difference
    if not (0 <= base <= 1 and 0 <= other <= 1) or abs(difference) < LEAST:
        return None
    _check(control_share, alpha, power, comparisons)
    times = (1 - control_share) / control_share  # treated people for each in control
    middle = (base + times * other) / (1 + times)
    spread_none = middle * (1 - middle) * (1 + 1 / times)
    spread = base * (1 - base) + other * (1 - other) / times
    far = _far(alpha / comparisons, sequential)
    root = far * math.sqrt(spread_none) + z_for(1 - power) * math.sqrt(spread)
    return _size(root * root / difference**2, times, per_day)


def size_for_values(
    deviation: float,
    difference: float,
    *,
    control_share: float = 0.5,
    alpha: float = ALPHA,
    power: float = POWER,
    comparisons: int = 1,
    sequential: bool = False,
    per_day: float | None = None,
) -> Size | None:
    """The same for a value per customer with the standard *deviation* (of a customer), by the
    normal approximation: S.-C. Chow et al., Sample Size Calculations in Clinical Research, 3rd ed.
    2018, section 3.2.
    """
    if not difference or deviation <= 0:
        return None
    _check(control_share, alpha, power, comparisons)
    times = (1 - control_share) / control_share
    root = _far(alpha / comparisons, sequential) + z_for(1 - power)
    return _size(root * root * deviation**2 * (1 + 1 / times) / difference**2, times, per_day)


def seen_with(
    base: float, people: int, *, control_share: float = 0.5, **asked: float
) -> float | None:
    """The least rise of a rate of *base* that *people* (both arms) would show; None: not even a
    rise to 1. *asked*: alpha, power, comparisons, sequential as for `size_for_rates`."""
    low, high = 0.0, 1 - base

    def needed(rise: float) -> float:
        found = size_for_rates(base, rise, control_share=control_share, **asked)  # type: ignore[arg-type]
        return found.people if found else math.inf

    if needed(high) > people:
        return None
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if needed(middle) > people else (low, middle)
    return high


# helpers


def _check(control_share: float, alpha: float, power: float, comparisons: int) -> None:
    if not 0 < control_share < 1 or not 0 < alpha < 1 or not 0 < power < 1 or comparisons < 1:
        raise ValueError(
            "The share of the control group, alpha and power lie between 0 and 1, and there is at "
            f"least one comparison; got {control_share}, {alpha}, {power}, {comparisons}."
        )


def _far(alpha: float, sequential: bool) -> float:
    return reach(alpha, 1, 1) if sequential else z_for(alpha / 2)


def _size(control: float, times: float, per_day: float | None) -> Size:
    least, treated = math.ceil(control), math.ceil(control * times)
    days = math.ceil((least + treated) / per_day) if per_day else None
    return Size(treated, least, days)
