"""A new customer's first hundred days, composed and run as a marketer does: with the mouse alone
through its whole life, with keys alone to the same journey. Every step is asserted on what is seen.
"""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from campaigns.models import ChannelAccount
from config.clock import utc_now
from customers.access import keys
from customers.models import EventType, User
from journeys.engine.tick import tick
from journeys.models import Enrollment, Journey
from tests.browser.conftest import Open
from tests.browser.test_editor import choose, drag, drop_kind, says, way
from tests.journeys.flow import ACTOR, T0, Flow

pytestmark = pytest.mark.browser


@pytest.fixture
def flow(transactional_db: None) -> Flow:
    flow = Flow.make()
    for code in ("paid", "rated"):
        EventType.objects.create(code=code, name=code.title(), first_seen_at=T0, last_seen_at=T0)
    for code in ("thanks", "guide", "picks"):
        flow.content(code, channel="email")
    ChannelAccount.objects.create(
        brand=flow.brand, channel="email", name="mail", provider="recording"
    )
    return flow


def graph_of(journey: Journey) -> dict[str, tuple[str, dict[str, str]]]:
    """By key the kind of a step and where its ways lead."""
    nodes = journey.draft["nodes"]
    return {key: (node["kind"], node["next"]) for key, node in nodes.items()}


# What both build: thanks, a guide, a month for the second order, an experiment, two more months.
HUNDRED_DAYS = {
    "trigger_event": ("trigger.event", {"next": "send_message"}),
    "send_message": ("send.message", {"next": "wait_duration"}),
    "wait_duration": ("wait.duration", {"next": "send_message_2"}),
    "send_message_2": ("send.message", {"next": "wait_event"}),
    "wait_event": ("wait.event", {"happened": "exit_leave", "timeout": "branch_experiment"}),
    "exit_leave": ("exit.leave", {}),
    "branch_experiment": (
        "branch.experiment", {"a": "wait_window", "b": "wait_event_2", "control": "wait_event_2"},
    ),
    "wait_window": ("wait.window", {"next": "send_message_3"}),
    "send_message_3": ("send.message", {"next": "wait_event_2"}),
    "wait_event_2": ("wait.event", {"happened": "exit_leave", "timeout": "exit_leave_2"}),
    "exit_leave_2": ("exit.leave", {}),
}  # fmt: skip


def test_with_the_mouse_through_its_whole_life(visit: Open, wei: User, flow: Flow) -> None:
    it = visit(wei)
    page = it.go("/journeys/new/")
    page.get_by_label("Name").fill("First hundred days")
    page.get_by_role("button", name="Draw it").click()
    page.locator("#journey[data-ready]").wait_for()
    compose_by_mouse(page)
    expect(page.locator("#problems")).not_to_contain_text("to fix")
    journey = Journey.objects.get()
    assert graph_of(journey) == HUNDRED_DAYS
    it.keep("hundred-days-built")
    try_it(page)
    it.keep("hundred-days-tried")
    page.get_by_label("Back to the journey").click()
    publish(page)
    expect(page.locator("#journey")).to_contain_text("Running")
    # Two customers pay; one is watched at the wait.
    pay(flow, "ann", "bob")
    page.reload()
    expect(page.locator("#node-wait_duration .counts")).to_contain_text(re.compile(r"2\s*here now"))
    page.locator("#node-wait_duration .counts button").first.click()
    expect(page.locator("#people")).to_contain_text("2")
    it.keep("hundred-days-running")
    # A day less to wait and an opinion asked for, with both on the way; they go with it.
    page.get_by_role("link", name="Edit").first.click()
    page.locator("#journey[data-ready]").wait_for()
    page.locator("#node-wait_duration").click()
    page.locator("#panel").get_by_role("textbox", name="How long").fill("4")
    says(page, "wait_duration", "Wait 4 days")
    page.locator("#node-wait_duration").click(button="right")
    page.locator("#step-menu").get_by_text("Add a step behind").click()
    page.locator("#add-step").get_by_role("searchbox").fill("give a tag")
    page.locator("#add-step .pick-name:visible").first.click()
    expect(page.locator("#node-act_tag")).to_be_visible()
    expect(page.locator("#problems")).to_contain_text("1 to fix")
    page.locator("#do-undo").click()
    expect(page.locator("#node-act_tag")).to_have_count(0)
    page.get_by_role("link", name="Publish…").click()
    dialog = page.locator("#dialog")
    expect(dialog.locator(".diff")).to_contain_text(re.compile(r"0 before it, 2 at it, 0 past it"))
    it.keep("hundred-days-again")
    dialog.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/journeys/\d+/$"))
    tick(utc_now())
    page.reload()
    expect(page.locator("#node-wait_duration")).to_contain_text("4 days")
    walks = Enrollment.objects.select_related("version")
    assert {walk.node for walk in walks} == {"wait_duration"}
    assert Journey.objects.get().current == Journey.objects.get().versions.get(number=2)
    assert it.complaints == []


