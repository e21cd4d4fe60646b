"""The editor in a browser: a journey is built with the mouse only, another with keys only."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from campaigns.models import ChannelAccount
from customers.models import EventType, User
from journeys.models import Journey
from tests.browser.conftest import Open
from tests.journeys.flow import T0, Flow
from tests.journeys.views.test_editor import TEXT

pytestmark = pytest.mark.browser


@pytest.fixture
def flow(transactional_db: None) -> Flow:
    flow = Flow.make()
    for code in ("received", "viewed", "paid"):
        EventType.objects.create(code=code, name=code.title(), first_seen_at=T0, last_seen_at=T0)
    flow.content("coupon", channel="email")
    for channel in ("email", "sms"):
        ChannelAccount.objects.create(
            brand=flow.brand, channel=channel, name=channel, provider="recording"
        )
    return flow


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, what: Locator, to: Locator) -> None:
    page.mouse.move(*middle(what))
    page.mouse.down()
    x, y = middle(to)
    page.mouse.move(x - 8, y - 5, steps=3)
    page.mouse.move(x, y)
    page.mouse.up()


def drop_kind(page: Page, kind: str, to: Locator) -> None:
    place = page.locator(f"#palette [data-kind='{kind}']")
    place.scroll_into_view_if_needed()
    drag(page, place, to)


def choose(page: Page, field: str, words: str) -> None:
    page.locator(f"#panel [data-choose='{field}']").first.click()
    dialog = page.locator("#pick-noun")
    dialog.get_by_role("searchbox").fill(words)
    dialog.locator(".pick-name", has_text=words).first.click()
    expect(dialog).to_be_hidden()


def way(page: Page, source: str, outcome: str = "next") -> Locator:
    return page.locator(f"#way-{source}-{outcome}")


def says(page: Page, key: str, words: str) -> None:
    expect(page.locator(f"#words-{key}")).to_have_text(re.compile(re.escape(words)))


def test_with_the_mouse_only(visit: Open, wei: User, flow: Flow) -> None:
    it = visit(wei)
    page = it.go("/journeys/new/")
    page.get_by_label("Name").fill("Coupons")
    page.get_by_role("button", name="Draw it").click()
    page.locator("#journey[data-ready]").wait_for()
    # A trigger is dragged onto the empty drawing, and told which event it is.
    drop_kind(page, "trigger.event", page.locator(".begin"))
    expect(page.locator("#panel")).to_have_attribute("data-of", "trigger_event")
    choose(page, "event", "Received")
    says(page, "trigger_event", "Received")
    # A wait at the open end, an exit below each of its ways.
    drop_kind(page, "wait.event", way(page, "trigger_event"))
    expect(page.locator("#panel")).to_have_attribute("data-of", "wait_event")
    choose(page, "event", "Viewed")
    says(page, "wait_event", "Wait until Viewed, at most 3 days")
    page.locator("#panel").get_by_role("textbox", name="At most").fill("5")
    says(page, "wait_event", "at most 5 days")
    page.locator("#panel").get_by_label("What this way is called").first.fill("Has looked")
    expect(way(page, "wait_event", "happened")).to_contain_text("Has looked")
    drop_kind(page, "exit.leave", way(page, "wait_event", "happened"))
    expect(page.locator("#node-exit_leave")).to_be_visible()
    # A message comes onto the other way by its button, then leads to the same exit.
    way(page, "wait_event", "timeout").get_by_role("button").click()
    page.locator("#add-step .pick-name", has_text="A message on its channel").click()
    expect(page.locator("#panel")).to_have_attribute("data-of", "send_message")
    choose(page, "content", "coupon")
    says(page, "send_message", "Send coupon")
    expect(page.locator(".content-look")).to_contain_text("Hello")
    drag(page, way(page, "send_message"), page.locator("#node-exit_leave"))
    expect(page.locator("#problems")).to_contain_text("Nothing to fix")
    expect(page.locator(".node.has-bad, .node .lack, .begin")).to_have_count(0)
    it.keep("editor-built")
    # A tag goes onto a plain way and back out; undo and redo.
    drop_kind(page, "act.tag", way(page, "trigger_event"))
    expect(page.locator("#problems")).to_contain_text("1 to fix")
    expect(page.locator("#node-act_tag")).to_be_focused()
    drag(page, page.locator("#node-act_tag .words"), way(page, "send_message"))
    expect(page.locator("#do-undo")).to_have_attribute("title", re.compile("“Tag” moved"))
    page.locator("#do-undo").click()
    page.locator("#do-undo").click()
    expect(page.locator("#node-act_tag")).to_have_count(0)
    # The menu of a card: doubled, then deleted with what follows, and that undone.
    page.locator("#node-send_message").click(button="right")
    page.locator("#step-menu").get_by_text("Duplicate").click()
    expect(page.locator("#node-send_message_2")).to_be_visible()
    page.locator("#node-send_message .more").click()
    page.locator("#step-menu").get_by_text("Delete").click()
    page.get_by_role("button", name="Delete with what follows").click()
    expect(page.locator("#node-send_message, #node-send_message_2")).to_have_count(0)
    page.locator("#do-undo").click()
    page.locator("#do-undo").click()
    expect(page.locator("#node-send_message")).to_be_visible()
    expect(page.locator("#node-send_message_2")).to_have_count(0)
    # Published from here.
    page.get_by_role("link", name="Publish…").click()
    page.locator("#dialog").get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/journeys/\d+/$"))
    journey = Journey.objects.get()
    assert journey.current is not None
    graph = journey.current.graph
    assert graph["nodes"]["wait_event"]["next"] == {
        "happened": "exit_leave", "timeout": "send_message",
    }  # fmt: skip
    assert graph["nodes"]["wait_event"]["settings"]["at_most"] == "5d"
    assert graph["labels"] == {"happened": "Has looked"}
    assert graph["nodes"]["send_message"] == {
        "kind": "send.message", "settings": {"content": "coupon"}, "next": {"next": "exit_leave"},
    }  # fmt: skip


def test_with_keys_only(visit: Open, wei: User, flow: Flow) -> None:
    it = visit(wei)
    page = it.go("/journeys/new/")
    press = page.keyboard.press
    page.keyboard.type("By keys")
    press("Enter")
    page.locator("#journey[data-ready]").wait_for()
    page.locator("#stage").focus()
    press("a")
    page.keyboard.type("something happens")
    press("Enter")
    expect(page.locator("#node-trigger_event")).to_be_focused()
    # Into the settings, to the event, chosen by typing; Escape comes back to the card.
    press("Enter")
    press("Enter")
    page.locator("#pick-noun input").wait_for()
    page.keyboard.type("Receiv")
    expect(page.locator("#pick-noun-list .pick-name").first).to_contain_text("Received")
    press("Enter")
    says(page, "trigger_event", "Received")
    expect(page.locator("#pick-noun")).to_be_hidden()
    press("Escape")
    expect(page.locator("#node-trigger_event")).to_be_focused()
    press("a")
    page.keyboard.type("by chance")
    press("Enter")
    expect(page.locator("#node-branch_random")).to_be_focused()
    # The outline is a tree: steps and ways, the same letters.
    page.locator("#tab-add").focus()
    press("ArrowRight")
    expect(page.locator("#tab-outline")).to_be_focused()
    press("Tab")
    expect(page.locator("#step-branch_random")).to_be_focused()
    press("ArrowDown")
    expect(page.locator("#branch-branch_random-a")).to_be_focused()
    press("Enter")
    page.keyboard.type("message on its")
    press("Enter")
    expect(page.locator("#step-send_message")).to_be_focused()
    press("ArrowDown")
    press("a")
    page.keyboard.type("ends here")
    press("Enter")
    expect(page.locator("#step-exit_leave")).to_be_focused()
    # The other way meets it.
    press("ArrowDown")
    expect(page.locator("#branch-branch_random-b")).to_be_focused()
    press("c")
    page.keyboard.type("leave")
    press("Enter")
    expect(page.locator("#branch-branch_random-b")).to_contain_text("→")
    # The problems lead to the content that is missing.
    page.locator("#problems").get_by_role("button", name="Go to it").focus()
    press("Enter")
    expect(page.locator("#f-s-send_message-content")).to_be_focused()
    press("Enter")
    page.locator("#pick-noun input").wait_for()
    page.keyboard.type("note")
    expect(page.locator("#pick-noun-list .pick-name").first).to_contain_text("note")
    press("Enter")
    expect(page.locator("#problems")).to_contain_text("Nothing to fix")
    press("Escape")
    expect(page.locator("#node-send_message")).to_be_focused()
    # Arrows walk over the drawing; copied here, pasted there, undone.
    press("ArrowUp")
    expect(page.locator("#node-branch_random")).to_be_focused()
    press("ArrowDown")
    press("Control+d")
    expect(page.locator("#node-send_message_2")).to_be_focused()
    press("Control+z")
    expect(page.locator("#node-send_message_2")).to_have_count(0)
    press("Control+y")
    expect(page.locator("#node-send_message_2")).to_be_visible()
    page.locator("#node-send_message_2").focus()
    press("Delete")
    page.locator("#ask-delete").wait_for()
    press("Enter")
    expect(page.locator("#node-send_message_2")).to_have_count(0)
    press("/")
    page.keyboard.type("received")
    press("Enter")
    expect(page.locator("#node-trigger_event")).to_be_focused()
    press("n")
    page.keyboard.type("Ask Lin first")
    expect(page.locator("#note-trigger_event")).to_have_text("Ask Lin first")
    assert it.axe() == []
    it.keep("editor-keys")
    nodes = Journey.objects.get().draft["nodes"]
    assert nodes["branch_random"]["next"] == {"a": "send_message", "b": "exit_leave"}
    assert nodes["trigger_event"]["note"] == "Ask Lin first"


def test_two_at_one_draft(visit: Open, wei: User, flow: Flow) -> None:
    journey = flow.journey(TEXT)
    mia = User.objects.create_superuser("mia@example.com", "a pass phrase", display_name="Mia")
    one = visit(wei).go(f"/journeys/{journey.pk}/edit/")
    two = visit(mia).go(f"/journeys/{journey.pk}/edit/")
    way(one, "received").click()
    one.keyboard.type("give a tag")
    one.keyboard.press("Enter")
    expect(one.locator("#node-act_tag")).to_be_visible()
    two.locator("#node-hello").click()
    two.keyboard.press("Delete")
    two.get_by_role("button", name="Delete only this").click()
    # Told what happened, and shown it; nothing of the other is lost.
    expect(two.locator("#notices")).to_contain_text("Nothing of theirs was overwritten")
    expect(two.locator("#notices")).to_contain_text("Lin Wei")
    expect(two.locator("#node-act_tag")).to_be_visible()
    expect(two.locator("#node-hello")).to_be_visible()


def test_the_view_asks_nothing_and_typing_loses_nothing(visit: Open, wei: User, flow: Flow) -> None:
    journey = flow.journey(TEXT)
    page = visit(wei).go(f"/journeys/{journey.pk}/edit/?step=wait")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    stage = page.locator("#stage")
    box = stage.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 600)
    page.mouse.wheel(0, 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 560, steps=3)
    page.mouse.up()
    page.locator("[data-zoom=out]").click()
    page.locator("[data-zoom=in]").click()
    page.locator("[data-zoom=in]").click()
    page.locator("#minimap").click()
    page.locator("[data-zoom=fit]").click()
    # A card is dragged to where nothing is: nothing is asked, nothing happens.
    page.mouse.move(*middle(page.locator("#node-hello .words")))
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 600, steps=4)
    expect(page.locator(".drag-ghost")).to_be_visible()
    page.mouse.up()
    assert requests == []
    # A slow line: what is typed while answers are on their way stays typed.
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 250, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    note = page.get_by_label("Note for colleagues")
    text = "Legal wants the coupon terms linked in both offers"
    note.press_sequentially(text, delay=25)
    at_most = page.locator("#panel").get_by_role("textbox", name="At most")
    at_most.fill("36")
    says(page, "wait", "at most 1 day 12 hours")
    expect(note).to_have_value(text)
    expect(at_most).to_have_value("36")
    expect(page.locator("#note-wait")).to_have_text(text)
    journey.refresh_from_db()
    assert journey.draft["nodes"]["wait"]["note"] == text
    assert journey.draft["nodes"]["wait"]["settings"]["at_most"] == "36h"


def test_rules_in_the_panel_and_steps_between_journeys(visit: Open, wei: User, flow: Flow) -> None:
    flow.people("ann", "bob", city="Hangzhou")
    journey = flow.journey(TEXT)
    it = visit(wei)
    page = it.go(f"/journeys/{journey.pk}/edit/?step=hello")
    page.locator("#palette [data-kind='branch.rules']").click()
    panel = page.locator("#panel")
    expect(panel).to_have_attribute("data-of", "branch_rules")
    panel.get_by_role("button", name="Condition").click()
    page.locator("dialog.pick[open]").get_by_role("searchbox").fill("City")
    page.locator("dialog.pick[open] .pick-name", has_text="City").first.click()
    value = panel.locator(".rule input.chip").first
    value.fill("Hangzhou")
    value.press("Enter")
    expect(panel.locator(".rule-count .big")).to_have_attribute("data-count", "2")
    says(page, "branch_rules", "Which fits first: yes · everybody else")
    expect(page.locator("#problems")).to_contain_text("“Everybody else” leads nowhere yet")
    panel.get_by_label("What this way is called").first.fill("In Hangzhou")
    expect(way(page, "branch_rules", "yes")).to_contain_text("In Hangzhou")
    # The rule stood untouched while the name of its way was typed.
    expect(panel.locator(".rule .chip.value")).to_contain_text("Hangzhou")
    it.keep("editor-rule")
    # Both chosen, copied, and pasted into another journey.
    page.locator("#node-hello").click()
    page.locator("#node-branch_rules").click(modifiers=["Shift"])
    page.keyboard.press("Control+c")
    expect(page.locator("#toasts")).to_contain_text("Copied")
    page.goto(it.origin + "/journeys/new/")
    page.get_by_label("Name").fill("Second")
    page.get_by_role("button", name="Draw it").click()
    page.locator("#journey[data-ready]").wait_for()
    page.locator("[data-add]").click()
    page.keyboard.type("another system")
    page.keyboard.press("Enter")
    expect(page.locator("#node-trigger_api")).to_be_focused()
    page.keyboard.press("Control+v")
    expect(page.locator("#node-branch_rules")).to_be_visible()
    nodes = Journey.objects.get(name="Second").draft["nodes"]
    assert nodes["trigger_api"]["next"] == {"next": "send_message"}
    assert nodes["send_message"]["next"] == {"next": "branch_rules"}
    assert nodes["branch_rules"]["settings"]["rules"][0]["when"]
