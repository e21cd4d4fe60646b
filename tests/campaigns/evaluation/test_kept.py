"""Answers that take long are kept, shown with their age, and counted anew behind the page."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from campaigns.evaluation import kept
from campaigns.models import Answer
from campaigns.tasks import count_anew
from config.places import BASE_DIR
from tests.journeys.flow import at

pytestmark = pytest.mark.django_db
ASKED: dict[str, Any] = {"journey": 7, "days": ["2026-03-04"]}


class Slow:
    """A count that says how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, question: Mapping[str, Any], now: datetime) -> list[int]:
        assert question == ASKED
        self.times += 1
        return [self.times]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """A count that is taken for slow; wakes are noted in `woken`."""
    made = Slow()
    monkeypatch.setattr(kept, "QUICK", -1.0)
    monkeypatch.setitem(kept._counters, "slow", made)
    return made


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was asked of workers."""
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(kept, "wake", lambda *args, **_more: asked.append(args))
    return asked


def minutes(n: float) -> datetime:
    return at(n / 60)


def test_a_kept_answer_is_shown_and_counted_anew_once(
    slow: Slow, woken: list[tuple[Any, ...]]
) -> None:
    assert kept.answer("slow", ASKED, minutes(0)) == ([1], minutes(0))
    assert kept.answer("slow", ASKED, minutes(0.9)) == ([1], minutes(0))
    assert not woken
    for _reader in range(3):
        assert kept.answer("slow", ASKED, minutes(2)) == ([1], minutes(0))
    assert woken == [(kept.TASK, "slow", ASKED)]
    kept.count("slow", ASKED, minutes(2.1))
    assert kept.answer("slow", ASKED, minutes(2.5)) == ([2], minutes(2.1))
    assert slow.times == 2


def test_a_count_that_was_lost_is_asked_for_again(slow: Slow, woken: list[tuple[Any, ...]]) -> None:
    kept.answer("slow", ASKED, minutes(0))
    kept.answer("slow", ASKED, minutes(2))
    kept.answer("slow", ASKED, minutes(6))
    assert len(woken) == 1
    kept.answer("slow", ASKED, minutes(8))
    assert len(woken) == 2


def test_nobody_waits_long_for_the_first_answer(
    woken: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(question: Mapping[str, Any], now: datetime) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [naps.pop(0)])
        return [7]

    naps = [5.0, 0.0, 5.0]
    monkeypatch.setitem(kept._counters, "sleepy", sleep)
    monkeypatch.setattr(kept, "PATIENCE", 0.05)
    monkeypatch.setattr(kept, "QUICK", -1.0)
    for _reader in range(2):
        assert kept.answer("sleepy", ASKED, minutes(0)).data is None
    assert woken == [(kept.TASK, "sleepy", ASKED)]
    kept.count("sleepy", ASKED, minutes(0.5))
    assert kept.answer("sleepy", ASKED, minutes(0.6)) == ([7], minutes(0.5))
    # A day later a new one is tried for, and the old one is better than none.
    assert kept.answer("sleepy", ASKED, minutes(1500)) == ([7], minutes(0.5))
    assert len(woken) == 2
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)  # nobody else is hurried


def test_nobody_is_shown_what_is_an_hour_old(slow: Slow, woken: list[tuple[Any, ...]]) -> None:
    kept.answer("slow", ASKED, minutes(0))
    assert kept.answer("slow", ASKED, minutes(61)) == ([2], minutes(61))
    assert not woken


def test_what_is_quick_is_never_kept(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.answer("slow", ASKED, minutes(0))
    assert Answer.objects.count() == 1
    monkeypatch.setattr(kept, "QUICK", 60.0)
    kept.count("slow", ASKED, minutes(1))
    assert Answer.objects.count() == 0
    assert kept.answer("slow", ASKED, minutes(1)).data == [3]


def test_the_task_counts_and_forgets(slow: Slow) -> None:
    kept.answer("slow", ASKED, minutes(0))  # in a month that is long over
    Answer.objects.create(key="old", data=[], read_at=minutes(0), took=1.0)
    count_anew("slow", ASKED)
    assert Answer.objects.get().data == [2]


def test_another_question_has_another_answer(slow: Slow) -> None:
    kept.answer("slow", ASKED, minutes(0))
    same = {"days": ["2026-03-04"], "journey": 7}
    assert kept.answer("slow", same, minutes(0.5)).data == [1]
    with pytest.raises(KeyError):
        kept.answer("nobody counts this", ASKED, minutes(0))


def test_a_worker_knows_every_count() -> None:
    # It loads the apps and their tasks, but no page.
    told = set()
    for app in ("customers", "campaigns", "journeys"):
        tree = ast.parse((BASE_DIR / app / "apps.py").read_text(encoding="utf-8"))
        loaded = {
            f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for path in (BASE_DIR / app).rglob("*.py"):
            if "\nregister_counter(" in path.read_text(encoding="utf-8"):
                module = ".".join(path.relative_to(BASE_DIR).with_suffix("").parts)
                assert module in loaded
                told.add(module)
    assert len(told) >= 4
