"""Experiments of a journey: who was drawn into which arm, reached the goal since, and what of it.

One person counts once, however often she walked: chance has drawn the customer, not the walk. What
she did before she was drawn says nothing about the arm; who had reached the goal by then is left
out. Who was merged from people of two arms has seen both and is left out too; the page says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.evaluation.experiment import Arm, Evaluation, Reading, evaluate
from campaigns.evaluation.kept import answer, register_counter
from campaigns.evaluation.sums import Rate, Values
from campaigns.gate.rules import RULES
from customers.models import EventType
from customers.rules import Compiled
from journeys.engine.run import property_sql
from journeys.graph.written import Goal
from journeys.graph.written import goal as read_goal
from journeys.models import Journey, Way
from journeys.queries.experiment_places import CONTROL_GROUP, Place, place_of

NAME = "experiment"
# Walks by the way that they took where they were drawn, with the moment of the draw. The numbers of
# the ways are written out, so that the planner knows how many walks have them.
DRAWN = """
walks AS (
    SELECT e.customer_id, {arm} AS arm, s.left_at AS drawn_at, e.entered_at, e.goal_at
      FROM journeys_stretch s JOIN journeys_enrollment e ON e.id = s.enrollment_id
     WHERE s.version_id = ANY(%(versions)s) AND s.left_at >= %(since)s
       AND s.path && %(ways)s::int[] AND {arm} IS NOT NULL
)
"""

# Walks by the gate's word on their first message: stopped for the control group alone, or not.
# Rules that stand before it stop both sides alike; what they stopped is no part of the comparison.
HELD_BACK = """
walks AS (
    SELECT c.customer_id, max(CASE WHEN c.rule = 'control_group' THEN 2 ELSE 1 END) AS arm,
           min(c.wanted_at) AS drawn_at, e.entered_at, e.goal_at
      FROM campaigns_candidate c JOIN journeys_enrollment e ON e.id = c.enrollment_id
     WHERE c.journey_id = %(journey)s AND c.purpose = 'marketing' AND c.wanted_at >= %(since)s
       AND (c.state = 'allowed' OR c.rule = ANY(%(behind)s))
       AND (c.rule <> 'control_group' OR c.detail ->> 'experiment' = %(code)s)
     GROUP BY c.enrollment_id, c.customer_id, e.entered_at, e.goal_at
)
"""

COUNT = """
WITH {walks}, people AS (
    {people}
){worth}
SELECT arm, in_two, was_there,
       count(*), count(*) FILTER (WHERE reached),
       count(*) FILTER (WHERE may_still AND reached IS NOT TRUE), {sums}
  FROM people {join}
 GROUP BY 1, 2, 3
"""
BY_PERSON = """
    SELECT customer_id, min(arm) AS arm, min(arm) <> max(arm) AS in_two,
           coalesce(bool_or(goal_at < drawn_at), false) AS was_there,
           bool_or(goal_at >= drawn_at) AS reached,
           bool_or(goal_at IS NULL AND entered_at + %(within)s::interval > %(now)s) AS may_still,
           min(drawn_at) AS drawn_at, max(entered_at) AS entered_at
      FROM walks GROUP BY customer_id
