"""What will go wrong although nothing is wrong: warnings that only somebody who looks ahead has.

Each rule reads a graph that can be read and yields problems that are warnings. What a rule has to
know of the brand around the graph, `around` asks for all of them in a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from customers.models import Brand
from journeys.graph.linter.around import Around, around
from journeys.graph.linter.hours import swallowed_by_quiet_hours
from journeys.graph.linter.measured import split_without_a_goal
from journeys.graph.linter.messages import again_at_once, nobody_sends
from journeys.graph.linter.waits import crossing_dates, waits_for_ever
from journeys.graph.schema import Graph
from journeys.nodes.base import Problem

RULES: tuple[Callable[[Graph, Around], Iterable[Problem]], ...] = (
    crossing_dates,
    waits_for_ever,
    nobody_sends,
    again_at_once,
    swallowed_by_quiet_hours,
    split_without_a_goal,
)


def lint(graph: Graph, brand: Brand) -> list[Problem]:
    """Warnings about a graph that can be read. Three queries, however many steps."""
    known = around(graph, brand)
    return [problem for rule in RULES for problem in rule(graph, known)]
