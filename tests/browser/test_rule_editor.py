"""A rule is written with the mouse and by keys alone, counted while one writes, and kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from customers.ingest import Batch, EventFact, Item, TagFact, ingest
from customers.models import Attribute, Segment, Tag, User
from tests.browser.conftest import PHONE, Open

pytestmark = pytest.mark.browser


@pytest.fixture
def people(transactional_db: None) -> None:
    """Twelve people: every second one in Hangzhou, every third gold, the first four bought."""
    now = datetime.now(UTC)
    Attribute.objects.create(code="city", name="City")
    Attribute.objects.create(code="points", name="Points", data_type="number")
    Tag.objects.create(code="tier", name="Member tier")
    items = [
        Item(f"p{n}", [("member_id", f"p{n}")],
             attributes={"city": ["Hangzhou", "Ningbo"][n % 2], "points": n},
             tags=[TagFact("tier", "gold")] if n % 3 == 0 else [],
             events=[EventFact("order_paid", now - timedelta(days=n), {"amount": 10 * n})] * (n < 4)
             or [EventFact("app_opened", now, {})])
        for n in range(12)
    ]  # fmt: skip
    assert not ingest(Batch("test", items), now=now).refused


def pick(page: Page, button: str, words: str) -> None:
    """Choose by mouse what a condition is about."""
    page.locator(button).click()
    search = page.get_by_role("searchbox", name="Search attributes")
    search.fill(words)
    page.locator("dialog.pick .pick-name", has_text=words).first.click()


def answered(page: Page) -> None:
    """Wait until nothing is asked of the server: fields wait a moment before they ask."""
    page.wait_for_timeout(400)
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.wait_for_timeout(100)


def is_counted(page: Page, number: int) -> None:
    expect(page.locator("#look-rule .big")).to_have_attribute("data-count", str(number))


def test_saving_waits_for_what_was_just_done(visit: Open, wei: User, people: None) -> None:
    """A slow line: an operation is still on its way when Save is pressed."""
    page = visit(wei).go("/segments/new/")
    page.get_by_label("Name", exact=True).fill("Many points")
    pick(page, "#rule-r-add", "Points")
    page.locator("#rule-r-0-value").fill("6")
    page.locator("#rule-r-0-value").press("Enter")
    is_counted(page, 6)
    pick(page, "#rule-r-add", "City")
    expect(page.locator("#rule-r-1")).to_be_visible()
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    page.locator("#rule-undo").click()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    assert Segment.objects.get().rule == {"all": [{"attribute": "points", "op": "gte", "value": 6}]}


def test_a_rule_by_mouse_and_one_by_keys(visit: Open, wei: User, people: None) -> None:
    shown = visit(wei)
    page = shown.go("/segments/new/")
    is_counted(page, 12)
    page.get_by_label("Name", exact=True).fill("Gold in Hangzhou, or buyers")
    pick(page, "#rule-r-add", "City")
    page.locator("#rule-r-0-value-add").fill("Hangzhou")
    page.locator("#rule-r-0-value-add").press("Enter")
    is_counted(page, 6)
    expect(page.locator("#rule-r-0-alone")).to_have_text("6")
    page.locator("#rule-r-group").click()
    pick(page, "#rule-r-1-add", "Member tier")
    pick(page, "#rule-r-1-add", "order paid")
    is_counted(page, 3)  # 0 and 6 are gold, 0 and 2 bought
    page.locator("#rule-r-1-1-asked").select_option("sum")
    page.locator("#rule-r-1-1-asked-property").fill("amount")
    page.locator("#rule-r-1-1-asked-property").press("Tab")
    answered(page)
    page.locator("#rule-r-1-1-asked-n").fill("15")
    page.locator("#rule-r-1-1-asked-n").press("Enter")
    expect(page.locator("#rule-say")).to_contain_text("15")  # the count is the same as before
    is_counted(page, 3)
    page.locator("#rule-r-1-join").click()
    expect(page.locator("#rule-r-1")).to_have_class("group none")
    is_counted(page, 3)  # 4, 8, 10
    page.locator("#rule-undo").click()
    expect(page.locator("#rule-r-1")).to_have_class("group any")
    page.locator("#rule-r-1-1").hover()
    page.locator("#rule-r-1-1 [data-grip]").drag_to(page.locator("#rule-r-0"), target_position={
        "x": 60, "y": 4})  # fmt: skip
    expect(page.locator("#rule-r-0-name")).to_contain_text("order paid")
    is_counted(page, 0)
    # By keys too, though the last click was beside everything.
    page.get_by_role("heading", name="New segment").click()
    page.keyboard.press("Control+z")
    is_counted(page, 3)
    shown.keep("rule-mouse")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    made = Segment.objects.get()
    assert made.code == "gold_in_hangzhou_or_buyers"
    assert made.rule == {"all": [
        {"attribute": "city", "op": "in", "value": ["Hangzhou"]},
        {"any": [{"tag": "tier", "op": "exists"},
                 {"event": "order_paid", "sum": {"property": "amount", "gte": 15},
                  "within": "30d"}]},
    ]}  # fmt: skip

    page = shown.go("/segments/new/")
    keys = page.keyboard
    page.locator("#rule-r-add").focus()
    keys.press("Enter")
    expect(page.get_by_role("searchbox", name="Search attributes")).to_be_focused()
    keys.type("poin")
    expect(page.locator(".pick-name")).to_have_count(1)
    answered(page)  # "poi" finds the same one, and is followed by the answer to "poin"
    expect(page.locator(".pick-name.htmx-added")).to_have_count(0)  # htmx has taken it in
    keys.press("Enter")
    expect(page.locator("#rule-r-0-value-n, #rule-r-0-value")).to_be_focused()
    keys.type("6")
    keys.press("Enter")
    is_counted(page, 6)
    keys.press("Escape")
    expect(page.locator("#rule-r-0")).to_be_focused()
    keys.press("Control+d")
    expect(page.locator("#rule-r-1")).to_be_focused()
    page.locator("#rule-r-group").focus()
    keys.press("Enter")
    expect(page.locator("#rule-r-2")).to_be_focused()
    keys.press("ArrowUp")
    expect(page.locator("#rule-r-1")).to_be_focused()
    keys.press("Alt+ArrowDown")
    expect(page.locator("#rule-r-1-0")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    keys.press("Tab")
    expect(page.locator("#rule-r-1-0-value")).to_be_focused()
    keys.press("Control+a")
    keys.type("9")
    keys.press("Enter")
    is_counted(page, 3)
    keys.press("Escape")
    keys.press("Delete")
    expect(page.locator("#rule-r-1-0")).to_have_count(0)
    expect(page.locator("[data-rule] :focus")).to_have_count(1)
    keys.press("Control+z")
    expect(page.locator("#rule-r-1-0")).to_be_visible()
    is_counted(page, 3)
    assert shown.axe() == []
    page.get_by_label("Name", exact=True).focus()
    keys.type("By keys")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    points = {"attribute": "points", "op": "gte", "value": 6}
    made = Segment.objects.get(name="By keys")
    assert made.rule == {"all": [points, {"any": [points | {"value": 9}]}]}

    phone = visit(wei, width=PHONE)
    page = phone.go(f"/segments/{made.pk}/edit/")
    is_counted(page, 3)
    assert phone.overflow() <= 0
    page.locator("#rule-r-0-menu").click()
    page.locator("[data-rule-menu] [data-do=down]").click()
    expect(page.locator("#rule-r-0-0")).to_be_visible()
    phone.keep("rule-phone")