"""

# What they spent: every event of the goal's kind from the draw to the end of the last window. Who
# has not reached the goal has none.
WORTH = """, worth AS (
    SELECT p.customer_id, sum((e.properties ->> %(value)s)::numeric) AS amount
      FROM people p JOIN customers_event e ON e.customer_id = p.customer_id
     WHERE p.reached AND e.event_type_id = %(type)s AND e.occurred_at >= %(since)s
       AND e.occurred_at >= p.drawn_at
       AND e.occurred_at <= coalesce(p.entered_at + %(within)s::interval, %(now)s)
       AND (e.brand_id IS NULL OR e.brand_id = %(brand)s)
       AND jsonb_typeof(e.properties -> %(value)s) = 'number' AND {where}
     GROUP BY 1
)"""
SUMS = "coalesce(sum(amount), 0)::float8, coalesce(sum(amount::float8 * amount::float8), 0)"


@dataclass(frozen=True)
class Told:
    """What an experiment says. `in_two` people were in two arms, `was_there` had reached the goal
    before they were drawn: neither are counted. `may_still` of the counted have time left."""

    place: Place
    evaluation: Evaluation
    in_two: int = 0
    was_there: int = 0
    may_still: int = 0
    goal: Goal | None = None
    read_at: datetime | None = None
    is_counting: bool = False  # for the first time; until then there are no figures

    @property
    def has_value(self) -> bool:
        """Whether the goal says what it is worth."""
        return bool(self.goal and self.goal.value)


def told_of(
    journey: Journey,
    place: Place,
    now: datetime,
    *,
    reading: Reading = Reading.ALWAYS,
    wait: bool = False,
) -> Told:
    """Count the people of an experiment and read it; three queries at most, however many people."""
    goal = goal_of(journey)
    arms = list(place.shares)
    hits = [0] * len(arms)
    sums = [[0, 0.0, 0.0] for _arm in arms]
    in_two = was_there = may_still = 0
    question = {"journey": journey.pk, "place": place.slug, "version": journey.current_id}
    found = answer(NAME, question, now, wait=wait)
    for arm, twice, before, people, reached, still, amount, squares in found.data or ():
        if twice:
            in_two += people
        elif before:
            was_there += people
        else:
            hits[arm - 1] = reached
            sums[arm - 1] = [people, amount, squares]
            may_still += still
    counted = [
        Arm(
            name,
            place.shares[name] if place.weighs else 0.0,
            Rate(int(people), reached),
            Values(int(people), amount, squares) if goal and goal.value else None,
        )
        for name, reached, (people, amount, squares) in zip(arms, hits, sums, strict=True)
    ]
    read = evaluate(counted, control=place.control, reading=reading, planned=place.planned)
    return Told(place, read, in_two, was_there, may_still, goal, found.read_at, found.data is None)


def people_sql(journey: Journey, place: Place, arm: str, now: datetime) -> Compiled:
    """A SELECT of the ids of the people who are counted in *arm*."""
    walks, values = _walks(journey, place, goal_of(journey), now)
    values["arm"] = list(place.shares).index(arm) + 1
    sql = f"""WITH {walks}, people AS ({BY_PERSON})
        SELECT customer_id FROM people WHERE NOT in_two AND NOT was_there AND arm = %(arm)s"""
    named = re.compile(r"%\((\w+)\)s")
    return Compiled(named.sub("%s", sql), tuple(values[name] for name in named.findall(sql)))


def goal_of(journey: Journey) -> Goal | None:
    """The goal of the version that runs, or ran last; None when there is none."""
    given = (journey.current.graph if journey.current else {}).get("goal")
    return read_goal(given) if given else None


# helpers


def _count(question: Mapping[str, Any], now: datetime) -> list[list[Any]]:
    """Count what `told_of` asks; nobody when the experiment is no longer there."""
    journey = Journey.objects.select_related("current").get(pk=question["journey"])
    place = place_of(journey, question["place"])
    return [list(row) for row in _rows(journey, place, goal_of(journey), now)] if place else []


register_counter(NAME, _count)


def _rows(
    journey: Journey, place: Place, goal: Goal | None, now: datetime
) -> Sequence[tuple[Any, ...]]:
    walks, values = _walks(journey, place, goal, now)
    worth, join, sums = "", "", "0::float8, 0::float8"
    if goal and goal.value:
        kind = EventType.objects.filter(code=goal.event).values_list("pk", flat=True).first()
        where, named = property_sql(goal.where, "e.properties", now)
        values |= {"value": goal.value, "type": kind, **named}
        worth = WORTH.replace("{where}", where)
        join, sums = "LEFT JOIN worth USING (customer_id)", SUMS
    sql = COUNT.replace("{walks}", walks).replace("{people}", BY_PERSON)
    for name, text in (("{worth}", worth), ("{sums}", sums), ("{join}", join)):
        sql = sql.replace(name, text)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _walks(
    journey: Journey, place: Place, goal: Goal | None, now: datetime
) -> tuple[str, dict[str, Any]]:
    """The SQL of walks by arm, and what the statement around it needs as well."""
    values: dict[str, Any] = {
        "journey": journey.pk,
        "code": place.code,
        "brand": journey.brand_id,
        "since": place.since,
        "within": goal.within if goal else None,  # None: as long as the walk lasts
        "now": now,
        "behind": _behind_control_group(),
    }
    if place.kind == CONTROL_GROUP:
        return HELD_BACK, values
    nodes = sorted({node for _version, node in place.at})
    rows = Way.objects.filter(node__in=nodes, outcome__in=place.shares)
    ways = {(way.node, way.outcome): way.id for way in rows}
    cases = []
    for n, node in enumerate(nodes):
        values[f"versions_{n}"] = [version for version, key in place.at if key == node]
        for arm, outcome in enumerate(place.shares, 1):
            if (node, outcome) in ways:
                values[f"way_{n}_{arm}"] = [ways[node, outcome]]
                cases.append(
                    f"WHEN s.version_id = ANY(%(versions_{n})s)"
                    f" AND s.path @> %(way_{n}_{arm})s::int[] THEN {arm}"
                )
    values["versions"] = [version for version, _node in place.at]
    values["ways"] = list(ways.values())
    arm_sql = f"CASE {' '.join(cases)} END" if cases else "NULL::int"
    return DRAWN.replace("{arm}", arm_sql), values


def _behind_control_group() -> list[str]:
    """The control group's rule and those that look at a message after it."""
    codes = [rule.code for rule in RULES]
    return codes[codes.index(CONTROL_GROUP) :]
