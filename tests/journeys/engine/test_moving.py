"""Publishing with people on the way, against the oracle: random graphs, edits, people and choices.

Nobody is lost, nobody walks twice, and what the preview counted is what happens.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction

from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.engine import moving
from journeys.engine.relocate import OTHERS
from journeys.graph.schema import read_graph
from journeys.models import (
    Enrollment,
    HeldTimer,
    Listener,
    NodeCount,
    PeopleMove,
    PeopleMovePart,
    Timer,
)
from journeys.queries.counts import totals
from journeys.queries.publishing import preview
from tests.journeys.engine.test_oracle import CITIES as CITIES
from tests.journeys.engine.test_oracle import (
    END,
    EVENTS,
    PEOPLE,
    attributes,
    expected,
    feed,
    run,
    seen,
    stored,
    world,
)
from tests.journeys.flow import ACTOR, T0, Flow, at
from tests.journeys.oracle import Oracle, Visit, Walked
from tests.journeys.random_journeys import random_events, random_graph

__all__ = ["world"]
HOUR = 30.5  # when the second version is published; events happen on whole hours


@pytest.mark.parametrize("seed", range(12))
def test_who_is_moved_goes_on_as_the_oracle_says(world: Flow, seed: int) -> None:
    compare(world, seed)


@pytest.mark.proof
@pytest.mark.parametrize("start", range(100, 400, 50))
def test_who_is_moved_goes_on_as_the_oracle_says_hundreds_of_times(world: Flow, start: int) -> None:
    for seed in range(start, start + 50):
        compare(world, seed)


def compare(world: Flow, seed: int) -> None:
    rng = random.Random(seed)
    first, second = two_graphs(rng)
    told = random_events(rng, PEOPLE, EVENTS)
    with transaction.atomic():
        journey = load(ACTOR, world.brand, {"journey": f"m{seed}", **first}, T0).journey
        publish(ACTOR, journey, T0)
        size = rng.choice((7, 1000))
        feed(world, [event for event in told if event.hour <= HOUR], size, until=at(HOUR))
        load(ACTOR, world.brand, {"journey": f"m{seed}", **second}, at(HOUR))
        journey.refresh_from_db()  # its draft is the second graph now
        before = preview(journey)
        assert before is not None
        choices = {
            key: rng.choice(before.options(key))
            for key in [OTHERS, *(row.key for row in before.rows)]
            if rng.random() < 0.8
        }
        told_before = before.effect(choices)
        publish(ACTOR, journey, at(HOUR), people=choices)
        for move in PeopleMove.objects.filter(journey=journey):
            while not moving.go(move, at(HOUR), seconds=0):
                pass  # a bucket at a time, as if it were stopped after each
            counted = (move.moved, move.left, move.stayed)
            assert counted == (told_before.moved, told_before.left, told_before.stayed)
            moving.sweep(move, at(HOUR + 1))
        assert not PeopleMovePart.objects.exists()
        run(at(HOUR), 10_000)
        feed(world, [event for event in told if event.hour > HOUR], size)
        said = walks(world, journey.code, first, second, choices)
        assert seen(journey) == expected(said), f"seed {seed}"
        check_sums(journey.pk)
        transaction.set_rollback(True)


def two_graphs(rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """A graph, and what an editor has made of it: steps kept, changed, gone, new and rewired."""
    first = random_graph(rng)
    while True:
        second = random_graph(rng)
        second["nodes"]["start"] = first["nodes"]["start"] | {
            "next": second["nodes"]["start"]["next"]
        }
        for key, node in first["nodes"].items():
            keeps = set(node["next"].values()) <= set(second["nodes"])
            if key in second["nodes"] and keeps and rng.random() < 0.5:
                second["nodes"][key] = node
        graph, _problems = read_graph(second)
        if graph is not None and second != first:
            return first, second


def walks(
    world: Flow, code: str, first: Any, second: Any, choices: Mapping[str, str]
) -> list[Walked]:
    """One customer at a time: by the first graph until she is moved, then by the other."""
    known, events = attributes(world), stored()
    early = Oracle(code, first, known, events, at(HOUR))
    stays, moves = (Oracle(code, graph, known, events, END) for graph in (first, second))
    entered: set[Any] = set()
    found = []
    for event in early.events:
        mine = stays if event.at <= at(HOUR) else moves
        if not mine.enters(mine.nodes["start"]["settings"], event, entered):
            continue
        walk = (early if mine is stays else mine).enter("start", event)
        if mine is stays and not walk.reason:
            choice = choices.get(walk.node, choices.get(OTHERS, "stay"))
            if choice == "leave":
                walk.path.append(Visit(walk.node, "taken_out", walk.at, at(HOUR)))
                walk.reason = "taken_out"
            elif choice == "stay" or walk.node not in second["nodes"]:
                walk = stays.enter("start", event)
            else:
                walk.path.append(Visit(walk.node, "moved", walk.at, at(HOUR)))
                walk.visit, walk.not_before = walk.visit + 1, at(HOUR)
                walk, mine = moves.go_on(walk), moves
        mine.look_back(walk)
        found.append(walk)
    return found


def hears_nothing(walk: Enrollment) -> bool:
    """Whether she waits without an end for what has to carry her entry's key, and has none."""
    settings = walk.version.graph["nodes"][walk.node].get("settings", {})
    arms = settings.get("until", {}).values()
    keyed = all("$entry_key" in arm.get("match", {}).values() for arm in arms)
    return bool(arms) and keyed and not walk.entry_key and "at_most" not in settings


def check_sums(journey: int) -> None:
    """Per version and step: who arrived, minus who left, is who stands there; and nobody who is
    over waits for anything but her goal."""
    inside: dict[tuple[int, str], int] = {}
    rows = NodeCount.objects.filter(version__journey=journey)
    walks = Enrollment.objects.filter(journey=journey)
    reached = walks.filter(goal_at__isnull=False).count()
    for outcome in ("goal", "goal_of_entry"):
        assert sum(row.n for row in rows.filter(node="", outcome=outcome)) == reached
    seen = totals(journey)
    assert seen.entered == walks.count()
    assert seen.inside == walks.exclude(state="finished").count()
    ended = Counter(walks.filter(state="finished").values_list("exit_reason", flat=True))
    assert dict(seen.finished) == dict(ended)
    for row in rows.exclude(node=""):
        key = (row.version_id, row.node)
        inside[key] = inside.get(key, 0) + (row.n if row.outcome == "" else -row.n)
    for walk in Enrollment.objects.filter(journey=journey).exclude(state="finished"):
        inside[walk.version_id, walk.node] -= 1
        waits = Timer.objects.filter(enrollment_id=walk.pk, visit=walk.visit).exists()
        hears = Listener.objects.filter(enrollment_id=walk.pk, visit=walk.visit).exists()
        assert waits or hears or hears_nothing(walk)
    assert not any(inside.values())
    over = Enrollment.objects.filter(journey=journey, state="finished").values("pk")
    assert not Listener.objects.filter(enrollment_id__in=over, visit__gt=0).exists()
    assert not HeldTimer.objects.exists()
