"""Where figures are cut into ranges: at round numbers, about as many people in each. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

# Eighths of the people, asked of the database.
QUANTILES: Final = tuple(n / 8 for n in range(1, 8))
# So many different figures are told one by one.
SINGLE_MOST: Final = 12


def edges_of(quantiles: Sequence[float]) -> list[float]:
    """Round cuts near the eighths of the people, in order, each once; a value belongs to the range
    that begins with it. At least one, for figures that are all the same."""
    spread = max(quantiles) - min(quantiles)
    return sorted({_rounded(value, spread) for value in quantiles})


# helpers


def _rounded(value: float, spread: float) -> float:
    """To two figures, or to what tells cuts of a narrow spread apart."""
    size = abs(value)
    if not size or not math.isfinite(value):
        return 0.0
    places = 1 - math.floor(math.log10(size))
    if spread:
        places = max(places, 1 - math.floor(math.log10(spread)))
    rounded = round(value, places)
    return 0.0 if rounded == 0 else rounded
