"""The statement of a version: its trees and their leaves as SQL, to stand in sql/compiled.sql."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from journeys.engine.compiled.tree import Forest, Leaf, grow
from journeys.engine.history import way_ids
from journeys.engine.run import Run, property_sql
from journeys.graph.schema import Graph

# Who enters, but not yet by the tree: the interpreter lets her begin.
UNSEEN = -1


@dataclass(frozen=True)
class Program:
    """SQL by the name of its place, the values in it, and the leaves by number."""

    parts: dict[str, str]
    values: dict[str, Any]
    leaves: Sequence[Leaf]
    fresh: dict[str, str]
    has_goal: bool


def compile_version(graph: Graph, run: Run) -> Program | None:
    """The program of a version; None when no stretch of it can be compiled."""
    forest = grow(graph, run)
    if not forest.fresh and not forest.rested:
        return None
    values = forest.values
    aim = _aim(graph, run, values)
    parts = {
        "moment": _moment(forest),
        "fresh": _cases("x.node", forest.fresh),
        "rested": _cases("x.node", forest.rested),
        "leaves": _leaves(forest.leaves),
        "until": _until(forest),
        "wants": _wants(forest, values),
        "aim": aim,
        "goal": _goal(graph, run, values),
    }
    values["version"], values["journey"] = run.journey.id, run.journey.journey_id
    return Program(parts, values, forest.leaves, dict(forest.fresh), graph.goal is not None)


# helpers


def _cases(subject: str, by_key: dict[str, str]) -> str:
    if not by_key:
        return "NULL::integer"
    whens = " ".join(f"WHEN {_text(key)} THEN {sql}" for key, sql in by_key.items())
    return f"CASE {subject} {whens} END"


def _moment(forest: Forest) -> str:
    """When whoever was woken by time leaves: the end of her wait, counted from her arrival."""
    ends = {key: forest.put(rest.until("e.arrived_at")) for key, rest in forest.rests.items()}
    return _cases("e.node", ends) if ends else "e.arrived_at"


def _until(forest: Forest) -> str:
    """The end of the wait that begins, by leaf."""
    ends = {
        str(leaf.number): forest.put(forest.rests[leaf.node].until("x.moment"))
        for leaf in forest.leaves
        if leaf.end == "rest"
    }
    if not ends:
        return "NULL::timestamptz"
    return f"CASE x.leaf {' '.join(f'WHEN {n} THEN {sql}' for n, sql in ends.items())} END"


def _leaves(leaves: Sequence[Leaf]) -> str:
    ids = way_ids(way for leaf in leaves for way in leaf.path)
    rows = [
        f"({leaf.number}, {_text(leaf.node)}, {leaf.visits},"
        f" '{{{','.join(str(ids[way]) for way in leaf.path)}}}'::integer[],"
        f" {_text(leaf.reason)}, '{leaf.end}')"
        for leaf in leaves
    ]
    return ", ".join(rows)


def _wants(forest: Forest, values: dict[str, Any]) -> str:
    rows = []
    for leaf in forest.leaves:
        for place, node, ask in leaf.asks:
            key = f"late{len(values)}"
            values[key] = ask.late
            priority = "NULL" if ask.priority is None else str(ask.priority)
            # The visit, counted back from where she stands then.
            back = leaf.visits - place
            rows.append(
                f"({leaf.number}, {_text(node)}, {back}, {ask.content_id}, {priority}::integer,"
                f" %({key})s::interval)"
            )
    return ", ".join(rows) or "(-2, '', 0, 0, NULL::integer, NULL::interval)"


def _aim(graph: Graph, run: Run, values: dict[str, Any]) -> str:
    """Whether the goal was reached meanwhile: then the interpreter says what that means."""
    goal = graph.goal
    if goal is None:
        return "false"
    condition, found = property_sql(goal.where, "g.properties", run.now)
    values |= found
    values["goal_type"], values["goal_brand"] = run.event_type_id(goal.event), run.journey.brand_id
    values["horizon"] = run.horizon
    values["goal_within"] = goal.within
    return f"""(x.goal_at IS NULL AND EXISTS (
        SELECT 1 FROM customers_event g
        WHERE g.customer_id = x.customer_id AND g.event_type_id = %(goal_type)s
          AND g.occurred_at BETWEEN x.entered_at
              AND coalesce(x.entered_at + %(goal_within)s::interval, %(horizon)s)
          AND (g.brand_id IS NULL OR g.brand_id = %(goal_brand)s)
          AND g.id IS DISTINCT FROM (x.context #>> '{{event,id}}')::bigint
          AND {condition}))"""


def _goal(graph: Graph, run: Run, values: dict[str, Any]) -> str:
    """Further parts of the statement for a journey with a goal: listeners for it are opened by who
    has just entered and dropped when it can't be reached any more."""
    if graph.goal is None:
        return ""
    is_out = "m.reason <> '' AND (m.goal_at IS NOT NULL OR coalesce("
    is_out += "m.entered_at + %(goal_within)s::interval, m.moment) <= m.moment)"
    return f""", hoping AS (
        INSERT INTO journeys_listener (customer_id, event_type_id, enrollment_id, visit, bucket,
            version_id, node, label, opened_at, until, match_property, match_value)
        SELECT m.customer_id, %(goal_type)s, m.id, 0, m.bucket, %(version)s, m.root, 'goal',
               m.entered_at, m.entered_at + %(goal_within)s::interval, '', ''
        FROM moved m WHERE m.is_fresh AND NOT ({is_out})
    ), hopeless AS (
        DELETE FROM journeys_listener l USING moved m
        WHERE l.enrollment_id = m.id AND NOT m.is_fresh AND {is_out}
    )"""


def _text(value: str) -> str:
    """A key of a graph as a literal: they are letters, digits and underscores only."""
    if not all(c.isalnum() or c == "_" for c in value):
        raise ValueError(f"{value!r} is no key of a graph.")
    return f"'{value}'"
