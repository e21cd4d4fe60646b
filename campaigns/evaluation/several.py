"""Several arms against one control group: what looking at all of them does to chance. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def holm(values: Sequence[float | None]) -> list[float | None]:
    """p-values adjusted for having looked at all of them, in the order given; None stays None.

    S. Holm, Scandinavian Journal of Statistics 6 (1979), 65-70. Holm and not Benjamini-Hochberg:
    an experiment has a few arms and somebody acts on every one that is called better, so *any*
    false alarm among them is what must stay below 5 in 100. It needs no assumption about how the
    comparisons hang together, which a common control group makes them do, and holds for
    always-valid p-values at any moment too.
    """
    told = sorted((p, place) for place, p in enumerate(values) if p is not None)
    found: list[float | None] = [None] * len(values)
    least = 0.0
    for rank, (p, place) in enumerate(told):
        least = max(least, min(1.0, p * (len(told) - rank)))
        found[place] = least
    return found
