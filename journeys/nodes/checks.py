"""The system check of the node kinds: what a page or the engine would only stumble over later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error

from config.places import BASE_DIR
from journeys.nodes import REGISTRY, faults
from journeys.nodes.base import Family


def check_nodes(app_configs: Any = None, **kwargs: Any) -> Sequence[CheckMessage]:
    """Errors of registered kinds: the contract, the icon, and that each family is its kind's."""
    icons = set(re.findall(r'id="([^"]+)"', (BASE_DIR / "static" / "icons.svg").read_text()))
    found: list[CheckMessage] = []
    for kind, node in sorted(REGISTRY.items()):
        name = f"{node.__module__}.{node.__qualname__}"
        for fault in faults(node):
            found.append(Error(f"{name} {fault}", id="journeys.E001"))
        if node.icon not in icons:
            found.append(
                Error(
                    f"{name} has the icon {node.icon!r}, which is not in static/icons.svg.",
                    hint="Add the symbol, or name one that is there.",
                    id="journeys.E002",
                )
            )
        if node.family != Family(kind.partition(".")[0]):
            found.append(
                Error(
                    f"{name} has the kind {kind!r} but the family {node.family!s}.",
                    id="journeys.E003",
                )
            )
    return found
