"""Change what a step or the whole journey says: settings, names of outcomes, notes, heading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from journeys.graph.operations.base import (
    Done,
    Json,
    OperationRefused,
    exits,
    node_of,
    nodes_of,
    with_nodes,
)
from journeys.graph.written import HEADING, LONGEST_NOTE

PARTS: Final = frozenset(HEADING)


def configure(
    graph: Json,
    key: str,
    settings: Mapping[str, Any],
    *,
    renames: Mapping[str, str] | None = None,
    labels: Mapping[str, Any] | None = None,
) -> Done:
    """Give the step *key* these settings. *renames* are outcomes that got another code, *labels*
    what outcomes are called from now on.

    Settings that can't be read are kept all the same, so that nothing typed is lost; publishing
    says what is wrong with them. What followed an outcome that is gone stays, unconnected.
    """
    node = node_of(graph, key)
    ways = {(renames or {}).get(name, name): to for name, to in (node.get("next") or {}).items()}
    nodes = nodes_of(graph)
    nodes[key] = {**node, "settings": dict(settings), "next": ways}
    after = with_nodes(graph, nodes)
    known = exits(after, key)
    nodes[key]["next"] = {name: to for name, to in ways.items() if name in known}
    if labels:
        after = with_labels(after, labels)
    return Done(with_nodes(after, nodes), key)


def annotate(graph: Json, key: str, note: str) -> Done:
    """Write a note on the step *key*; an empty one is taken away."""
    node = node_of(graph, key)
    text = note.strip()
    if len(text) > LONGEST_NOTE:
        words = _("Expected a note of at most %(most)s characters, got %(n)s.")
        raise OperationRefused(words % {"most": LONGEST_NOTE, "n": len(text)})
    nodes = nodes_of(graph)
    nodes[key] = {name: value for name, value in node.items() if name != "note"}
    if text:
        nodes[key]["note"] = text
    return Done(with_nodes(graph, nodes), key)


def describe(graph: Json, parts: Mapping[str, Any]) -> Done:
    """Change what the graph says about the journey as a whole; None takes a part away."""
    unknown = sorted(parts.keys() - PARTS)
    if unknown:
        words = _("“%(name)s” is not known here. Expected one of: %(known)s.")
        raise OperationRefused(words % {"name": unknown[0], "known": ", ".join(sorted(PARTS))})
    after = {name: value for name, value in graph.items() if name not in parts}
    return Done({**after, **{name: value for name, value in parts.items() if value is not None}})


# helpers


def with_labels(graph: Json, labels: Mapping[str, Any]) -> dict[str, Any]:
    """*graph* with these labels; an empty one is taken away."""
    merged = {**(graph.get("labels") or {}), **labels}
    kept = {code: text for code, text in merged.items() if text}
    after = {name: value for name, value in graph.items() if name != "labels"}
    return {**after, "labels": kept} if kept else after
