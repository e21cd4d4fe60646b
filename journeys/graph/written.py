"""A graph as it was written: heading and nodes read from JSON, before any kind looks at them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from journeys.nodes import readers
from journeys.nodes.base import Problem, SettingError
from journeys.nodes.labels import Labels, read_labels

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_NODES = 500
LONGEST_NOTE = 500


@dataclass(frozen=True)
class Goal:
    """What the journey is for: an event, at most `within` after entry; reached, the walk ends."""

    event: str
    within: timedelta | None = None
    where: Mapping[str, Any] | None = None
    stay: bool = False  # go on walking after the goal
    value: str = ""  # the property of the event that says what it is worth


@dataclass(frozen=True)
class Heading:
    """What a graph says about the journey as a whole."""

    name: str = ""
    description: str = ""
    timezone: str = ""
    priority: int | None = None
    goal: Goal | None = None
    exit_when: Mapping[str, Any] | None = None
    lateness: timedelta | None = None
    late: str = "skip"  # what happens to what is later than that: skip, send or ask
    labels: Labels = field(default_factory=dict)  # what outcomes and ends are called


@dataclass(frozen=True)
class WrittenNode:
    """A node as written: kind, settings, and where each outcome leads."""

    kind: str
    settings: Mapping[str, Any]
    next: Mapping[str, str]
    note: str = ""  # for colleagues; nothing walks by it


def read_heading(data: Mapping[str, Any]) -> tuple[Heading, list[Problem]]:
    """The heading of a graph; what can't be read is left at its default and reported."""
    values, problems = read_fields(data, HEADING, "", also=BODY)
    if not data.get("name"):
        problems.append(Problem("name", _("A journey needs a name that colleagues understand.")))
    return Heading(**values), problems


def read_nodes(data: Mapping[str, Any]) -> tuple[dict[str, WrittenNode], list[Problem]]:
    """The nodes of a graph in their written order, as far as they can be read."""
    given = data.get("nodes")
    if not isinstance(given, Mapping) or not given:
        text = _("A journey needs “nodes”: a mapping from the key of each node to what it is.")
        return {}, [Problem("nodes", text)]
    if len(given) > MOST_NODES:
        text = _("Expected at most %(most)s nodes, got %(n)s. Split the journey in two.")
        return {}, [Problem("nodes", text % {"most": MOST_NODES, "n": len(given)})]
    nodes: dict[str, WrittenNode] = {}
    problems: list[Problem] = []
    for key in in_order(given, data.get("order")):
        item, found = read_one(key, given[key])
        problems += found
        if item is not None:
            nodes[key] = item
    return nodes, problems


def in_order(nodes: Mapping[str, Any], order: Any) -> list[str]:
    """Keys as `order` lists them; those that it leaves out follow as they come."""
    listed = [key for key in order if key in nodes] if isinstance(order, list) else []
    return list(dict.fromkeys([*listed, *nodes]))


# helpers


def read_one(key: Any, given: Any) -> tuple[WrittenNode | None, list[Problem]]:
    place = f"nodes.{key}"
    if not isinstance(key, str) or not KEY.fullmatch(key):
        text = _(
            "“%(key)s” can't be the key of a node. Expected up to 40 small letters, digits and "
            "underscores, beginning with a letter."
        )
        return None, [Problem(place, text % {"key": key})]
    if not isinstance(given, Mapping):
        return None, [Problem(place, _("Expected a node: a mapping with “kind” and settings."))]
    problems = [
        Problem(
            f"{place}.{name}",
            _("A node has “kind”, “settings”, “next” and perhaps a “note”, nothing else."),
        )
        for name in given.keys() - {"kind", "settings", "next", "note"}
    ]
    kind = given.get("kind")
    if not isinstance(kind, str) or not kind:
        problems.append(
            Problem(f"{place}.kind", _("Every node needs a kind, such as send.message."))
        )
        kind = ""
    settings = given.get("settings", {})
    if not isinstance(settings, Mapping):
        problems.append(Problem(place, _("The settings of a node are a mapping.")))
        settings = {}
    ways = given.get("next") or {}
    if not isinstance(ways, Mapping):
        text = _("Expected where each outcome leads, such as {viewed: thanks, timeout: remind}.")
        problems.append(Problem(f"{place}.next", text))
        ways = {}
    for outcome, target in ways.items():
        if not isinstance(target, str):
            problems.append(Problem(f"{place}.next.{outcome}", _("Expected the key of a node.")))
    clean = {str(o): target for o, target in ways.items() if isinstance(target, str)}
    note = given.get("note", "")
    if not isinstance(note, str) or len(note) > LONGEST_NOTE:
        text = _("Expected a note: a text of at most %s characters.")
        problems.append(Problem(f"{place}.note", text % LONGEST_NOTE))
        note = ""
    return WrittenNode(kind, settings, clean, note), problems


def zone(given: Any) -> str:
    """The name of a time zone, such as Asia/Shanghai."""
    try:
        ZoneInfo(given if isinstance(given, str) else "")
    except (KeyError, ValueError, OSError) as error:
        text = _("Expected the name of a time zone such as Asia/Shanghai, got “%(given)s”.")
        raise SettingError(text % {"given": given}) from error
    return str(given)


def goal(given: Any) -> Goal:
    """A goal; raises SettingError with the first thing that is wrong."""
    if not isinstance(given, Mapping):
        raise SettingError(_("Expected a goal such as {event: order_paid, within: 7d}."))
    values, problems = read_fields(given, GOAL, "")
    if "event" not in given:
        raise SettingError(_("A goal needs “event”: what customers should do."))
    if problems:
        raise SettingError(" ".join(f"{p.place}: {p.text}" for p in problems))
    return Goal(**values)


def optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """*read*, but null and an empty text mean: not set."""
    return lambda given: None if given in (None, "") else read(given)


Readers = Mapping[str, Callable[[Any], Any]]
HEADING: Readers = {
    "name": readers.text(120),
    "description": lambda given: readers.text(240)(given) if given else "",
    "timezone": lambda given: zone(given) if given else "",
    "priority": optional(readers.whole(0, 100)),
    "goal": optional(goal),
    "exit_when": optional(readers.rule),
    "lateness": optional(readers.duration),
    "late": readers.choice("skip", "send", "ask"),
    "labels": lambda given: read_labels(given) if given else {},
}
GOAL: Readers = {
    "event": readers.text(120),
    "within": optional(readers.duration),
    "where": optional(readers.rule),
    "stay": readers.flag,
    "value": lambda given: readers.text(120)(given) if given else "",
}
BODY = ("schema", "journey", "nodes", "order")


def read_fields(
    given: Mapping[str, Any], fields: Readers, prefix: str, also: tuple[str, ...] = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """Values of the *fields* that are given and readable, and the problems of the others."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        read = fields.get(name)
        if name in also:
            continue
        if read is None:
            text = _("“%(name)s” is not known here. Expected one of: %(known)s.")
            words = {"name": name, "known": ", ".join([*also, *fields])}
            problems.append(Problem(f"{prefix}{name}", text % words))
            continue
        try:
            values[name] = read(value)
        except SettingError as error:
            if name == "name" and not value:
                continue
            problems.append(Problem(f"{prefix}{name}", str(error)))
    return values, problems
