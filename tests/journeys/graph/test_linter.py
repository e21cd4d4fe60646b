"""Warnings about graphs that can be read: dates that cross, waits for ever, messages in a row."""

from __future__ import annotations

from datetime import datetime

import pytest

from campaigns.models import Content
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
