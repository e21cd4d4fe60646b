"""Whatever the sums, something sensible is told: no NaN, no exception, intervals around figures."""

from __future__ import annotations

import math
from dataclasses import astuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaigns.evaluation.comparing import compare_rates, compare_values
from campaigns.evaluation.ratio import check_ratio
from campaigns.evaluation.sequential import watch_rates, watch_values
from campaigns.evaluation.several import holm
from campaigns.evaluation.sizes import seen_with, size_for_rates
from campaigns.evaluation.sums import Comparison, Rate, Span, Values


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    people = draw(st.integers(0, 30) | st.integers(0, 10**6))
    return Rate(people, draw(st.sampled_from([0, people]) | st.integers(0, people)))


amounts = st.lists(st.sampled_from([0.0, 0.01, 9.9, -3.0, 1e6]) | st.floats(-1e7, 1e7), max_size=30)


def values_of(each: list[float]) -> Values:
    return Values(len(each), math.fsum(each), math.fsum(x * x for x in each))


def _sensible(told: Comparison) -> None:
    assert told.p is None or 0 <= told.p <= 1
    for span in (told.difference, told.lift):
        if span is None:
            continue
        assert all(math.isfinite(x) for x in astuple(span) if x is not None)
        assert (span.low is None) == (span.high is None)
        if span.low is not None and span.high is not None:
            slack = 1e-9 * (1 + abs(span.value))
            assert span.low <= span.value + slack
            assert span.value <= span.high + slack


@settings(max_examples=60, deadline=None)
@given(rates(), rates())
@example(Rate(0, 0), Rate(0, 0))
@example(Rate(1, 1), Rate(1, 0))
@example(Rate(10**9, 0), Rate(10**9, 10**9))
def test_rates(one: Rate, other: Rate) -> None:
    for compare in (compare_rates, watch_rates):
        told, turned = compare(one, other), compare(other, one)
        _sensible(told)
        assert (told.difference is None) == (not one.people or not other.people)
        if told.difference and turned.difference:  # whom one calls the first makes no difference
            assert told.difference.value == -turned.difference.value
            assert told.p == pytest.approx(turned.p, rel=1e-6)
            assert -1 <= (told.difference.low or 0) <= (told.difference.high or 0) <= 1


@settings(max_examples=60)
@given(amounts, amounts)
@example([], [1.0])
@example([1.0], [2.0])
@example([2.0, 2.0], [2.0, 2.0])
@example([0.0] * 25, [0.0] * 24 + [1e6])
@example([1e-150, 0.0], [0.0, 0.0])
def test_values(one: list[float], other: list[float]) -> None:
    for compare in (compare_values, watch_values):
        _sensible(compare(values_of(one), values_of(other)))


@given(rates(), rates(), st.integers(10, 10**7), st.sampled_from([0.05, 0.01, 0.2]))
def test_the_p_that_holds_always_says_what_the_interval_says(
    one: Rate, other: Rate, planned: int, alpha: float
) -> None:
    told = watch_rates(one, other, alpha, planned)
    if told.difference and told.p is not None and abs(told.p - alpha) > 1e-9:
        assert told.difference.is_told == (told.p < alpha)


@given(rates(), rates())
def test_looking_always_costs_something(one: Rate, other: Rate) -> None:
    """The interval that holds at every look is the wider one, where there are enough people for
    the two approximations to agree."""
    if min(one.hits, other.hits, one.people - one.hits, other.people - other.hits) < 50:
        return
    once, always = compare_rates(one, other).difference, watch_rates(one, other).difference
    assert once
    assert always
    assert _width(always) > 1.3 * _width(once)


@given(st.lists(st.none() | st.floats(0, 1), max_size=9))
def test_corrected_chances(ps: list[float | None]) -> None:
    found = holm(ps)
    assert len(found) == len(ps)
    for p, adjusted in zip(ps, found, strict=True):
        assert (p is None) == (adjusted is None)
        if p is not None and adjusted is not None:
            assert p <= adjusted <= 1
    told = [(p, q) for p, q in zip(ps, found, strict=True) if p is not None and q is not None]
    assert [q for _p, q in sorted(told)] == sorted(q for _p, q in told)
    if len(told) == 1:
        assert told[0][0] == told[0][1]


@given(st.lists(st.tuples(st.integers(0, 10**8), st.floats(0.1, 100)), min_size=1, max_size=6))
def test_ratios(arms: list[tuple[int, float]]) -> None:
    ratio = check_ratio([people for people, _share in arms], [share for _people, share in arms])
    assert ratio.p is None or 0 <= ratio.p <= 1
    assert math.isclose(sum(ratio.expected), sum(people for people, _share in arms), abs_tol=1e-6)
    as_drawn = check_ratio([round(n) for n in ratio.expected], [share for _people, share in arms])
    assert not as_drawn.is_alarm


@given(st.floats(0, 1), st.floats(-1, 1), st.floats(0.01, 0.99), st.booleans())
def test_sizes(base: float, difference: float, control: float, sequential: bool) -> None:
    size = size_for_rates(base, difference, control_share=control, sequential=sequential)
    if size is None:
        assert abs(difference) < 1e-9 or not 0 <= base + difference <= 1
        return
    assert size.treated >= 1
    assert size.control >= 1
    smaller = size_for_rates(base, difference, control_share=control, comparisons=3)
    assert smaller
    assert smaller.people >= 2
    seen = seen_with(min(base, 0.999), 10**6, control_share=control)
    assert seen is None or 0 < seen <= 1


# helpers


def _width(span: Span) -> float:
    assert span.low is not None
    assert span.high is not None
    return span.high - span.low
