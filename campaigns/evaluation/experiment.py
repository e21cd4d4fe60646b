"""An experiment as a whole: every arm against the control group and among each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import combinations

from campaigns.evaluation.comparing import ALPHA, compare_rates, compare_values
from campaigns.evaluation.ratio import Ratio, check_ratio
from campaigns.evaluation.sequential import PLANNED, watch_rates, watch_values
from campaigns.evaluation.several import holm
from campaigns.evaluation.sums import Comparison, Rate, Values


class Reading(Enum):
    """How an experiment is read: at every moment one likes, or once when everybody is in."""

    ALWAYS = "always"
    ONCE = "once"


class Verdict(Enum):
    """What may be said of two arms."""

    NOBODY = "nobody"  # one of them is empty
    EARLY = "early"  # it may still be chance, and more people will tell
    CHANCE = "chance"  # read once at its end, and it may be chance
    MORE = "more"
    FEWER = "fewer"


@dataclass(frozen=True, slots=True)
class Arm:
    """The people of an arm and what they did. `share` is the weight by which it was drawn, 0 when
    it was not drawn; `values` is None where a goal is worth nothing by itself."""

    name: str
    share: float
    rate: Rate
    values: Values | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """An arm against another: by rate and by value; `p` and `value_p` are corrected for looking at
    several (Holm)."""

    arm: Arm
    other: Arm
    rate: Comparison
    value: Comparison | None
    p: float | None
    value_p: float | None
    verdict: Verdict
    value_verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is told of an experiment. `base` is the control group, else the first arm; `pairs` the
    others against it, `among` those others against each other (none when there is only one)."""

    arms: Sequence[Arm]
    base: Arm
    pairs: Sequence[Pair]
    among: Sequence[Pair]
    ratio: Ratio
    reading: Reading
    planned: int  # people of all arms; 0 when nobody said how many

    @property
    def people(self) -> int:
        return sum(arm.rate.people for arm in self.arms)

    @property
    def is_full(self) -> bool:
        """Whether as many people are in as were planned, or nobody said how many."""
        return not self.planned or self.people >= self.planned

    @property
    def best(self) -> Pair | None:
        """The arm that is told to do more than the control group, and most of those."""
        better = [pair for pair in self.pairs if pair.verdict is Verdict.MORE]
        return max(better, key=lambda pair: pair.arm.rate.share or 0, default=None)


def evaluate(
    arms: Sequence[Arm],
    *,
    control: str = "control",
    reading: Reading = Reading.ALWAYS,
    planned: int = 0,
) -> Evaluation:
    """Read an experiment of one arm or more; *planned* people of all arms, 0 when nobody said.

    The arms against the control group are one family of comparisons, those among each other a
    second; each keeps its false alarms below 5 in 100. Raises ValueError without an arm.
    """
    if not arms:
        raise ValueError("An experiment has at least one arm.")
    base = next((arm for arm in arms if arm.name == control), arms[0])
    others = [arm for arm in arms if arm is not base]
    is_over = not planned or sum(arm.rate.people for arm in arms) >= planned

    def family(couples: Sequence[tuple[Arm, Arm]]) -> list[Pair]:
        parts = (_of_both(one, two, arms, planned) or PLANNED for one, two in couples)
        told = [_pair(*couple, reading, part) for couple, part in zip(couples, parts, strict=True)]
        return _corrected(told, reading, is_over)

    drawn = [arm for arm in arms if arm.share > 0]
    return Evaluation(
        arms=arms,
        base=base,
        pairs=family([(arm, base) for arm in others]),
        among=family(list(combinations(others, 2))),
        ratio=check_ratio([arm.rate.people for arm in drawn], [arm.share for arm in drawn])
        if drawn
        else Ratio([], None),
        reading=reading,
        planned=planned,
    )


# helpers


def _of_both(one: Arm, two: Arm, arms: Sequence[Arm], planned: int) -> int:
    """How many of the planned people these two arms have, by their weights."""
    weight = sum(arm.share for arm in arms)
    return round(planned * (one.share + two.share) / weight) if weight else planned


def _pair(arm: Arm, other: Arm, reading: Reading, planned: int) -> Pair:
    worth = None
    if reading is Reading.ONCE:
        rate = compare_rates(arm.rate, other.rate)
        if arm.values and other.values:
            worth = compare_values(arm.values, other.values)
    else:
        rate = watch_rates(arm.rate, other.rate, planned=planned)
        if arm.values and other.values:
            worth = watch_values(arm.values, other.values, planned=planned)
    return Pair(arm, other, rate, worth, None, None, Verdict.NOBODY, None)


def _corrected(pairs: Sequence[Pair], reading: Reading, is_over: bool) -> list[Pair]:
    """The pairs with their corrected p and what may be said by it."""
    ps = holm([pair.rate.p for pair in pairs])
    value_ps = holm([pair.value.p if pair.value else None for pair in pairs])
    return [
        replace(
            pair,
            p=p,
            value_p=value_p,
            verdict=_verdict(pair.rate, p, reading, is_over),
            value_verdict=_verdict(pair.value, value_p, reading, is_over) if pair.value else None,
        )
        for pair, p, value_p in zip(pairs, ps, value_ps, strict=True)
    ]


def _verdict(told: Comparison, p: float | None, reading: Reading, is_over: bool) -> Verdict:
    if told.difference is None:
        return Verdict.NOBODY
    # Read once means: not before its end, however small p is on the way there.
    if p is not None and p < ALPHA and (reading is Reading.ALWAYS or is_over):
        return Verdict.MORE if told.difference.value > 0 else Verdict.FEWER
    return Verdict.CHANCE if reading is Reading.ONCE and is_over else Verdict.EARLY
