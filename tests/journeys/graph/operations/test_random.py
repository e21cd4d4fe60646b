"""Random operations: whatever somebody does, the graph can be drawn, undone, and written down."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from journeys.graph.drawing import Drawing, draw
from journeys.graph.operations import OperationRefused, copy, perform
from journeys.graph.operations.base import exits, nodes_of
from journeys.graph.operations.delta import patch, patched
from journeys.graph.plan import make_plan
from journeys.graph.sketch import sketch
from journeys.graph.yaml import dump_yaml, load_yaml
from journeys.nodes import REGISTRY
from tests.journeys.graph.drawn import faults_of

EMPTY: dict[str, Any] = {"schema": 1, "name": "Random", "nodes": {}, "order": []}
KINDS = sorted(REGISTRY)
STEPS = 45


@pytest.mark.parametrize("seed", range(14))
def test_whatever_is_done(seed: int) -> None:
    chance = random.Random(seed)
    graph, past, done, refused = EMPTY, [], [], []
    for _step in range(STEPS):
        operation, given = something(chance, graph)
        before = drawn(graph)
        try:
            after = perform(graph, operation, given).graph
        except OperationRefused as refusal:
            refused.append(str(refusal))
            continue
        assert load_yaml(dump_yaml(after)) == after, f"{operation} {given}"
        now = drawn(after)
        assert faults_of(now) == [], f"{operation} {given}"
        if operation in ("insert", "append") and given["source"]:
            stays(before, now, graph, given["source"])
        past.append((patch(after, graph), patch(graph, after), graph))
        graph = after
        done.append(operation)
    assert len(done) > STEPS / 3, refused
    assert all(sentence.endswith(".") for sentence in refused), refused
    last = graph
    for back, _forth, earlier in reversed(past):
        graph = patched(graph, back)
        assert graph == earlier
    for _back, forth, _earlier in past:
        graph = patched(graph, forth)
    assert graph == last


# helpers


def drawn(graph: dict[str, Any]) -> Drawing:
    sketched = sketch(graph)
    return draw(sketched.ways(open_ends=True), sketched.triggers)


def stays(before: Drawing, now: Drawing, graph: dict[str, Any], source: str) -> None:
    """Everything on the way to where the step came in stands as it did, seen from there."""
    sketched = sketch(graph)
    plan = make_plan(sketched.ways(open_ends=True), sketched.triggers)
    grid_has_loops = bool(plan.back)
    key = source
    while key:
        was, at = before.cards[key], now.cards[key]
        origin_was, origin = before.cards[source], now.cards[source]
        assert at.x - origin.x == was.x - origin_was.x, f"{key} moved when a step came in"
        # A loop from far below may need another track above, never more than a few pixels.
        moved = abs(at.y - was.y)
        assert moved <= (40 if grid_has_loops else 0), f"{key} moved by {moved}"
        key = plan.dominator[key]


def something(chance: random.Random, graph: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An operation with what it needs, often on things that are there."""
    keys = list(nodes_of(graph)) or ["nothing"]
    slots = list(ways(graph)) or [("", "")]
    source, outcome = chance.choice(slots)
    key, other = chance.choice(keys), chance.choice(keys)
    slot = {"source": source, "outcome": outcome}
    operation = chance.choice(
        ["insert"] * 9 + ["append"] * 3 + ["connect"] * 3 + ["move", "move", "detach", "delete",
         "duplicate", "paste", "configure", "annotate", "describe"]
    )  # fmt: skip
    if operation in ("insert", "append"):
        kind = chance.choice(KINDS)
        if kind.startswith("trigger") or chance.random() < 0.1:
            slot = {"source": "", "outcome": ""}
        return operation, {"kind": kind, **slot}
    several = chance.sample(keys, k=min(len(keys), chance.randint(1, 3)))
    others: dict[str, dict[str, Any]] = {
        "move": {"key": key, "follow": chance.random() < 0.5, **slot},
        "detach": slot,
        "connect": {"target": other, **slot},
        "delete": {"keys": several, "follow": chance.random() < 0.4},
        "duplicate": {"keys": several},
        "paste": {"clip": copy(graph, several) if nodes_of(graph) else {}, **slot},
        "configure": configuring(chance, graph, key),
        "annotate": {"key": key, "note": chance.choice(["", "Ask legal first. 法务确认"])},
        "describe": {"parts": {"description": chance.choice([None, "For everybody"])}},
    }  # fmt: skip
    return operation, others[operation]


def configuring(chance: random.Random, graph: dict[str, Any], key: str) -> dict[str, Any]:
    """Some settings go, and ways are added."""
    settings = dict(graph["nodes"].get(key, {}).get("settings", {}))
    for name in chance.sample(sorted(settings), k=min(1, len(settings))):
        del settings[name]
    settings |= chance.choice([
        {}, {"until": {"happened": {"event": "paid"}, "left": {"event": ""}}},
        {"weights": {"a": 1, "b": 1, "c": 2}}, {"at_most": ""}, {"control": 0},
    ])  # fmt: skip
    return {"key": key, "settings": settings}


def ways(graph: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in nodes_of(graph):
        for outcome in exits(graph, key):
            yield key, outcome
