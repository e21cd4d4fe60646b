"""Figures, moments and personal data in words, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from customers import formats as f

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
NB = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "text"), [(1204377, "1,204,377"), (0, "0"), (-4, "−4"), (None, "–")]
)
def test_number(value: int | None, text: str) -> None:
    assert f.number(value) == text


def test_percent_has_one_decimal_and_no_false_exactness() -> None:
    assert f.percent(0.183) == f"18.3{NB}%"
    assert f.percent(1) == f"100{NB}%"
    assert f.percent(f.share(1, 0)) == "–"
    with translation.override("zh-hans"):
        assert f.percent(0.183) == "18.3%"


def test_change_is_a_percentage_only_of_something() -> None:
    assert f.change(1040, 1000) == f"+4{NB}%"
    assert f.change(7, 0) == "+7"
    assert f.change(3, 5) == "−2"
    assert f.change(980, 1000) == f"−2{NB}%"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (Decimal("2914.00"), "CNY", "¥2,914"),
        ("11.26", "CNY", "¥11.26"),
        (-5, "USD", "−$5"),
        (3, "CHF", f"CHF{NB}3"),
        (None, "CNY", "–"),
    ],
)
def test_money(amount: Decimal | str | int | None, currency: str, text: str) -> None:
    assert f.money(amount, currency) == text


def test_moments_are_in_the_words_and_the_zone_of_the_reader() -> None:
    with timezone.override("Asia/Shanghai"):
        assert f.moment(NOW, NOW) == "17:30"
        assert f.moment(NOW - timedelta(days=1), NOW) == "yesterday, 17:30"
        assert f.moment(NOW - timedelta(days=20), NOW) == "12 Feb, 17:30"
        with translation.override("zh-hans"):
            assert f.moment(NOW - timedelta(days=1), NOW) == "昨天 17:30"
            day = f.day(NOW, NOW.date())
            assert day.replace(NB, " ") == "3 月 4 日"
    assert f.day(datetime(2025, 3, 4, tzinfo=UTC), NOW.date()) == "4 Mar 2025"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (7200, "2 hours"), (259200, "3 days")],
)
def test_duration(seconds: float, text: str) -> None:
    assert f.duration(seconds) == text


def test_ago_looks_both_ways() -> None:
    assert f.ago(NOW - timedelta(minutes=3), NOW) == "3 minutes ago"
    assert f.ago(NOW + timedelta(days=2), NOW) == "in 2 days"
    assert f.ago(NOW, NOW) == "just now"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("+8613812346021", "phone", "138 **** 6021"),
        ("12345", "phone", "****45"),
        ("chen@example.com", "email", "c***@***.com"),
        ("陈曦", "name", "陈*"),
        ("Chen Xi", "name", "C*** X***"),
        ("oT8abcdef2Q", "unionid", "oT8…2Q"),
        ("short", "unionid", "*****"),
        ("", "phone", ""),
    ],
)
def test_masks_leave_nobody_to_be_found(value: str, kind: str, text: str) -> None:
    assert f.masked(value, kind) == text
