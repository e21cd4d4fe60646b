"""A second engine, as naive as can be: one customer at a time, from the graph's JSON alone.

It shares no code with the engine, so that both can only agree when both are right.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tests.journeys.oracle_more import answer

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
LONG = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


class Happened(NamedTuple):
    """An event as it is stored."""

    id: int
    customer: int
    name: str
    at: datetime
    properties: Mapping[str, Any]


class Visit(NamedTuple):
    node: str
    outcome: str
    arrived: datetime
    left: datetime


@dataclass
class Walked:
    """One walk: its path, its wishes, and where it stands or why it ended."""

    customer: int
    entry: Happened
    path: list[Visit] = field(default_factory=list)
    wishes: list[tuple[str, int, datetime]] = field(default_factory=list)
    node: str = ""
    reason: str = ""
    goal_at: datetime | None = None
    tags: set[str] = field(default_factory=set)
    at: datetime = LONG_AGO
    visit: int = 1
    spent: set[int] = field(default_factory=set)
    entry_key: str = ""
    not_before: datetime = LONG_AGO  # when somebody moved her


class Oracle:
    """All walks through one graph, given everything that ever happened."""

    def __init__(
        self,
        code: str,
        graph: Mapping[str, Any],
        attributes: Mapping[int, Mapping[str, Any]],
        events: Sequence[Happened],
        end: datetime,
    ) -> None:
        self.code, self.graph, self.attributes, self.end = code, graph, attributes, end
        self.nodes: Mapping[str, Any] = graph["nodes"]
        self.events = sorted(events, key=lambda event: (event.at, event.id))

    def walks(self) -> list[Walked]:
        found: list[Walked] = []
        seen: set[tuple[Any, ...]] = set()
        for event in self.events:
            for key, node in self.nodes.items():
                if node["kind"] == "trigger.event" and self.enters(node["settings"], event, seen):
                    found.append(self.enter(key, event))
                    self.look_back(found[-1])
        return found

    def look_back(self, walk: Walked) -> None:
        """A goal with a time of its own also counts when the walk was over before."""
        goal = self._goal(walk.entry)
        if not walk.reason or not goal:
            return
        if "within" in self.graph["goal"]:
            walk.goal_at = goal.at
        elif goal.at > walk.path[-1].left:
            walk.goal_at = None

    def enters(self, set_: Mapping[str, Any], event: Happened, seen: set[Any]) -> bool:
        if event.name != set_["event"] or not holds(set_.get("where"), event.properties):
            return False
        entry_key = self._entry_key(set_, event)
        if entry_key is None:
            return False
        again = set_.get("reentry", "never")
        if again == "always":
            return True
        guard = (event.customer, entry_key if again == "per_key" else None)
        if guard in seen:
            return False
        seen.add(guard)
        return True

    def _entry_key(self, set_: Mapping[str, Any], event: Happened) -> str | None:
        if "key" not in set_:
            return ""
        value = event.properties.get(set_["key"])
        return None if value is None else str(value)

    def enter(self, start: str, entry: Happened) -> Walked:
        walk = Walked(entry.customer, entry, node=start, at=entry.at, spent={entry.id})
        walk.entry_key = self._entry_key(self.nodes[start]["settings"], entry) or ""
        return self.go_on(walk)

    def go_on(self, walk: Walked) -> Walked:
        """Walk from where she stands until she waits or has left."""
        entry, key, at, visit = walk.entry, walk.node, walk.at, walk.visit
        spent, entry_key = walk.spent, walk.entry_key
        goal = None if walk.goal_at else self._goal(entry)
        if goal and self.graph["goal"].get("stay"):
            walk.goal_at, goal = goal.at, None
        out = self.graph.get("exit_when")
        while True:
            node = self.nodes[key]
            walk.node, walk.at, walk.visit = key, at, visit
            if out and fits(out, self.attributes[entry.customer]):
                walk.path.append(Visit(key, "exit_rule", at, max(at, walk.not_before)))
                walk.reason = "exit_rule"
                return walk
            seen = sum(past.node == key for past in walk.path)
            other = answer(
                node["kind"], key, node.get("settings", {}), code=self.code,
                customer=entry.customer, payload=entry.properties, at=at, visit=visit, seen=seen,
                long=long,
            )  # fmt: skip
            outcome, left, used = (
                (*other, None) if other else self._answer(key, node, walk, at, spent, entry_key)
            )
            stays = left is None or left > self.end
            left = left if left is None else max(left, walk.not_before)
            if goal and (stays or (left is not None and goal.at <= left)):
                when = max(goal.at, at, walk.not_before)
                walk.path.append(Visit(key, "goal", at, when))
                walk.reason, walk.goal_at = "goal", goal.at
                return walk
            if stays or left is None:
                return walk
            walk.path.append(Visit(key, outcome, at, left))
            if node["kind"] == "exit.leave":
                walk.reason = outcome
                return walk
            if node["kind"] == "send.message":
                walk.wishes.append((key, visit, left))
            if node["kind"] == "act.tag":
                walk.tags.add(node["settings"]["tag"])
            if used is not None:
                spent.add(used)
            key, at, visit = node["next"][outcome], left, visit + 1

    def _goal(self, entry: Happened) -> Happened | None:
        goal = self.graph.get("goal")
        if not goal:
            return None
        last = entry.at + long(goal["within"]) if "within" in goal else self.end
        for event in self.events:
            if (
                event.customer == entry.customer
                and event.name == goal["event"]
                and entry.at <= event.at <= min(last, self.end)
                and event.id != entry.id
                and holds(goal.get("where"), event.properties)
            ):
                return event
        return None

    def _answer(
        self, key: str, node: Mapping[str, Any], walk: Walked, at: datetime, spent: set[int],
        entry_key: str,
    ) -> tuple[str, datetime | None, int | None]:  # fmt: skip
        kind, set_ = node["kind"], node.get("settings", {})
        if kind == "wait.duration":
            return "next", at + long(set_["duration"]), None
        if kind == "wait.event":
            return self._hear(set_, walk, at, spent, entry_key)
        if kind == "branch.rules":
            for case in set_["rules"]:
                if fits(case["when"], self.attributes[walk.customer]):
                    return case["outcome"], at, None
            return set_.get("otherwise", "otherwise"), at, None
        if kind == "branch.random":
            return split(set_["weights"], f"{self.code}.{key}", walk.customer), at, None
        if kind == "exit.leave":
            return set_.get("reason", "done"), at, None
        return "next", at, None

    def _hear(
        self, set_: Mapping[str, Any], walk: Walked, at: datetime, spent: set[int], entry_key: str
    ) -> tuple[str, datetime | None, int | None]:
        last = at + long(set_["at_most"]) if "at_most" in set_ else None
        for event in self.events:
            if event.customer != walk.customer or event.at < at or event.id in spent:
                continue
            if last is not None and event.at > last:
                break
            for outcome, arm in sorted(set_["until"].items()):
                if event.name != arm["event"] or not holds(arm.get("where"), event.properties):
                    continue
                if "match" in arm:
                    ((prop, written),) = arm["match"].items()
                    wanted = written
                    if written == "$entry_key":
                        wanted = entry_key or None
                    elif written.startswith("$entry."):
                        wanted = walk.entry.properties.get(written[7:])
                    if wanted is None or str(event.properties.get(prop)) != str(wanted):
                        continue
                return outcome, event.at, event.id
        return set_.get("timeout", "timeout"), last, None


# helpers


def long(text: str) -> timedelta:
    """ "1d12h" as a timedelta."""
    return timedelta(seconds=sum(int(n) * LONG[u] for n, u in re.findall(r"(\d+)([wdhms])", text)))


def fits(rule: Mapping[str, Any], attributes: Mapping[str, Any]) -> bool:
    """A rule over one attribute; the only kind that random graphs use."""
    return bool(attributes.get(rule["attribute"]) == rule["value"])


def holds(where: Mapping[str, Any] | None, properties: Mapping[str, Any]) -> bool:
    """A condition over one property: is it at least the value?"""
    if not where:
        return True
    value = properties.get(where["property"])
    return isinstance(value, int | float) and value >= where["value"]


def split(weights: Mapping[str, float], salt: str, customer: int) -> str:
    """The outcome of a random split."""
    digest = hashlib.md5(f"{salt}:{customer}".encode(), usedforsecurity=False).hexdigest()
    point = int(digest[:8], 16) / 2**32 * sum(weights.values())
    for name, weight in sorted(weights.items()):
        point -= weight
        if point < 0:
            return name
    return max(weights)
