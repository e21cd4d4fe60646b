"""The statistics against scipy and statsmodels, the books, and the published Cookie Cats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from campaigns.evaluation.chances import beyond_chi_square, beyond_t, t_for
from campaigns.evaluation.comparing import compare_rates, compare_values, z_of
from campaigns.evaluation.ratio import check_ratio
from campaigns.evaluation.several import holm
from campaigns.evaluation.sizes import seen_with, size_for_rates, size_for_values
from campaigns.evaluation.sums import Rate, Values

# See make_known.py, which asked the libraries.
KNOWN: dict[str, Any] = json.loads(Path(__file__).with_name("known.json").read_text())


def close(value: float) -> Any:
    return pytest.approx(value, rel=1e-8, abs=1e-12)


def test_rates_are_what_the_libraries_say() -> None:
    for case in KNOWN["rates"]:
        n, x, m, y = case["asked"]
        told = compare_rates(Rate(n, x), Rate(m, y))
        assert told.statistic == close(case["z"])
        assert told.p == close(case["p"])
        assert told.difference
        assert [told.difference.low, told.difference.high] == close(case["interval"])
        assert told.lift
        assert [told.lift.low, told.lift.high] == close(case["lift"])


def test_values_are_what_the_libraries_say() -> None:
    for case in KNOWN["values"]:
        n, total, squares, m, other, others = case["asked"]
        told = compare_values(Values(n, total, squares), Values(m, other, others))
        assert told.statistic == pytest.approx(case["t"], rel=1e-6)
        assert told.p == pytest.approx(case["p"], rel=1e-6)
        assert told.difference
        assert [told.difference.low, told.difference.high] == pytest.approx(
            case["interval"], rel=1e-6
        )


def test_distributions_are_what_the_libraries_say() -> None:
    for t, freedom, p in KNOWN["t"]:
        assert beyond_t(t, freedom) == pytest.approx(p, rel=1e-7)
    for p, freedom, t in KNOWN["t_for"]:
        assert t_for(p, freedom) == close(t)
    for value, freedom, p in KNOWN["chi"]:
        assert beyond_chi_square(value, freedom) == close(p)
    for people, p in KNOWN["ratio"]:
        assert check_ratio(people, [1] * len(people)).p == close(p)
    for ps, adjusted in KNOWN["holm"]:
        assert holm(ps) == close(adjusted)


def test_sizes_are_what_the_libraries_say() -> None:
    for base, difference, control, power, treated in KNOWN["size"]:
        size = size_for_rates(base, difference, control_share=control, power=power)
        assert size
        assert size.treated == pytest.approx(treated, abs=1)
        assert size.control == pytest.approx(treated * control / (1 - control), abs=1)
        if difference > 0:
            seen = seen_with(base, size.people, control_share=control, power=power)
            assert seen == pytest.approx(difference, rel=1e-3)
    # Chow et al.: sigma 10, a difference of 5, alpha 5 %, power 80 %: 63 in each group.
    even = size_for_values(10, 5, per_day=40)
    assert even
    assert (even.treated, even.control, even.days) == (63, 63, 4)


# The published figures: see the answers that come with the public data sets.
COOKIE_CATS = [
    ("retention_1", 20_119, 20_034, -1.7841, 0.0744, -0.5905, 0.44819, 0.44228),
    ("retention_7", 8_279, 8_502, -3.1644, 0.00155, -0.8201, 0.190201, 0.182000),
]


@pytest.mark.parametrize("case", COOKIE_CATS, ids=[case[0] for case in COOKIE_CATS])
def test_cookie_cats(case: tuple[str, int, int, float, float, float, float, float]) -> None:
    _name, late, early, z, p, points, share, other_share = case
    one, other = Rate(45_489, late), Rate(44_700, early)
    told = compare_rates(one, other)
    assert other.share == pytest.approx(share, abs=5e-6)
    assert one.share == pytest.approx(other_share, abs=5e-6)
    assert told.statistic == pytest.approx(z, abs=5e-5)
    assert told.p == pytest.approx(p, rel=4e-3)
    assert told.difference
    assert 100 * told.difference.value == pytest.approx(points, abs=5e-5)
    ratio = check_ratio([44_700, 45_489], [1, 1])
    assert ratio.p == pytest.approx(0.00861, abs=5e-6)
    assert ratio.is_alarm


# Newcombe 1998, table II, method 10; the last lines are those where others fall over.
NEWCOMBE = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((10, 10), (0, 10), 0.6075, 1.0),
]


def test_few_people_are_told_as_in_the_book() -> None:
    for (x, n), (y, m), low, high in NEWCOMBE:
        told = compare_rates(Rate(n, x), Rate(m, y)).difference
        assert told
        assert [told.low, told.high] == pytest.approx([low, high], abs=6e-5)


def test_what_cannot_be_is_refused() -> None:
    for people, hits in ((3, 4), (3, -1), (-1, -1)):
        with pytest.raises(ValueError, match=str(hits)):
            Rate(people, hits)
    for sums in ((1, 1.0, -1.0), (0, 0.0, 2.0), (2, float("nan"), 1.0), (2, 1.0, float("inf"))):
        with pytest.raises(ValueError, match="no sums"):
            Values(*sums)
    with pytest.raises(ValueError, match="2 arms"):
        check_ratio([1, 2], [1])
    with pytest.raises(ValueError, match="above 0"):
        check_ratio([1, 2], [1, 0])
    with pytest.raises(ValueError, match="between 0 and 1"):
        size_for_rates(0.1, 0.1, control_share=1)
    assert z_of(Rate(10, 10), Rate(20, 20)) is None
