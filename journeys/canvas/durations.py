"""How long the way from one step to the next takes, as the report lists it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.formats import duration
from customers.sheets import Cell
from journeys.canvas.picture import plain
from journeys.canvas.words import end_name, outcome_name
from journeys.graph.schema import Graph, GraphUnreadable, restore_graph
from journeys.models import Journey
from journeys.queries.durations import Durations, Taken, durations_of
from journeys.queries.titles import titles_of

LEAST = 1.0  # seconds; who takes less has gone on at once


@dataclass(frozen=True)
class Row:
    """A way that takes time: from which step, by which outcome, to which step."""

    node: str
    outcome: str
    family: str
    icon: str
    step: SafeString
    way: str
    to: SafeString
    n: int
    median: str
    most: str
    part: float  # of the longest median
    taken: Taken


@dataclass(frozen=True)
class Card:
    """A sentence and the ways in drawn order; those that nobody spends time on are left out."""

    say: str
    rows: Sequence[Row]
    is_counting: bool = False


def card_of(journey: Journey, found: Durations | None) -> Card:
    """Where people spend their time in the running version; a fixed number of queries."""
    graph = graph_of(journey)
    if found is None:
        return Card("", (), is_counting=True)
    rows = rows_of(graph, found, journey.brand_id) if graph else []
    if not rows:
        return Card("", ())
    longest = max(rows, key=lambda row: row.taken.median)
    text = _("The longest way takes %(median)s for half of the people, %(most)s for nine in ten.")
    return Card(text % {"median": longest.median, "most": longest.most}, rows)


def sheet_of(
    journey: Journey, since: datetime, until: datetime, now: datetime
) -> tuple[list[str], list[list[Cell]]]:
    """The same with seconds, for a file."""
    header = [
        _("Step"), _("Outcome"), _("Next step"), _("People"),
        _("Median, seconds"), _("Nine in ten within, seconds"),
    ]  # fmt: skip
    graph = graph_of(journey)
    found = durations_of(journey.pk, since, until, now, wait=True)
    rows = rows_of(graph, found, journey.brand_id) if graph and found else []
    return header, [
        [plain(row.step), row.way, plain(row.to), row.n,
         round(row.taken.median, 1), round(row.taken.most, 1)]
        for row in rows
    ]  # fmt: skip


def graph_of(journey: Journey) -> Graph | None:
    """The graph that runs; None when none ever did or it can't be read any more."""
    if journey.current is None:
        return None
    try:
        return restore_graph(journey.current.graph)
    except GraphUnreadable:
        return None


def rows_of(graph: Graph, found: Durations, brand_id: int) -> list[Row]:
    """The ways of *graph* that take time, in drawn order."""
    ways = []
    for key, node in graph.nodes.items():
        drawn = [each.name for each in node.outcomes()]
        # What the drawing does not name, such as being taken out, comes last.
        others = sorted(outcome for at, outcome in found if at == key and outcome not in drawn)
        for outcome in (*drawn, *others):
            taken = found.get((key, outcome))
            if taken is not None and taken.most >= LEAST:
                ways.append((key, outcome, taken))
    ends = {graph.edges.get(node, {}).get(outcome, "") for node, outcome, _taken in ways}
    keys = ({node for node, _outcome, _taken in ways} | ends) & graph.nodes.keys()
    titles = titles_of([graph.nodes[key] for key in keys], brand_id)
    longest = max((taken.median for _node, _outcome, taken in ways), default=0.0)
    rows = []
    for key, outcome, taken in ways:
        node, to = graph.nodes[key], graph.edges.get(key, {}).get(outcome, "")
        named = {each.name: outcome_name(each) for each in node.outcomes()}
        rows.append(
            Row(
                node=key,
                outcome=outcome,
                family=node.family,
                icon=node.icon,
                step=titles.say(node),
                way=named.get(outcome) or end_name(outcome, graph.heading.labels),
                to=titles.say(graph.nodes[to]) if to in graph.nodes else SafeString("–"),
                n=taken.n,
                median=duration(taken.median),
                most=duration(taken.most),
                part=taken.median / longest if longest else 0.0,
                taken=taken,
            )
        )
    return rows
