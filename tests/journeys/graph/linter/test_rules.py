"""Warnings about graphs that can be read: of waits, messages, and what is to be compared."""

from __future__ import annotations

from datetime import datetime

import pytest

from campaigns.models import ChannelAccount, Content, QuietHours
from customers.models import Brand
from journeys.graph.linter import lint
from journeys.graph.schema import read_graph
from journeys.graph.yaml import load_yaml
from tests.campaigns.making import Shop, make_shop

pytestmark = pytest.mark.django_db
GRAPH = """
name: Flow
nodes:
  start: {kind: trigger.event, event: joined, next: first}
  first: {kind: wait.until, moment: "FIRST", next: second}
  second: {kind: wait.until, moment: "2026-05-01T10:00:00", next: hello}
  hello: {kind: send.message, content: mail, next: MIDDLE}
  pause: {kind: wait.duration, duration: 1d, next: again}
  again: {kind: send.message, content: CONTENT, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def shop(now: datetime) -> Shop:
    shop = make_shop(now)
    for channel in ("email", "sms"):
        content = shop.content(channel)
        code = {"email": "mail", "sms": "text"}[channel]
        Content.objects.filter(pk=content.pk).update(code=code)
    return shop


def places(shop: Shop, text: str) -> list[str]:
    graph, problems = read_graph(load_yaml(text))
    assert graph is not None, problems
    found = lint(graph, shop.brand)
    assert all(each.is_warning for each in found)
    return [each.place for each in found]


def drawn(first: str = "2026-04-01T10:00:00", middle: str = "pause", content: str = "mail") -> str:
    text = GRAPH.replace("FIRST", first).replace("MIDDLE", middle).replace("CONTENT", content)
    # A step that nobody leads to is a mistake of its own.
    return (
        text
        if middle == "pause"
        else text.replace("  pause: {kind: wait.duration, duration: 1d, next: again}\n", "")
    )


def test_what_is_well_is_not_spoken_of(shop: Shop) -> None:
    assert places(shop, drawn()) == []


def test_a_moment_that_is_over_when_she_comes(shop: Shop) -> None:
    assert places(shop, drawn(first="2026-06-01T10:00:00")) == ["nodes.second.moment"]
    # On another clock nobody can say which comes first.
    assert places(shop, drawn(first="2026-06-01T10:00:00+08:00")) == []


def test_two_messages_on_one_channel_without_a_wait(shop: Shop) -> None:
    assert places(shop, drawn(middle="again")) == ["nodes.again"]
    assert places(shop, drawn(middle="again", content="text")) == []


def test_a_wait_without_an_end(shop: Shop) -> None:
    text = drawn().replace(
        "{kind: wait.duration, duration: 1d, next: again}",
        "{kind: wait.event, until: {came: {event: came}}, next: {came: again}}",
    )
    assert places(shop, text) == ["nodes.pause.at_most"]


def test_a_channel_on_which_nobody_sends(shop: Shop) -> None:
    ChannelAccount.objects.filter(channel="sms").delete()
    text = drawn(content="text")
    assert places(shop, text) == ["nodes.again.content"]
    spare = text.replace("content: text,", "content: mail, instead: [text],")
    assert places(shop, spare) == ["nodes.again.instead"]
    # Another brand's account is of no use, the group's is.
    other = Brand.objects.create(code="other", name="Other")
    account = ChannelAccount.objects.create(
        brand=other, channel="sms", name="sms", provider="recording"
    )
    assert places(shop, text) == ["nodes.again.content"]
    ChannelAccount.objects.filter(pk=account.pk).update(brand=None)
    assert places(shop, text) == []


def test_a_split_without_a_goal(shop: Shop) -> None:
    text = drawn().replace(
        "{kind: wait.duration, duration: 1d, next: again}",
        "{kind: branch.holdout, share: 10, next: {held_out: done, next: again}}",
    )
    # No wait is left between the two messages, which is another matter.
    assert places(shop, text) == ["nodes.again", "nodes.pause"]
    assert places(shop, text + "goal: {event: paid, within: 7d}\n") == ["nodes.again"]


WINDOW = """
name: Flow
nodes:
  start: {kind: trigger.event, event: joined, next: hour}
  hour: {kind: wait.window, opens: "FROM", closes: "UNTIL", next: hello}
  hello: {kind: send.message, content: mail, LATE next: done}
  done: {kind: exit.leave}
