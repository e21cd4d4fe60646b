"""What a step begins with when it is put down: settings that most marketers would choose first.

What only they can know (which event, which content) is left open, and the card says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

STARTERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "trigger.absence": {"within": "1h"},
    "trigger.date": {"yearly": True, "reentry": "always"},
    "wait.duration": {"duration": "1d"},
    "wait.event": {"until": {"happened": {"event": ""}}, "at_most": "3d"},
    "wait.random": {"at_least": "10m", "at_most": "2h"},
    "wait.throttle": {"count": 1000, "per": "1h"},
    "wait.window": {"opens": "09:00", "closes": "21:00"},
    "branch.rules": {"rules": [{"outcome": "yes", "when": {}}]},
    "branch.value": {"ways": {"yes": []}},
    "branch.message": {"ways": ["clicked"]},
    "branch.random": {"weights": {"a": 50, "b": 50}},
    "branch.experiment": {"arms": {"a": 50, "b": 50}, "control": 10},
    "branch.holdout": {"share": 5},
    "branch.reachable": {"channel": "sms"},
    "branch.rounds": {"most": 3},
    "act.task": {"due": "2d"},
}


def starter(kind: str, key: str) -> dict[str, Any]:
    """The settings of a new step of *kind*, whose key will be *key*."""
    settings = dict(STARTERS.get(kind, {}))
    if kind == "branch.experiment":
        settings["experiment"] = key  # its code; two experiments must not share one
    return settings
