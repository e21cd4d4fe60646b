"""The picture of a journey as a file: all of it is there, readable by itself, and nobody else's."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Brand, User
from journeys.canvas.svg import LINES, SVG, broken, width_of
from journeys.models import Journey
from tests.journeys.flow import Flow
from tests.journeys.people import client_of

TEXT = """
labels: {viewed: {en: "Seen & <liked>", zh-hans: 已浏览}}
nodes:
  in: {kind: trigger.event, event: received, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: viewed}}
    at_most: 24h
    timeout: missed
    next: {viewed: kept, missed: hello}
  hello: {kind: send.message, content: note, next: done}
  kept: {kind: exit.leave, reason: viewed}
  done: {kind: exit.leave, reason: reminded}
"""


@pytest.fixture
def journey(db: None) -> Journey:
    flow = Flow.make()
    journey = flow.journey(TEXT)
    flow.happen(*[(name, "received", 0.0) for name in ("ann", "bob", "cem")])
    flow.run(0)
    flow.happen(("ann", "viewed", 1.0))
    flow.run(1)
    return journey


def texts(answer: bytes) -> list[str]:
    root = ET.fromstring(answer)  # noqa: S314 - our own
    return ["".join(each.itertext()) for each in root.iter(f"{{{SVG}}}text")]


def test_every_card_every_way_and_every_count_is_there(journey: Journey) -> None:
    vera = client_of("vera", "viewer", journey.brand)
    answer = vera.get(f"/journeys/{journey.pk}/journey.svg")
    assert answer["Content-Type"].startswith("image/svg+xml")
    assert f'filename="{journey.code}.svg"' in answer["Content-Disposition"]
    said = texts(answer.content)
    assert "Seen & <liked> 1" in said
    assert {"Trigger · event", "Wait · event", "Send · SMS"} <= set(said)
    assert said.count("Exit · end") == 2
    # Three came to the wait, two are there.
    at = said.index("came in")
    assert said[at - 1] == "3"
    assert said[said.index("here now") - 1] == "2"
    # A file for itself: nothing in it is fetched from anywhere.
    words = answer.content.decode()
    assert "href" not in words
    assert "url(" not in words
    assert "var(" not in words


def test_a_draft_is_drawn_without_counts(journey: Journey) -> None:
    vera = client_of("vera", "viewer", journey.brand)
    said = texts(vera.get(f"/journeys/{journey.pk}/journey.svg?view=draft").content)
    assert "Seen & <liked>" in said
    assert "came in" not in said


def test_in_chinese(journey: Journey) -> None:
    wei = client_of("wei", "viewer", journey.brand)
    User.objects.update(language="zh-hans")
    assert "已浏览 1" in texts(wei.get(f"/journeys/{journey.pk}/journey.svg").content)


def test_it_is_nobody_elses(journey: Journey) -> None:
    other = Brand.objects.create(code="other", name="Other")
    stranger = client_of("max", "manager", other)
    assert stranger.get(f"/journeys/{journey.pk}/journey.svg").status_code == 404


@given(st.text(alphabet="ab cd 订单è-", max_size=80), st.integers(40, 300))
def test_lines_fit_and_nothing_is_lost_but_behind_an_ellipsis(text: str, room: int) -> None:
    lines = broken(text, 16, room)
    assert len(lines) <= LINES
    assert all(width_of(line, 16) <= room + 16 for line in lines)
    kept = "".join(lines).replace(" ", "")
    whole = text.strip().replace(" ", "")
    assert whole.startswith(kept.removesuffix("…"))
    assert kept.endswith("…") or kept == whole
