"""Effect sizes, chance and many comparisons: by the figures of the books, and by brute force."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import pairwise
from math import comb

import pytest

from customers.segments.insight.edges import QUANTILES, edges_of
from customers.segments.insight.ranking import BOTH, ONLY, OTHERS, Item, Sizes, rank
from customers.segments.insight.statistics import benjamini_hochberg, cohen_h, p_value


@pytest.mark.parametrize(
    ("one", "two", "h"),
    [
        # Cohen 1988, table 6.2.2: φ of .50 is 1.571, of .25 is 1.047, of .10 is 0.644
        (0.5, 0.25, 1.571 - 1.047),
        (0.1, 0.5, 0.644 - 1.571),
        (1.0, 0.0, math.pi),
        (0.3, 0.3, 0.0),
    ],
)
def test_h_is_that_of_cohens_table(one: float, two: float, h: float) -> None:
    assert cohen_h(one, two) == pytest.approx(h, abs=1e-3)
    assert cohen_h(two, one) == -cohen_h(one, two)


def test_shares_outside_of_0_and_1_are_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.5"):
        cohen_h(1.5, 0.2)
    with pytest.raises(ValueError, match="3 of 2"):
        p_value(3, 2, 0, 5)


def test_chance_of_a_large_table() -> None:
    # 60 of 100 against 45 of 100: z = 0.15 / sqrt(0.525 · 0.475 · 0.02) = 2.1242, p = 0.0337
    assert p_value(60, 100, 45, 100) == pytest.approx(0.0337, abs=5e-5)
    assert p_value(45, 100, 60, 100) == p_value(60, 100, 45, 100)
    assert p_value(600_000, 1_000_000, 450_000, 1_000_000) == 0.0


def test_chance_of_a_small_table_is_exact() -> None:
    # Fisher's lady: 3 of 4 against 1 of 4 gives 0.4857, all 4 against none 0.0286
    assert p_value(3, 4, 1, 4) == pytest.approx(34 / 70)
    assert p_value(4, 4, 0, 4) == pytest.approx(2 / 70)
    chance = random.Random(5)
    for _ in range(200):
        whole, others = chance.randint(1, 12), chance.randint(1, 12)
        hits, other_hits = chance.randint(0, whole), chance.randint(0, others)
        if min(whole, others) * min(hits + other_hits, whole + others - hits - other_hits) >= (
            5 * (whole + others)
        ):
            continue
        assert p_value(hits, whole, other_hits, others) == pytest.approx(
            float(by_counting(hits, whole, other_hits, others))
        )


def by_counting(hits: int, whole: int, other_hits: int, others: int) -> Fraction:
    """Every way to deal the same hits, as whole numbers."""
    have = hits + other_hits
    ways = {
        x: comb(whole, x) * comb(others, have - x)
        for x in range(max(0, have - others), min(whole, have) + 1)
    }
    return Fraction(sum(w for w in ways.values() if w <= ways[hits]), comb(whole + others, have))


def test_a_table_that_tells_nothing_is_chance() -> None:
    assert p_value(0, 0, 3, 9) == 1.0
    assert p_value(0, 5, 0, 9) == 1.0
    assert p_value(5, 5, 9, 9) == 1.0


def test_adjusting_for_many_comparisons() -> None:
    # Benjamini & Hochberg 1995, section 3.2: of these fifteen the first four are taken at 0.05.
    ps = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
          0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    adjusted = benjamini_hochberg(ps)
    assert [q <= 0.05 for q in adjusted] == [True] * 4 + [False] * 11
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)
    shuffled = random.Random(1).sample(ps, len(ps))
    assert benjamini_hochberg(shuffled) == [adjusted[ps.index(p)] for p in shuffled]
    assert benjamini_hochberg([]) == []


def test_of_pure_chance_hardly_anything_is_told() -> None:
    chance = random.Random(11)
    sizes = Sizes((0, 400, 3_600), (0, 400, 3_600))
    items = []
    for n in range(200):
        share = chance.uniform(0.05, 0.9)
        hits = [sum(chance.random() < share for _ in range(size)) for size in (400, 3_600)]
        items.append(Item(n, "x", (0, hits[0], hits[1])))
    items.append(Item(200, "real", (0, 300, 1_800)))
    found = rank(sizes, items)
    assert found[0].item.what == "real"
    assert sum(not each.is_noise for each in found) <= 2


def test_the_group_is_told_against_all_and_tested_against_the_others() -> None:
    sizes = Sizes((0, 100, 900), (0, 100, 900))
    assert sizes.pair == (BOTH, OTHERS)
    [found] = rank(sizes, [Item(0, "Hangzhou", (0, 50, 150))])
    assert (found.count, found.base_count) == (50, 200)
    assert (found.share, found.base_share, found.index) == (0.5, 0.2, 250)
    assert found.difference.value == pytest.approx(1 / 3)
    assert found.difference.low > 0.2
    assert found.h == pytest.approx(cohen_h(0.5, 0.2))
    assert (found.strength, found.is_noise) == ("medium", False)


def test_two_segments_are_tested_between_those_who_are_in_one() -> None:
    assert Sizes((5, 7, 9), (5, 7, 9)).pair == (ONLY, OTHERS)
    assert Sizes((5, 7, 0), (5, 7, 0)).pair == (ONLY, BOTH)
    assert Sizes((0, 7, 0), (0, 7, 0)).pair is None
    assert Sizes((5, 0, 0), (5, 0, 0)).pair is None
    assert rank(Sizes((0, 7, 0), (0, 7, 0)), [Item(0, 1, (0, 3, 0))]) == []
    [found] = rank(Sizes((10, 10, 20), (10, 10, 20)), [Item(0, 1, (10, 5, 0))])
    assert (found.share, found.base_share) == (0.75, 5 / 30)
    assert found.difference.value == 1.0


def test_a_sample_is_weighed_and_its_interval_is_wider() -> None:
    exact = Sizes((0, 1_000, 100_000), (0, 1_000, 100_000))
    drawn = Sizes((0, 1_000, 100_000), (0, 1_000, 1_000))
    [whole] = rank(exact, [Item(0, 1, (0, 300, 10_000))])
    [some] = rank(drawn, [Item(0, 1, (0, 300, 100))])
    assert not drawn.is_exact
    assert (some.base_count, some.base_share) == (whole.base_count, whole.base_share)
    assert some.difference.value == pytest.approx(whole.difference.value)
    assert some.difference.high - some.difference.low > whole.difference.high - whole.difference.low


def test_a_share_that_nobody_of_the_base_has_has_no_index() -> None:
    [found] = rank(Sizes((10, 0, 20), (10, 0, 20)), [Item(0, 1, (8, 0, 0))])
    assert found.index is None
    assert found.strength == "large"


def test_cuts_are_round_and_in_order() -> None:
    chance = random.Random(2)
    for _ in range(100):
        low, width = chance.uniform(-1e5, 1e5), 10 ** chance.uniform(-3, 6)
        figures = sorted(low + width * chance.random() ** 3 for _ in range(400))
        cuts = edges_of([figures[int(400 * q)] for q in QUANTILES])
        assert cuts == sorted(set(cuts))
        assert 4 <= len(cuts) <= 7
        inside = [sum(a <= f < b for f in figures) for a, b in pairwise(cuts)]
        assert max(inside) <= 200
    assert edges_of([5.0] * 7) == [5.0]
    assert edges_of([104.9, 151.0, 203.0, 351.0, 702.0, 1480.0, 9903.0]) == [
        100, 150, 200, 350, 700, 1500, 9900,
    ]  # fmt: skip
