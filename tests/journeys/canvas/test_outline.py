"""Picture and outline of a graph: what a card says, and the tree beside the drawing."""

from __future__ import annotations

import pytest

from journeys.canvas.outline import Step, outline_of
from journeys.canvas.picture import picture_of
from journeys.graph.sketch import sketch
from journeys.graph.yaml import load_yaml
from tests.journeys.flow import Flow, at

TEXT = """
name: Offers
nodes:
  received: {kind: trigger.event, event: received, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: viewed}}
    at_most: 1d
    timeout: missed
    next: {viewed: done, missed: remind}
  remind: {kind: send.message, content: note, next: split}
  split: {kind: branch.random, weights: {a: 1, b: 1}, next: {a: tell, b: wait}}
  tell: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    return Flow.make()


def tree(steps: list[Step]) -> list[object]:
    """Keys, with the branches of a fork as {label: steps or "→ key"}."""
    found: list[object] = []
    for step in steps:
        found.append(step.card.key)
        if step.branches:
            found.append(
                {
                    branch.via: f"→ {branch.leads_to}" if branch.leads_to else tree(branch.steps)
                    for branch in step.branches
                }
            )
    return found


def test_forks_open_lists_and_merges_close_them(flow: Flow) -> None:
    picture = picture_of(sketch(load_yaml(TEXT)), flow.brand.pk, at(0))
    assert tree(outline_of(picture)) == [
        "received",
        "wait",
        {
            "Viewed": "→ done",
            "Missed": ["remind", "split", {"A": ["tell"], "B": "→ wait"}],
        },
        "done",
    ]


def test_names_stand_in_place_of_codes(flow: Flow) -> None:
    flow.brand.contents.update(name="A <friendly> note")
    picture = picture_of(sketch(load_yaml(TEXT)), flow.brand.pk, at(0))
    card = picture.cards["remind"]
    assert card.words == "Send <em>A &lt;friendly&gt; note</em>"
    assert (card.short, card.what, card.icon) == ("A <friendly> note", "SMS", "sms")


def test_what_is_broken_is_drawn_with_its_problem(flow: Flow) -> None:
    data = load_yaml(TEXT.replace("branch.random", "branch.magic").replace("1d", "soon"))
    picture = picture_of(sketch(data), flow.brand.pk, at(0))
    assert set(picture.cards) == {"received", "wait", "remind", "split", "tell", "done"}
    assert "branch.magic" in picture.cards["split"].lack
    assert "soon" in picture.cards["wait"].lack
    assert picture.cards["remind"].lack == ""


@pytest.mark.parametrize("data", [{}, {"nodes": []}, {"nodes": {"a": 3}}, {"name": 1}])
def test_an_empty_draft_is_an_empty_picture(flow: Flow, data: dict[str, object]) -> None:
    picture = picture_of(sketch(data), flow.brand.pk, at(0))
    assert picture.cards == {}
    assert outline_of(picture) == []
