"""What a simulation comes to: the story, the path, and where she stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from journeys.simulation.story import Line


@dataclass(frozen=True)
class Stand:
    """Where one of her walks stands at the end."""

    node: str
    state: str
    since: datetime
    reason: str = ""


@dataclass(frozen=True)
class Simulated:
    """The story; the path as edges (node, outcome); where she stands, and what comes next.

    `cut` says why the story ends before its script does; "" when it does not.
    """

    now: datetime
    lines: list[Line]
    edges: list[tuple[str, str]]
    stands: list[Stand]
    next_at: datetime | None
    awaits: list[tuple[str, tuple[str, ...]]]  # steps that wait for an answer, with the choices
    messages: list[tuple[str, str]]  # steps with a message that went out, and its content
    cut: str = ""

    @property
    def nodes(self) -> list[str]:
        """The steps that she came to, in order, each once."""
        keys = [node for node, _outcome in self.edges] + [stand.node for stand in self.stands]
        return list(dict.fromkeys(keys))

    def to_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "now": self.now,
            "next_at": self.next_at,
            "log": [line.to_json() for line in self.lines],
            "path": [{"node": node, "outcome": outcome} for node, outcome in self.edges],
            "stands": [
                {"node": s.node, "state": s.state, "since": s.since, "reason": s.reason}
                for s in self.stands
            ],
            "awaits": [{"node": node, "outcomes": list(ways)} for node, ways in self.awaits],
            "cut": self.cut,
        }
