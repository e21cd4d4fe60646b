"""Readers of settings: values, and errors that say what was expected and what came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from journeys.nodes import readers
from journeys.nodes.base import SettingError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(days=1)),
        ("3d", timedelta(days=3)),
        ("1h30m", timedelta(minutes=90)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert readers.duration(text) == expected


@pytest.mark.parametrize(
    ("read", "given", "words"),
    [
        (readers.duration, "soon", "soon"),
        (readers.duration, 3, "3"),
        (readers.duration, "0h", "between"),
        (readers.text(3), "abcd", "at most 3 characters"),
        (readers.text(3), "", "at most 3"),
        (readers.name, "Not A Name", "Not A Name"),
        (readers.choice({"a": "A", "b": "B"}), "c", "one of: a, b"),
        (readers.choice({"a": "A", "b": "B"}), ["a"], "one of: a, b"),
        (readers.flag, "yes", "true or false"),
        (readers.whole(0, 100), 101, "from 0 to 100"),
        (readers.whole(0, 100), True, "from 0 to 100"),
        (readers.rule, {}, "a rule"),
        (readers.weights, {"a": 1}, "two to twenty"),
        (readers.weights, {"a": 1, "b": 0}, "above 0 for “b”"),
        (readers.weights, {"a": 1, "b": float("nan")}, "above 0"),
        (readers.match, {"a": "x", "b": "y"}, "one property"),
        (readers.match, {"a": "$typo"}, "$entry_key"),
        (readers.match, {"a": None}, "text or number"),
        (readers.listed(readers.name, 2), ["a", "b", "c"], "1 to 2"),
        (readers.listed(readers.name, 2), "ab", "1 to 2"),
    ],
)
def test_errors_name_what_was_expected(read: Callable[[Any], Any], given: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words.replace("$", r"\$")):
        read(given)


def test_long_values_are_cut_in_errors() -> None:
    with pytest.raises(SettingError) as raised:
        readers.flag("x" * 5_000)
    assert len(str(raised.value)) < 200


def test_weights_do_not_depend_on_the_order_of_keys() -> None:
    assert list(readers.weights({"b": 1, "a": 2})) == ["a", "b"]
