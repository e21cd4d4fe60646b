"""Simulated experiments, with and without an effect: false alarms and power are as promised.

People come day by day; a simulated experiment is a few sums, drawn from binomials. The series of
a thousand experiments each is a proof; the suite runs a short one.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

import pytest

from campaigns.evaluation.comparing import compare_rates, compare_values
from campaigns.evaluation.ratio import check_ratio
from campaigns.evaluation.sequential import PLANNED, watch_rates, watch_values
from campaigns.evaluation.several import holm
from campaigns.evaluation.sizes import size_for_rates
from campaigns.evaluation.sums import Comparison, Rate, Values

DAYS = 28
Read = Callable[[Rate, Rate, int], Comparison]


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    """How many experiments a series has."""
    return int(request.param)


SHORT_AND_LONG = pytest.mark.parametrize(
    "many",
    [pytest.param(120, id="short"), pytest.param(1000, id="long", marks=pytest.mark.proof)],
    indirect=True,
)
ONLY_LONG = pytest.mark.parametrize(
    "many", [pytest.param(1000, id="long", marks=pytest.mark.proof)], indirect=True
)


@SHORT_AND_LONG
@pytest.mark.parametrize("base", [0.02, 0.2])
def test_without_an_effect_one_look_alarms_five_in_a_hundred(many: int, base: float) -> None:
    chance = random.Random(1)
    alarms = sum(_ends(chance, base, 0, 4_000, read_once) for _ in range(many))
    assert abs(alarms / many - 0.05) <= _slack(many, 0.05)


@SHORT_AND_LONG
@pytest.mark.parametrize(
    ("base", "a_day", "planned"), [(0.01, 300, 2 * 300 * DAYS), (0.05, 120, PLANNED)]
)
def test_read_every_day_without_an_effect(many: int, base: float, a_day: int, planned: int) -> None:
    """In sequence it alarms no more than promised, at whatever look; the usual test, read the same
    way, is fooled several times as often. That is why the first is what a page shows."""
    chance = random.Random(2)
    series = [list(_days(chance, base, 0, a_day, DAYS)) for _ in range(many)]
    always = sum(any(_is_alarm(read_always(*day, planned)) for day in days) for days in series)
    peeking = sum(any(_is_alarm(read_once(*day, planned)) for day in days) for days in series)
    assert always / many <= 0.05 + _slack(many, 0.05) / 2
    assert peeking / many > 0.13
    covered = sum(_covers_zero(read_always(*days[-1], planned)) for days in series)
    assert covered / many >= 0.95 - _slack(many, 0.05)


@SHORT_AND_LONG
@pytest.mark.parametrize("control_share", [0.5, 0.2])
def test_an_effect_of_the_size_asked_for_is_seen_four_times_in_five(
    many: int, control_share: float
) -> None:
    chance, base, effect = random.Random(3), 0.05, 0.02
    size = size_for_rates(base, effect, control_share=control_share)
    assert size
    seen = 0
    for _ in range(many):
        one = Rate(size.treated, _binomial(chance, size.treated, base + effect))
        seen += _is_alarm(read_once(one, Rate(size.control, _binomial(chance, size.control, base))))
    assert abs(seen / many - 0.8) <= _slack(many, 0.8)


@SHORT_AND_LONG
def test_read_every_day_an_effect_is_seen_as_often_and_sooner(many: int) -> None:
    chance, base, effect = random.Random(4), 0.05, 0.02
    size = size_for_rates(base, effect, sequential=True, per_day=400)
    assert size
    assert size.days
    days_needed, seen = 0, 0
    for _ in range(many):
        for n, day in enumerate(_days(chance, base, effect, 200, size.days), 1):
            if _is_alarm(read_always(*day, size.people)):
                seen, days_needed = seen + 1, days_needed + n
                break
    assert seen / many >= 0.8 - _slack(many, 0.8) / 2
    assert days_needed / seen < 0.8 * size.days  # and on average it ends before the planned day


@ONLY_LONG
def test_values_without_an_effect(many: int) -> None:
    """What customers spend is 0 for most and far from normal for the rest."""
    chance, alarms, always = random.Random(5), 0, 0
    for _ in range(many):
        sums = [[0, 0.0, 0.0], [0, 0.0, 0.0]]
        ever = False
        for _day in range(14):
            for arm in sums:
                for _one in range(_binomial(chance, 250, 0.1)):
                    value = chance.lognormvariate(3, 0.8)
                    arm[1] += value
                    arm[2] += value * value
                arm[0] += 250
            one, other = (Values(int(n), total, squares) for n, total, squares in sums)
            ever = ever or _is_alarm(watch_values(one, other, planned=7_000))
        always += ever
        alarms += _is_alarm(compare_values(one, other))
    assert abs(alarms / many - 0.05) <= _slack(many, 0.05)
    assert always / many <= 0.05 + _slack(many, 0.05) / 2


@SHORT_AND_LONG
def test_three_arms_without_an_effect_alarm_together_no_more_than_one(many: int) -> None:
    chance, any_alarm, any_uncorrected = random.Random(6), 0, 0
    for _ in range(many):
        control, *arms = (Rate(2_000, _binomial(chance, 2_000, 0.05)) for _ in range(4))
        ps = [compare_rates(arm, control).p for arm in arms]
        any_alarm += any(p is not None and p < 0.05 for p in holm(ps))
        any_uncorrected += any(p is not None and p < 0.05 for p in ps)
    assert any_alarm / many <= 0.05 + _slack(many, 0.05) / 2
    assert any_uncorrected > 1.5 * any_alarm


@SHORT_AND_LONG
def test_honest_arms_seldom_alarm_and_a_leak_does(many: int) -> None:
    chance, honest, leaking = random.Random(7), 0, 0
    for _ in range(many):
        first = _binomial(chance, 20_000, 0.1)
        honest += check_ratio([first, 20_000 - first], [10, 90]).is_alarm
        lost = _binomial(chance, first, 0.1)  # one in ten of the smaller arm was never counted
        leaking += check_ratio([first - lost, 20_000 - first], [10, 90]).is_alarm
    assert honest / many <= 0.01 + _slack(many, 0.01)
    assert leaking / many > 0.9


def read_once(one: Rate, other: Rate, planned: int = 0) -> Comparison:
    return compare_rates(one, other)


def read_always(one: Rate, other: Rate, planned: int) -> Comparison:
    return watch_rates(one, other, planned=planned)


# helpers


def _slack(many: int, share: float) -> float:
    """Three standard errors of a share seen in *many* experiments."""
    return 3 * math.sqrt(share * (1 - share) / many)


def _is_alarm(told: Comparison) -> bool:
    return told.p is not None and told.p < 0.05


def _covers_zero(told: Comparison) -> bool:
    return told.difference is not None and not told.difference.is_told


def _ends(chance: random.Random, base: float, effect: float, people: int, read: Read) -> bool:
    one = Rate(people, _binomial(chance, people, base + effect))
    return _is_alarm(read(one, Rate(people, _binomial(chance, people, base)), 2 * people))


def _days(
    chance: random.Random, base: float, effect: float, a_day: int, days: int
) -> Iterator[tuple[Rate, Rate]]:
    """The two arms at the end of each day."""
    hits = others = 0
    for day in range(1, days + 1):
        hits += _binomial(chance, a_day, base + effect)
        others += _binomial(chance, a_day, base)
        yield Rate(day * a_day, hits), Rate(day * a_day, others)


def _binomial(chance: random.Random, n: int, share: float) -> int:
    """How many of *n* do it, by the gaps between those who do (L. Devroye, Non-Uniform Random
    Variate Generation, 1986, X.4.3): as much work as there are hits."""
    hits, place, scale = -1, 0, math.log1p(-share)
    while place <= n:
        place += int(math.log(1.0 - chance.random()) / scale) + 1
        hits += 1
    return hits