def test_with_keys_alone(visit: Open, wei: User, flow: Flow) -> None:
    it = visit(wei)
    page = it.go("/journeys/new/")
    page.keyboard.type("By keys")
    page.keyboard.press("Enter")
    page.locator("#journey[data-ready]").wait_for()
    page.locator("#stage").focus()
    compose_by_keys(page)
    expect(page.locator("#problems")).not_to_contain_text("to fix")
    journey = Journey.objects.get()
    assert graph_of(journey) == HUNDRED_DAYS
    settings = {key: node["settings"] for key, node in journey.draft["nodes"].items()}
    assert settings["wait_duration"] == {"duration": "5d"}
    assert settings["wait_event_2"]["at_most"] == "60d"
    assert [settings[f"send_message{n}"]["content"] for n in ("", "_2", "_3")] == [
        "thanks", "guide", "picks",
    ]  # fmt: skip
    # Tried by keys, and published by them.
    page.get_by_role("link", name="Simulate").focus()
    page.keyboard.press("Enter")
    page.locator("#enter-trigger_event").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#node-wait_duration.here")).to_be_visible()
    page.get_by_label("Back to the journey").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Publish…").focus()
    page.keyboard.press("Enter")
    page.locator("#dialog").get_by_role("button", name="Publish").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/journeys/\d+/$"))
    expect(page.locator("#journey")).to_contain_text("Running")
    assert it.complaints == []


def compose_by_keys(page: Page) -> None:
    press, write = page.keyboard.press, page.keyboard.type

    def pick(dialog: str, words: str) -> None:
        page.locator(f"{dialog} input[type=search]").wait_for()
        write(words)
        expect(page.locator(f"{dialog} .pick-name:visible").first).to_contain_text(
            re.compile(re.escape(words), re.IGNORECASE)
        )
        press("Enter")

    def add(kind: str, key: str, at: str = "") -> None:
        """Behind the step that has the focus, on its way *at* where there are several."""
        press("a")
        if at:
            pick("#pick-place", at)
        pick("#add-step", kind)
        expect(page.locator(f"#node-{key}")).to_be_focused()

    def walk_to(field: Locator) -> None:
        """By Tab, as far as a panel may reasonably be long."""
        for _step in range(30):
            if field.evaluate("e => e === document.activeElement"):
                return
            press("Tab")
        expect(field).to_be_focused()

    def name(noun: str, words: str) -> None:
        """Choose what a step names, from its card and back."""
        press("Enter")
        walk_to(page.locator(f"#panel [data-choose='{noun}']").first)
        press("Enter")
        pick("#pick-noun", words)
        expect(page.locator("#pick-noun")).to_be_hidden()

    def length(label: str, number: str) -> None:
        walk_to(page.locator("#panel").get_by_role("textbox", name=label))
        press("Control+a")
        write(number)

    def back(key: str) -> None:
        press("Escape")
        expect(page.locator(f"#node-{key}")).to_be_focused()

    def lead(outcome: str, to: str) -> None:
        press("c")
        pick("#pick-place", outcome)
        with page.expect_response("**/do/connect/"):
            pick("#pick-place", to)
        expect(page.locator("#pick-place")).to_be_hidden()

    def go(words: str, key: str) -> None:
        press("/")
        pick("#pick-place", words)
        expect(page.locator(f"#node-{key}")).to_be_focused()

    add("something happens", "trigger_event")
    name("event", "Paid")
    back("trigger_event")
    add("message on its channel", "send_message")
    name("content", "thanks")
    back("send_message")
    add("for a length", "wait_duration")
    press("Enter")
    length("How long", "5")
    back("wait_duration")
    says(page, "wait_duration", "Wait 5 days")
    add("message on its channel", "send_message_2")
    name("content", "guide")
    back("send_message_2")
    add("until something happens", "wait_event")
    name("event", "Paid")
    length("At most", "30")
    back("wait_event")
    says(page, "wait_event", "Wait until Paid, at most 30 days")
    add("ends here", "exit_leave", "It happened")
    go("at most 30 days", "wait_event")
    add("experiment", "branch_experiment")
    press("Enter")
    length("Code of the experiment", "first_100")
    back("branch_experiment")
    add("good hour", "wait_window", "· A")
    add("message on its channel", "send_message_3")
    name("content", "picks")
    back("send_message_3")
    add("until something happens", "wait_event_2")
    name("event", "Paid")
    length("At most", "60")
    back("wait_event_2")
    says(page, "wait_event_2", "at most 60 days")
    add("ends here", "exit_leave_2", "Time is up")
    go("at most 60 days", "wait_event_2")
    lead("It happened", "done")
    go("Experiment", "branch_experiment")
    lead("· B", "at most 60 days")
    lead("· Control group", "at most 60 days")
    expect(page.locator(".node")).to_have_count(len(HUNDRED_DAYS))


