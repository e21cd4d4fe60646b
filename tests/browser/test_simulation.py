"""A simulation in a browser: somebody invented walks, the clock is moved, the path is lit."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from campaigns.models import ChannelAccount
from customers.models import User
from tests.browser.conftest import Open
from tests.journeys.flow import Flow
from tests.journeys.views.test_simulation import TEXT

pytestmark = pytest.mark.browser


def test_try_a_journey(transactional_db: None, visit: Open, wei: User) -> None:
    flow = Flow.make()
    ChannelAccount.objects.create(
        brand=flow.brand, channel="sms", name="sms", provider="recording", is_default=True
    )
    journey = flow.journey(TEXT)
    it = visit(wei)
    page = it.go(f"/journeys/{journey.pk}/edit/")
    page.get_by_role("link", name="Simulate").click()
    page.get_by_label("Properties of the event").fill("city: Ulm")
    page.locator("#enter-in").click()
    expect(page.locator("#node-hook.here")).to_be_visible()
    expect(page.locator("#node-hello.walked")).to_be_visible()
    expect(page.locator(".story .said")).to_have_text("Hello")
    # A line of the story leads to its step.
    page.locator(".story [data-step=hello]").first.click()
    expect(page.locator("#node-hello")).to_be_focused()
    # By keys alone: time passes, and the walk is over; a reload keeps the story.
    page.locator("#do-next").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".story .is-end")).to_contain_text("Her walk ends: Over")
    page.reload()
    expect(page.locator(".story .is-end")).to_contain_text("Her walk ends: Over")
    assert it.look("simulation") == []
