"""The page of a journey in a browser: zoom, people, counts that change without a jump."""

from __future__ import annotations

import pytest

from customers.models import User
from journeys.models import Journey
from tests.browser.conftest import Open
from tests.journeys.flow import Flow
from tests.journeys.views.test_journey import TEXT

pytestmark = pytest.mark.browser


@pytest.fixture
def flow(transactional_db: None) -> Flow:
    return Flow.make()


@pytest.fixture
def journey(flow: Flow) -> Journey:
    journey = flow.journey(TEXT)
    flow.happen(*((name, "received", 0) for name in ("ann", "bob", "cem")))
    flow.run(0)
    flow.happen(("ann", "viewed", 1))
    flow.run(2)
    return journey


def test_zoom_people_and_counts(visit: Open, wei: User, flow: Flow, journey: Journey) -> None:
    it = visit(wei)
    page = it.go(f"/journeys/{journey.pk}/")
    zoom = page.locator("#zoom-now")
    before = zoom.text_content()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.get_by_role("button", name="Smaller").click()
    assert zoom.text_content() != before
    stage = page.locator(".stage")
    box = stage.bounding_box()
    assert box is not None
    card = page.locator("#node-wait")
    was = card.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 400)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 430, steps=4)
    page.mouse.up()
    now = card.bounding_box()
    assert was is not None
    assert now is not None
    assert round(now["x"] - was["x"]) == 60
    assert round(now["y"] - was["y"]) == 30
    assert not [url for url in requests if "/live/" not in url]

    page.locator("#here-wait").click()
    panel = page.locator("#people")
    panel.get_by_text("2 people are here").wait_for()
    assert panel.locator("li").count() == 2
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")

    card.focus()
    view = page.locator("#journey").get_attribute("style")
    flow.happen(("bob", "viewed", 3))
    flow.run(4)
    page.locator("#here-wait b", has_text="1").wait_for(timeout=12_000)
    # The drawing was morphed: view, choice and focus are where they were.
    assert page.locator("#journey").get_attribute("style") == view
    assert page.evaluate("document.activeElement.id") == "node-wait"
    assert card.get_attribute("aria-current") == "true"
    it.keep("journey")


def test_the_keyboard_reaches_everything(visit: Open, wei: User, journey: Journey) -> None:
    page = visit(wei).go(f"/journeys/{journey.pk}/")
    page.locator("#step-wait").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "node-wait"
    at = page.locator("#zoom-now").text_content()
    page.keyboard.press("-")
    assert page.locator("#zoom-now").text_content() != at
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "here-wait"
    page.keyboard.press("Enter")
    page.locator("#people").get_by_text("people are here").wait_for()
    assert page.evaluate("document.activeElement.id") == "people-q"


@pytest.mark.parametrize(("lang", "theme", "width"), [("en", "light", 1440), ("zh", "dark", 390)])
def test_looks(visit: Open, wei: User, journey: Journey, lang: str, theme: str, width: int) -> None:
    it = visit(wei, lang=lang, theme=theme, width=width)
    walk = journey.enrollments.earliest("pk")
    for name, path in {
        "journeys": "/journeys/",
        "journey": f"/journeys/{journey.pk}/",
        "people": f"/journeys/{journey.pk}/people/wait/",
        "walk": f"/walks/{walk.pk}/",
        "new": "/journeys/new/",
        "reports": "/reports/",
    }.items():
        it.go(path)
        assert it.overflow() <= 0, path
        assert it.axe() == [], path
        it.keep(f"{name}-{lang}-{theme}-{width}")
