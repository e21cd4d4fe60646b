"""The six counts of sends, from the list to the goal, and why each is smaller than the one before.

Pure: sums in, counts out. What a step means is said once, in `STAGE` below, for whoever counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Final, NamedTuple, TypeVar

# Rules of the gate about whom a channel may reach at all; the others decide about now, or this.
NOT_ELIGIBLE: Final = (
    "consent", "reachability", "suppression", "duplicate_address", "merged", "erased",
)  # fmt: skip
# States of a message that was handed over, and of one that arrived as far as anybody knows.
HANDED: Final = ("handed_over", "delivered", "uncertain")
ARRIVED: Final = ("handed_over", "delivered")


# The six counts in order, as addresses call them.
BARS: Final = ("targeted", "eligible", "executed", "reached", "responded", "converted")


class Stage(IntEnum):
    """How far a send came. A conversion is counted beside: it needs no answer before it."""

    TARGETED = 0
    ELIGIBLE = 1
    EXECUTED = 2
    REACHED = 3
    RESPONDED = 4


# The stage of a candidate `c` with its message `m`, if any. A channel that reports nothing back has
# reached whom it was handed over to.
STAGE: Final = """CASE
    WHEN c.state = 'stopped' AND c.rule = ANY(%(not_eligible)s) THEN 0
    WHEN m.id IS NULL OR (m.handed_over_at IS NULL AND m.state <> ALL(%(handed)s)) THEN 1
    WHEN m.delivered_at IS NULL AND m.opened_at IS NULL AND m.clicked_at IS NULL
         AND m.state <> ALL(%(arrived)s) THEN 2
    WHEN m.opened_at IS NULL AND m.clicked_at IS NULL THEN 3
    ELSE 4
END"""
# Why it came no further: a rule of the gate, "waiting", "underway", "held", "uncertain" or the code
# of an error; '' where it came as far as one can be sent.
REASON: Final = """CASE
    WHEN c.state = 'stopped' THEN c.rule
    WHEN c.state IN ('waiting', 'deferred') THEN 'waiting'
    WHEN m.id IS NULL OR m.state = 'accepted' THEN 'underway'
    WHEN m.state IN ('held', 'uncertain') THEN m.state
    WHEN m.state = 'failed' THEN coalesce(nullif(split_part(m.error, '|', 1), ''), 'failed')
    ELSE ''
END"""
VALUES: Final[Mapping[str, list[str]]] = {
    "not_eligible": list(NOT_ELIGIBLE),
    "handed": list(HANDED),
    "arrived": list(ARRIVED),
}


class Sum(NamedTuple):
    """So many sends that are alike; `part` is what else was asked to part them by."""

    journey: int
    node: str
    content: int
    channel: str
    day: date
    stage: int
    reason: str
    converted: bool
    n: int
    part: str = ""


@dataclass(slots=True)
class Funnel:
    """The six counts; `why` says by stage why so many came no further than it. `both` converted
    and had responded before or after."""

    targeted: int = 0
    eligible: int = 0
    executed: int = 0
    reached: int = 0
    responded: int = 0
    converted: int = 0
    both: int = 0
    why: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, each: Sum) -> None:
        """Count so many more."""
        self.targeted += each.n
        self.eligible += each.n * (each.stage >= Stage.ELIGIBLE)
        self.executed += each.n * (each.stage >= Stage.EXECUTED)
        self.reached += each.n * (each.stage >= Stage.REACHED)
        self.responded += each.n * (each.stage >= Stage.RESPONDED)
        if each.converted and each.stage >= Stage.REACHED:
            self.converted += each.n
            self.both += each.n * (each.stage >= Stage.RESPONDED)
        if each.stage < Stage.REACHED:
            self.why[each.stage][each.reason or "unknown"] += each.n

    @property
    def counts(self) -> tuple[int, int, int, int, int, int]:
        """All six, in order."""
        return (
            self.targeted, self.eligible, self.executed, self.reached, self.responded,
            self.converted,
        )  # fmt: skip


K = TypeVar("K", bound=Hashable)


def funnel_of(sums: Iterable[Sum]) -> Funnel:
    """The funnel of all of them."""
    found = Funnel()
    for each in sums:
        found.add(each)
    return found


def funnels_by(sums: Iterable[Sum], key: Callable[[Sum], K]) -> dict[K, Funnel]:
    """A funnel for each value of *key*."""
    found: dict[K, Funnel] = defaultdict(Funnel)
    for each in sums:
        found[key(each)].add(each)
    return dict(found)
