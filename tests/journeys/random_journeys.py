"""Random graphs, customers and streams of events, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.journeys.random_more import KINDS, draw

HORIZON = 120  # hours
NAMES = ("opened", "paid", "viewed")
SPANS = ("1h", "2h", "3h", "6h", "1d", "90m")


class Told(NamedTuple):
    """An event before it is stored: hour, who, what, properties."""

    hour: int
    who: int
    name: str
    properties: Mapping[str, Any]


def random_graph(rng: random.Random, *, more: bool = False) -> dict[str, Any]:
    """A graph that passes every check: some nodes in a row, with ways forward and loops back.

    With *more* it has the kinds of random_more too.
    """
    count = rng.randint(2, 7)
    keys = [f"n{i}" for i in range(count)]
    nodes: dict[str, Any] = {"start": _trigger(rng)}
    for place, key in enumerate(keys):
        nodes[key] = _node(rng, place, keys, more)
    nodes["over"] = {"kind": "exit.leave", "settings": {"reason": "over"}, "next": {}}
    nodes["start"]["next"] = {"next": keys[0]}
    graph: dict[str, Any] = {"schema": 1, "name": "Random", "nodes": nodes, "order": list(nodes)}
    graph["lateness"] = "30d"  # a large batch comes in long after its first event
    if rng.random() < 0.4:
        graph["goal"] = {"event": "paid", **_where(rng, 0.5)}
        if rng.random() < 0.6:
            graph["goal"]["within"] = rng.choice(("12h", "2d"))
        if rng.random() < 0.3:
            graph["goal"]["stay"] = True
    if rng.random() < 0.2:
        graph["exit_when"] = {"attribute": "city", "op": "eq", "value": "Bern"}
    return graph


def random_events(rng: random.Random, people: int, count: int) -> list[Told]:
    """Events on whole hours, so that ties and deadlines are met often."""
    told = [
        Told(
            rng.randint(0, HORIZON),
            rng.randrange(people),
            rng.choice(NAMES),
            {"offer": rng.choice("ab"), "amount": rng.randint(0, 20)} if rng.random() < 0.9 else {},
        )
        for _ in range(count)
    ]
    return sorted(told, key=lambda event: event.hour)


# helpers


def _trigger(rng: random.Random) -> dict[str, Any]:
    settings: dict[str, Any] = {"event": "opened", **_where(rng, 0.2)}
    settings["reentry"] = rng.choice(("never", "per_key", "always"))
    if settings["reentry"] == "per_key" or rng.random() < 0.5:
        settings["key"] = "offer"
    return {"kind": "trigger.event", "settings": settings}


def _node(rng: random.Random, place: int, keys: list[str], more: bool) -> dict[str, Any]:
    kind = rng.choice(
        ("wait.duration", "wait.event", "wait.event", "branch.rules", "branch.random",
         "send.message", "act.tag", *(KINDS if more else ()))
    )  # fmt: skip
    if kind in KINDS:
        kind, settings, outcomes = draw(rng, kind)
    else:
        settings, outcomes = _settings(rng, kind)
    forward = [*keys[place + 1 :], "over"]
    # Only a wait may lead back, so that no loop is without one; and only one that takes time, so
    # that none goes round for ever in the same moment.
    takes_time = isinstance(settings.get("duration"), str) or kind == "wait.random"
    anywhere = [*keys, "over"] if takes_time else forward
    ways = {
        outcome: rng.choice(anywhere if rng.random() < 0.3 else forward[:2]) for outcome in outcomes
    }
    return {"kind": kind, "settings": settings, "next": ways}


def _settings(rng: random.Random, kind: str) -> tuple[dict[str, Any], list[str]]:
    if kind == "wait.duration":
        return {"duration": rng.choice(SPANS)}, ["next"]
    if kind == "wait.event":
        return _wait(rng)
    if kind == "branch.rules":
        rules = [
            {"outcome": f"is_{city}", "when": {"attribute": "city", "op": "eq", "value": value}}
            for city, value in (("ulm", "Ulm"), ("bern", "Bern"))
        ]
        chosen = rules[: rng.randint(1, 2)]
        return {"rules": chosen}, [*(str(rule["outcome"]) for rule in chosen), "otherwise"]
    if kind == "branch.random":
        return {"weights": {"a": rng.randint(1, 9), "b": 5, "c": 1}}, ["a", "b", "c"]
    if kind == "send.message":
        return {"content": "note"}, ["next"]
    return {"tag": "touched"}, ["next"]


def _wait(rng: random.Random) -> tuple[dict[str, Any], list[str]]:
    until: dict[str, Any] = {}
    for outcome in ("one", "two")[: rng.randint(1, 2)]:
        until[outcome] = {"event": rng.choice(NAMES), **_where(rng, 0.3)}
        if rng.random() < 0.5:
            until[outcome]["match"] = {"offer": rng.choice(("$entry_key", "$entry.offer", "a"))}
    settings: dict[str, Any] = {"until": until}
    outcomes = list(until)
    if rng.random() < 0.8:
        settings["at_most"] = rng.choice(SPANS)
        settings["timeout"] = "late"
        outcomes.append("late")
    return settings, outcomes


def _where(rng: random.Random, share: float) -> dict[str, Any]:
    if rng.random() >= share:
        return {}
    return {"where": {"property": "amount", "op": "gte", "value": rng.choice((5, 10))}}
