"""The differences of two graphs in sentences, and who stands before, at and after a step."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.html import strip_tags
from django.utils.translation import override

from journeys.graph.diff import around, diff
from journeys.graph.yaml import load_yaml
from journeys.queries.publishing import side_of

OLD = """
journey: flow
name: Flow
nodes:
  start: {kind: trigger.event, event: seen, next: wait}
  wait: {kind: wait.duration, duration: 24h, next: split}
  split: {kind: branch.random, weights: {a: 50, b: 50}, next: {a: remind, b: done}}
  remind: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave}
"""
NEW = """
journey: flow
name: Flow
lateness: 2d
nodes:
  start: {kind: trigger.event, event: seen, next: wait}
  wait: {kind: wait.duration, duration: 3d, next: split}
  split: {kind: branch.random, weights: {a: 50, b: 50}, next: {a: again, b: again}}
  again: {kind: wait.duration, duration: 1h, next: done}
  done: {kind: exit.leave}
"""


def parts(old: str, new: str) -> Any:
    return diff(*(side_of(load_yaml(text), 0) for text in (old, new)))


@pytest.mark.django_db
def test_every_difference_is_said_once() -> None:
    with override("en"):
        found = parts(OLD, NEW)
        said = [
            (c.key, c.what, [strip_tags(w).replace("\xa0", "") for w in c.words])
            for c in found.changes
        ]
    assert said == [
        ("wait", "changed", ["Wait 1 day becomes Wait 3 days"]),
        ("split", "rewired", [
            "Split at random: 50% a · 50% b: “a” leads to Wait 1 hour",
            "Split at random: 50% a · 50% b: “b” leads to Wait 1 hour",
        ]),
        ("remind", "removed", ["Gone: Send note"]),
        ("again", "added", ["New step: Wait 1 hour"]),
    ]  # fmt: skip
    assert [str(words) for words in found.heading] == ["How late a step may run changed"]
    with override("zh-hans"):
        assert "改为" in parts(OLD, NEW).changes[0].words[0]


@pytest.mark.django_db
def test_what_means_the_same_does_not_differ() -> None:
    found = parts(OLD, OLD.replace("24h", "1d"))
    assert (list(found.changes), list(found.heading)) == ([], [])


@pytest.mark.django_db
def test_people_are_before_at_or_after_a_step_and_never_two_of_them() -> None:
    written = side_of(load_yaml(OLD), 0).written
    here = {"start": 1, "wait": 20, "remind": 300, "done": 4000}
    seen = {key: around(key, written, here) for key in written}
    assert all(n.before + n.at + n.after == 4321 for n in seen.values())
    assert (seen["split"].before, seen["split"].at, seen["split"].after) == (21, 0, 4300)
    assert (seen["wait"].before, seen["wait"].at) == (1, 20)