def compose_by_mouse(page: Page) -> None:
    panel = page.locator("#panel")
    put(page, "trigger.event", page.locator(".begin"))
    choose(page, "event", "Paid")
    says(page, "trigger_event", "Paid")
    put(page, "send.message", way(page, "trigger_event"))
    choose(page, "content", "thanks")
    put(page, "wait.duration", way(page, "send_message"))
    panel.get_by_role("textbox", name="How long").fill("5")
    says(page, "wait_duration", "Wait 5 days")
    put(page, "send.message", way(page, "wait_duration"))
    choose(page, "content", "guide")
    says(page, "send_message_2", "Send guide")
    put(page, "wait.event", way(page, "send_message_2"))
    choose(page, "event", "Paid")
    panel.get_by_role("textbox", name="At most").fill("30")
    says(page, "wait_event", "Wait until Paid, at most 30 days")
    put(page, "exit.leave", way(page, "wait_event", "happened"))
    put(page, "branch.experiment", way(page, "wait_event", "timeout"))
    panel.get_by_label("Code of the experiment").fill("first_100")
    put(page, "wait.window", way(page, "branch_experiment", "a"))
    put(page, "send.message", way(page, "wait_window"))
    choose(page, "content", "picks")
    put(page, "wait.event", way(page, "send_message_3"))
    choose(page, "event", "Paid")
    panel.get_by_role("textbox", name="At most").fill("60")
    says(page, "wait_event_2", "at most 60 days")
    lead(page, way(page, "branch_experiment", "b"), page.locator("#node-wait_event_2"))
    lead(page, way(page, "branch_experiment", "control"), page.locator("#node-wait_event_2"))
    put(page, "exit.leave", way(page, "wait_event_2", "timeout"))
    lead(page, way(page, "wait_event_2", "happened"), page.locator("#node-exit_leave"))
    expect(page.locator(".node")).to_have_count(len(HUNDRED_DAYS))


def put(page: Page, kind: str, to: Locator) -> None:
    """A step from the palette to its place, with all of the drawing in sight."""
    page.locator("[data-zoom=fit]").click()
    drop_kind(page, kind, to)
    expect(page.locator("#panel")).to_have_attribute("data-of", re.compile(kind.replace(".", "_")))


def lead(page: Page, what: Locator, to: Locator) -> None:
    page.locator("[data-zoom=fit]").click()
    drag(page, what, to)
    expect(page.locator(".htmx-request")).to_have_count(0)


def try_it(page: Page) -> None:
    """Somebody invented enters, gets both mails, never orders again; her path is lit to its end."""
    page.get_by_role("link", name="Simulate").click()
    page.locator("#enter-trigger_event").click()
    expect(page.locator("#node-wait_duration.here")).to_be_visible()
    expect(page.locator(".story")).to_contain_text("Hello")
    page.locator("#do-next").click()
    expect(page.locator("#node-wait_event.here")).to_be_visible()
    expect(page.locator("#node-send_message_2.walked")).to_be_visible()
    for _turn in range(6):
        if page.locator(".story .is-end").count():
            break
        done = page.locator(".story > *").count()
        page.locator("#do-next").click()
        expect(page.locator(".story > *")).not_to_have_count(done)
    expect(page.locator(".story .is-end")).to_be_visible()
    expect(page.locator("#node-exit_leave_2")).to_have_class(re.compile("walked|here"))
    assert not Enrollment.objects.exists()


def publish(page: Page) -> None:
    page.get_by_role("link", name="Publish…").click()
    page.locator("#dialog").get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/journeys/\d+/$"))


def pay(flow: Flow, *names: str) -> None:
    """As a shop tells it, and the engine goes round."""
    token = keys.create(ACTOR, flow.brand, name="shop", now=utc_now())[1]
    for name in names:
        body = {"event": "paid", "customer": {"email": f"{name}@example.com"}, "key": name}
        answer = Client().post(
            "/api/v1/events", json.dumps(body), content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert answer.json()["accepted"] == 1
    tick(utc_now())
