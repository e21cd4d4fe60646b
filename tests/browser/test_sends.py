"""A send in a browser: from a plan over its reach and two confirmations to a send that runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from customers.models import User
from journeys.models import Send
from tests.browser.conftest import Open
from tests.journeys.sends.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def world(transactional_db: None) -> World:
    made = World.make(datetime.now(UTC))
    made.fill(24)
    return made


def test_from_the_plan_to_a_running_send(visit: Open, wei: User, world: World) -> None:
    content = world.shop.content().code
    page = visit(wei).go(f"/campaigns/{world.campaign.pk}/")
    page.get_by_role("link", name="New send").click()
    # What belongs to another way of repeating is not in the way.
    assert page.get_by_label("Day", exact=True).is_visible()
    page.get_by_label("as soon as it is started").check()
    assert not page.get_by_label("Day", exact=True).is_visible()
    assert not page.get_by_label("On whose clock").is_visible()
    page.get_by_label("every week").check()
    page.get_by_label("Monday").wait_for()
    page.get_by_label("as soon as it is started").check()
    page.get_by_label("Name").fill("First mail")
    page.get_by_label("What", exact=True).select_option(content)
    page.get_by_label("To whom").select_option("*")
    page.get_by_label("But not to").select_option("barred")
    page.get_by_role("button", name="Save and count the reach").click()

    reach = page.locator("#reach")
    reach.get_by_text("Expected sends").wait_for()  # counted without a click
    assert reach.get_by_text("The audience is everybody").is_visible()
    shares = reach.locator(".fall li b").all_inner_texts()
    assert len(shares) == 7
    assert shares[0] == "31"
    with page.expect_response("**/count/"):
        reach.get_by_role("button", name="Count again").click()
    page.locator("#reach").get_by_role("link", name="Start").click()

    page.get_by_text("This goes to everybody").wait_for()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("alert").get_by_text("Nothing was sent").wait_for()
    typed = page.get_by_label("To confirm, type")
    typed.fill("Spring tea")
    page.keyboard.press("Enter")
    page.get_by_text("“First mail” is started.").wait_for()
    send = Send.objects.get()
    assert send.confirmed_as == "Spring tea"
    assert page.url.endswith(f"/sends/{send.pk}/")
    world.go(datetime.now(UTC))
    page.reload()
    assert page.get_by_text("Came in").is_visible()
    page.get_by_role("link", name="Spring tea").click()
    assert page.locator("#sends").get_by_role("link", name="First mail").is_visible()
    assert page.locator(".badge", has_text="Running").first.is_visible()
