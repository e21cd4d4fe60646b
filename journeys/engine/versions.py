"""Published versions, compiled once per process, with what their journey is like just now."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from journeys.engine.statements import fetch
from journeys.graph.schema import Graph, restore_graph

# How late a wait or send may run when neither node nor journey says so.
LATENESS = timedelta(days=1)
MOST_KEPT = 512

# A version never changes, so its graph is kept. Databases and restored backups are told apart.
_graphs: OrderedDict[tuple[str, int, datetime], Graph | str] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Version:
    """One version with its journey. Without a graph, `fault` says why it can't be read."""

    id: int
    journey_id: int
    code: str
    state: str
    brand_id: int
    graph: Graph | None
    fault: str = ""

    @property
    def listens(self) -> bool:
        """Whether a walk may come to listen for events."""
        graph = self.graph
        return graph is not None and (
            graph.goal is not None or any(node.listens for node in graph.nodes.values())
        )

    @property
    def at_door(self) -> bool:
        """Whether all of it may be walked in the transaction that takes an event in."""
        graph = self.graph
        return graph is not None and all(node.at_door for node in graph.nodes.values())

    @property
    def changes(self) -> bool:
        """Whether a walk may change customers or what is known of them."""
        graph = self.graph
        return graph is not None and any(node.changes for node in graph.nodes.values())

    @property
    def lateness(self) -> timedelta:
        """How late a wait or send of this journey may still run."""
        return (self.graph.lateness if self.graph else None) or LATENESS


def read_versions(ids: Iterable[int]) -> dict[int, Version]:
    """Versions by id; one query, and one more for each that this process has not seen yet."""
    rows = fetch("read_versions", {"ids": sorted(ids)})
    return {row[0]: make_version(*row[:6]) for row in rows}


def make_version(
    id: int, published_at: datetime, journey_id: int, code: str, state: str, brand_id: int
) -> Version:
    """A version from the columns of `read_versions`."""
    graph = _graph(id, published_at)
    if isinstance(graph, str):
        return Version(id, journey_id, code, state, brand_id, None, graph)
    return Version(id, journey_id, code, state, brand_id, graph)


# helpers


def _graph(id: int, published_at: datetime) -> Graph | str:
    key = (str(connection.settings_dict["NAME"]), id, published_at)
    found = _graphs.get(key)
    if found is None:
        found = _graphs[key] = _restore(fetch("read_graph", {"id": id})[0][0])
        while len(_graphs) > MOST_KEPT:
            _graphs.popitem(last=False)
    return found


def _restore(text: str) -> Graph | str:
    data: Any = json.loads(text)
    try:
        return restore_graph(data)
    except ValueError as error:
        return str(error)
