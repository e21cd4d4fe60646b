"""The distributions behind p-values: tails of the normal, Student's t and chi-square. Pure."""

from __future__ import annotations

import math
from statistics import NormalDist

# Student's t with more degrees of freedom is the normal distribution to eight digits.
_MANY = 1e7
_TINY = 1e-300
_CLOSE = 1e-15


def z_for(tail: float) -> float:
    """The z that a standard normal value passes with the chance *tail* (0 to 1, ends excluded)."""
    return -NormalDist().inv_cdf(tail)


def beyond_normal(z: float) -> float:
    """The chance of a standard normal value at least as far from 0 as *z*, on either side."""
    return math.erfc(abs(z) / math.sqrt(2))


def beyond_t(t: float, freedom: float) -> float:
    """The chance that Student's t with *freedom* degrees (above 0) is as far from 0 as *t*.

    By the incomplete beta function: NIST Digital Library of Mathematical Functions 8.17.
    """
    if math.isinf(t):
        return 0.0
    if freedom > _MANY:
        return beyond_normal(t)
    return _beta_share(freedom / (freedom + t * t), freedom / 2, 0.5)


def t_for(tail: float, freedom: float) -> float:
    """The t that Student's t passes with the chance *tail* (0 to ½, ends excluded), by halving."""
    low, high = 0.0, 1.0
    while beyond_t(high, freedom) > 2 * tail:
        low, high = high, high * 2
    for _ in range(80):
        middle = (low + high) / 2
        if beyond_t(middle, freedom) > 2 * tail:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beyond_chi_square(value: float, freedom: int) -> float:
    """The chance that chi-square with *freedom* degrees (1 or more) is *value* or more.

    The upper incomplete gamma function: its series (DLMF 8.7.3) below the middle, the continued
    fraction (DLMF 8.9.2) above.
    """
    if value <= 0:
        return 1.0
    a, x = freedom / 2, value / 2
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * _CLOSE:
            n += 1
            term *= x / n
            total += term
        return max(0.0, 1 - scale * total)
    return scale / _gamma_fraction(a, x)


# helpers


def _gamma_fraction(a: float, x: float) -> float:
    """The denominators of DLMF 8.9.2 by the method of Lentz (1976, Applied Optics 15, 668)."""
    b = x + 1 - a
    found, c, d = b, b, 0.0
    for n in range(1, 10_000):
        step = -n * (n - a)
        b += 2
        d = 1 / ((b + step * d) or _TINY)
        c = (b + step / c) or _TINY
        found *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return found


def _beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_share(1 - x, b, a)
    ways = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    scale = math.exp(ways + a * math.log(x) + b * math.log1p(-x)) / a
    return min(1.0, scale * _beta_fraction(x, a, b))


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of DLMF 8.17.22, by the method of Lentz."""
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or _TINY)
    found = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 / ((1 + step * d) or _TINY)
            c = (1 + step / c) or _TINY
            found *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return found