"""


@pytest.mark.parametrize(
    ("opens", "closes", "found"),
    [
        ("22:00", "23:30", True),
        ("22:00", "07:30", True),
        ("00:30", "07:00", True),
        ("21:00", "08:00", True),
        ("20:59", "22:00", False),
        ("06:00", "08:01", False),
        ("09:00", "20:00", False),
        ("23:00", "22:00", False),
    ],
)
def test_a_window_that_quiet_hours_swallow(
    shop: Shop, opens: str, closes: str, found: bool
) -> None:
    QuietHours.objects.create(starts="21:00", ends="08:00")
    text = WINDOW.replace("FROM", opens).replace("UNTIL", closes).replace("LATE", "")
    assert places(shop, text) == (["nodes.hello"] if found else [])


def test_what_quiet_hours_do_to_the_message_is_said(shop: Shop) -> None:
    def said(late: str = "") -> list[str]:
        text = WINDOW.replace("FROM", "22:00").replace("UNTIL", "23:00").replace("LATE", late)
        graph, _problems = read_graph(load_yaml(text))
        assert graph is not None
        return [each.text for each in lint(graph, shop.brand)]

    hours = QuietHours.objects.create(brand=shop.brand, starts="21:00", ends="08:00")
    [waits] = said()
    assert "21:00–08:00" in waits
    assert "waits until they are over" in waits
    # From 23:00 to 08:00 it is nine hours.
    assert "nobody gets it" in said("lateness: 8h,")[0]
    assert "waits until" in said("lateness: 10h,")[0]
    QuietHours.objects.filter(pk=hours.pk).update(marketing="skip")
    assert "nobody gets it" in said()[0]
    QuietHours.objects.filter(pk=hours.pk).update(marketing="pass")
    assert said() == []
    # A brand's own that are switched off hide the group's, as they do at the gate.
    QuietHours.objects.filter(pk=hours.pk).update(marketing="defer", is_active=False)
    QuietHours.objects.create(starts="20:00", ends="09:00")
    assert said() == []


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ('{kind: trigger.date, attribute: birthday, yearly: true, at: "07:00", next: hello}', True),
        (
            '{kind: trigger.date, attribute: birthday, yearly: true, at: "09:00", next: hello}',
            False,
        ),
        (
            '{kind: trigger.schedule, segment: s, clock: customer, crontab: "30 22,23 * * *",'
            " next: hello}",
            True,
        ),
        (
            '{kind: trigger.schedule, segment: s, clock: customer, crontab: "0 12,23 * * *",'
            " next: hello}",
            False,
        ),
        # On the journey's clock it is another hour for each of them.
        ('{kind: trigger.schedule, crontab: "30 22 * * *", segment: s, next: hello}', False),
    ],
)
def test_hours_that_other_steps_say(shop: Shop, step: str, found: bool) -> None:
    QuietHours.objects.create(starts="21:00", ends="08:00")
    text = f"""
name: Flow
nodes:
  start: {step}
  hello: {{kind: send.message, content: mail, next: done}}
  done: {{kind: exit.leave}}
"""
    assert places(shop, text) == (["nodes.hello"] if found else [])


def test_a_wait_between_leads_out_of_the_quiet_hours(shop: Shop) -> None:
    QuietHours.objects.create(starts="21:00", ends="08:00")
    text = WINDOW.replace("FROM", "22:00").replace("UNTIL", "23:00").replace("LATE", "")
    text = text.replace("next: hello}", "next: pause}").replace(
        "  done:", "  pause: {kind: wait.duration, duration: 11h, next: hello}\n  done:"
    )
    assert places(shop, text) == []
