"""The shell's pages in both languages, both themes, at the desk and on a phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from customers.models import User
from tests.browser.conftest import LOOKS, PHONE, Open
from tests.journeys.views.test_home import House

pytestmark = pytest.mark.browser

PAGES = {"home": "/", "account": "/account/", "password": "/account/password/", "lost": "/no/page/"}
DOORS = {"sign-in": "/sign-in/", "reset": "/password/reset/", "lost-outside": "/no/page/"}


def test_pages_fit_and_can_be_used_by_everybody(visit: Open, wei: User) -> None:
    wrong: list[str] = []
    for lang, theme, width in LOOKS:
        inside = visit(wei, lang, theme, width, judged=True)
        outside = visit(None, lang, theme, width, judged=True)
        for shown, pages in ((inside, PAGES), (outside, DOORS)):
            for name, path in pages.items():
                shown.go(path)
                wrong += shown.look(f"{name}-{lang}-{theme}")
    assert wrong == []


def test_a_home_page_with_a_day_behind_it(visit: Open, wei: User) -> None:
    now = datetime.now(UTC)
    house, other = House("tea"), House("bakery")
    for at in range(6):
        house.message(now - timedelta(minutes=at))
        other.message(now - timedelta(days=at))
    house.message(now, "failed")
    house.candidate(now, state="stopped", rule="consent")
    house.candidate(now, state="deferred", rule="quiet_hours", due_at=now + timedelta(minutes=1))
    house.enroll(now - timedelta(minutes=9), goal_at=now)
    house.enroll(now - timedelta(minutes=9), state="set_aside", error="no content")
    for lang, theme, width in LOOKS:
        shown = visit(wei, lang, theme, width)
        shown.go("/")
        assert shown.look(f"home-full-{lang}-{theme}") == []


def test_targets_of_a_finger_are_large_enough(visit: Open, wei: User) -> None:
    shown = visit(wei, width=PHONE)
    targets = "a.btn, button, .nav a, select, input:not([type=hidden])"
    for path in PAGES.values():
        page = shown.go(path)
        small = page.evaluate(
            """(targets) => [...document.querySelectorAll(targets)]
                .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 39.5)
                .map((e) => e.outerHTML.slice(0, 100))""",
            targets,
        )
        assert small == [], path
