"""Reading a graph: every problem at once, each with its place."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from journeys.graph.schema import GraphUnreadable, read_graph, restore_graph
from journeys.graph.yaml import load_yaml

GOOD = load_yaml(
    """
name: Offers
goal: {event: order_paid, within: 7d}
nodes:
  received: {kind: trigger.event, event: received, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: viewed}}
    at_most: 24h
    timeout: missed
    next: {viewed: seen, missed: remind}
  remind: {kind: send.message, content: note, next: seen}
  seen: {kind: exit.leave}
"""
)


def changed(**nodes: Any) -> dict[str, Any]:
    data = deepcopy(dict(GOOD))
    for key, parts in nodes.items():
        data["nodes"].setdefault(key, {}).update(parts)
    return data


def places(data: Any) -> list[str]:
    graph, problems = read_graph(data)
    assert graph is None or all(problem.is_warning for problem in problems)
    return [problem.place for problem in problems]


def test_a_good_graph_has_no_problems() -> None:
    graph, problems = read_graph(dict(GOOD))
    assert problems == []
    assert graph is not None
    assert list(graph.nodes) == ["received", "wait", "remind", "seen"]
    assert graph.next_of("wait", "missed") == "remind"
    assert [node.key for node in graph.triggers()] == ["received"]
    assert graph.goal.within == timedelta(days=7)


def test_the_order_survives_a_store_that_forgets_it() -> None:
    data = deepcopy(dict(GOOD))
    data["nodes"] = dict(sorted(data["nodes"].items()))
    graph, _problems = read_graph(data)
    assert graph is not None
    assert list(graph.nodes) == ["received", "wait", "remind", "seen"]


def test_every_problem_comes_in_one_answer() -> None:
    data = changed(
        remind={"kind": "send.pigeon", "next": {"next": "nowhere"}},
        wait={"settings": {"untill": {}, "at_most": "5 days", "timeout": "missed"}},
        seen={"next": {"next": "received"}},
    )
    data["gaol"] = {}
    del data["name"]
    assert places(data) == [
        "gaol",
        "name",
        "nodes.wait.untill",
        "nodes.wait.until",
        "nodes.wait.at_most",
        "nodes.remind.kind",
        "nodes.remind.next.next",
        "nodes.seen.next.next",
        "nodes.seen.next.next",
    ]


def test_outcomes_must_lead_somewhere_and_exist() -> None:
    data = changed(wait={"next": {"viewed": "seen", "later": "seen"}})
    assert places(data) == ["nodes.wait.next.missed", "nodes.wait.next.later"]


def test_a_loop_needs_a_wait() -> None:
    split = {"kind": "branch.random", "settings": {"weights": {"a": 1, "b": 1}}}
    inside = changed(remind={**split, "next": {"a": "remind", "b": "seen"}})
    assert places(inside) == ["nodes.remind.next"]
    through_wait = changed(remind={"next": {"next": "wait"}})
    assert places(through_wait) == []


def test_an_unreachable_node_is_a_warning_only() -> None:
    data = changed(alone={"kind": "exit.leave"})
    graph, problems = read_graph(data)
    assert graph is not None
    assert [(p.place, p.is_warning) for p in problems] == [("nodes.alone", True)]


def test_somebody_must_be_able_to_enter() -> None:
    data = changed()
    del data["nodes"]["received"]
    assert "nodes" in places(data)


@pytest.mark.parametrize(
    "data",
    [
        None, [], "x", {}, {"name": "x"}, {"name": "x", "nodes": []},
        {"name": "x", "nodes": {"a": 1}}, {"name": "x", "nodes": {"A b": {}}},
        {"name": "x", "nodes": {"a": {"kind": 3, "settings": [], "next": "b"}}},
        {"name": ["x"], "goal": 3, "priority": 900, "lateness": "soon", "nodes": {"a": {}}},
        {"name": "x", "timezone": "Mars/Base", "nodes": {"a": {"kind": "exit.leave"}}},
        {"name": "x", "goal": {"within": "7d"}, "nodes": {"a": {"next": {"x": 3}}}},
    ],
)  # fmt: skip
def test_anything_gets_an_answer(data: Any) -> None:
    graph, problems = read_graph(data)
    assert graph is None
    assert problems
    assert all(problem.text.endswith((".", "。")) for problem in problems)


def test_a_published_graph_is_restored_or_says_why_not() -> None:
    assert list(restore_graph(dict(GOOD)).nodes) == ["received", "wait", "remind", "seen"]
    with pytest.raises(GraphUnreadable, match=r"send\.pigeon"):
        restore_graph(changed(remind={"kind": "send.pigeon"}))
