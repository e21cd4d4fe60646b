"""Two arms, looked at once at the end: difference, lift and chance, rates and values. Pure."""

from __future__ import annotations

import math

from campaigns.evaluation.chances import beyond_t, t_for, z_for
from campaigns.evaluation.sums import Comparison, Rate, Span, Values
from customers.segments.insight.statistics import p_value
from customers.tags.evaluation.statistics import difference

ALPHA = 0.05  # false alarms among experiments without an effect
# A ratio that may be e to this power larger or smaller is not known at all.
UNKNOWN = 10.0


def compare_rates(one: Rate, other: Rate, alpha: float = ALPHA) -> Comparison:
    """How *one* differs from *other*.

    Interval of the difference: hybrid score, R. G. Newcombe, Statistics in Medicine 17 (1998),
    873-890, method 10. p: two-sided z-test of two proportions with pooled variance, without
    continuity correction, or Fisher's exact test where fewer than five are expected in a field.
    """
    mine, others = one.within(1 - alpha), other.within(1 - alpha)
    if mine is None or others is None:
        return Comparison(None, None, None)
    apart = difference(mine, others)
    return Comparison(
        Span(apart.value, apart.low, apart.high),
        lift_of_rates(one, other, z_for(alpha / 2)),
        p_value(one.hits, one.people, other.hits, other.people),
        z_of(one, other),
    )


def z_of(one: Rate, other: Rate) -> float | None:
    """The z of two proportions with pooled variance; None when nobody or everybody did it."""
    people, hits = one.people + other.people, one.hits + other.hits
    if not one.people or not other.people or hits in (0, people):
        return None
    pooled = hits / people
    error = math.sqrt(pooled * (1 - pooled) * (1 / one.people + 1 / other.people))
    return (one.hits / one.people - other.hits / other.people) / error


def compare_values(one: Values, other: Values, alpha: float = ALPHA) -> Comparison:
    """How the value per customer of *one* differs from that of *other*.

    B. L. Welch, Biometrika 34 (1947), 28-35: no equal variances are assumed; the degrees of
    freedom are those of Satterthwaite (1946). An arm whose values do not vary has no error of its
    own; where neither varies, or one has fewer than two people, only the difference is told.
    """
    if one.mean is None or other.mean is None:
        return Comparison(None, None, None)
    value = one.mean - other.mean
    lift = lift_of_values(one, other, z_for(alpha / 2))
    errors = squared_errors(one, other)
    if errors is None or not sum(errors):
        return Comparison(Span(value), lift, None)
    mine, others = errors
    error = math.sqrt(mine + others)
    # As shares of the whole, since the square of a very small error is 0.
    part = mine / (mine + others)
    freedom = 1 / (part**2 / (one.people - 1) + (1 - part) ** 2 / (other.people - 1))
    half = t_for(alpha / 2, freedom) * error
    t = value / error
    return Comparison(Span(value, value - half, value + half), lift, beyond_t(t, freedom), t)


def lift_of_rates(one: Rate, other: Rate, far: float) -> Span | None:
    """one / other - 1; its interval reaches *far* standard errors to either side. None unless
    somebody of *other* did it.

    By the log of the ratio: D. Katz et al., Biometrics 34 (1978), 469-474. Where nobody or
    everybody did it, half a person is counted the other way (after S. D. Walter, Biometrika 62
    (1975), 371-374), or there would be no error at all.
    """
    if not one.people or not other.hits:
        return None
    value = (one.hits / one.people) / (other.hits / other.people) - 1
    mine = min(max(one.hits, 0.5), one.people - 0.5)
    others = min(max(other.hits, 0.5), other.people - 0.5)
    error = math.sqrt(1 / mine - 1 / one.people + 1 / others - 1 / other.people)
    ratio = (mine / one.people) / (others / other.people)
    if far * error > UNKNOWN:
        return Span(value)
    low, high = ratio * math.exp(-far * error) - 1, ratio * math.exp(far * error) - 1
    return Span(value, -1.0 if not one.hits else min(low, value), max(high, value))


def lift_of_values(one: Values, other: Values, far: float) -> Span | None:
    """one / other - 1 of two means, by the log of the ratio and the delta method (A. Deng et al.,
    Applying the Delta Method in Metric Analytics, KDD 2018). None unless *other* is above 0."""
    if one.mean is None or other.mean is None or other.mean <= 0:
        return None
    value = one.mean / other.mean - 1
    errors = squared_errors(one, other)
    if errors is None or not sum(errors) or one.mean <= 0:
        return Span(value)
    half = far * math.sqrt(errors[0] / one.mean**2 + errors[1] / other.mean**2)
    if half > UNKNOWN:
        return Span(value)
    return Span(value, (1 + value) * math.exp(-half) - 1, (1 + value) * math.exp(half) - 1)


def squared_errors(one: Values, other: Values) -> tuple[float, float] | None:
    """The squared standard error of each mean; None where an arm has fewer than two people."""
    mine, others = one.variance, other.variance
    if mine is None or others is None:
        return None
    return mine / one.people, others / other.people
