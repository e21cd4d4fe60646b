"""Which of two values of an attribute stays: the one rule of imports, facts and merges.

Of each attribute a customer keeps the value and `[source id, moment]`, its provenance. Latest keeps
the greatest moment, first the least, trusted the greatest (trust of the source, moment). Each is
the top of an order, so any order of the same facts, in any batches and over any merges, ends in
the same value. A value that was taken back leaves its provenance: what is older comes too late.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.models import Conflict

# [source id, moment in UTC as ISO text]
Provenance = dict[str, list[Any]]


def standing(
    code: str, rule: str, values: Mapping[str, Any], provenance: Mapping[str, list[Any]]
) -> list[Any] | None:
    """The provenance that a new value has to beat; None when anything may come."""
    if rule == Conflict.FIRST and code not in values:
        return None  # nothing is no first value
    return provenance.get(code)


def beats(
    said: list[Any], held: list[Any], rule: str, trust: Mapping[int, int], *, tie: bool
) -> bool:
    """Whether a value said by *said* replaces one by *held*.

    `trust` maps source ids to 0–100. What the rule can't tell apart is decided by *tie*: of facts
    of one moment the one that came last stays, of merged customers the kept one's.
    """
    if rule == Conflict.FIRST:
        return bool(said[1] < held[1])
    mine, theirs = (said[1],), (held[1],)
    if rule == Conflict.TRUSTED:
        mine, theirs = (trust.get(said[0], 0), *mine), (trust.get(held[0], 0), *theirs)  # type: ignore[assignment]
    return mine > theirs or (tie and mine == theirs)
