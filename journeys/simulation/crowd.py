"""Who is foreseen to enter: those whom the triggers would take, or one in so many of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection

from customers.models import EventType, Segment
from customers.rules import audience, fraction_sql, read_rule
from journeys.graph.schema import Graph
from journeys.models import Journey
from journeys.nodes.base import Family, Node
from journeys.nodes.running import RunTrigger
from journeys.nodes.trigger_absence import TriggerAbsence
from journeys.nodes.trigger_api import TriggerApi, call_event
from journeys.nodes.trigger_audience import TriggerAudience
from journeys.nodes.trigger_date import TriggerDate
from journeys.nodes.trigger_event import TriggerEvent

MOST_PEOPLE: Final = 2_000
MOST_EVENTS: Final = 20_000
SALT: Final = "foreseen"


class Past(NamedTuple):
    """Something that one of them did, which she is taken to do again."""

    customer_id: int
    event: str
    at: datetime
    properties: dict[str, Any]


@dataclass(frozen=True)
class Crowd:
    """The sample: one in `share` of `people`; triggers of which nobody knows whom they take."""

    ids: list[int]
    people: int
    share: int
    events: list[Past]
    unknown: list[str]


def crowd_of(journey: Journey, graph: Graph, now: datetime, span: timedelta) -> Crowd:
    """Everybody whom a trigger would take within *span*, as far as it can be known: members of
    audiences, whose date comes, and who did in the last *span* what triggers listen for."""
    found = [_source(node, journey, now, span) for node in graph.triggers()]
    unknown = [node.key for node, one in zip(graph.triggers(), found, strict=True) if one is None]
    sources = [one for one in found if one is not None]
    if not sources:
        return Crowd([], 0, 1, [], unknown)
    union = " UNION ".join(sql for sql, _params in sources)
    params = [value for _sql, values in sources for value in values]
    alive = (
        f"SELECT c.id FROM customers_customer c JOIN ({union}) w (id) USING (id)"
        " WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({alive}) a", params)
        people = int(cursor.fetchone()[0])
        share = max(1, -(-people // MOST_PEOPLE))
        point, salted = fraction_sql("a.id", SALT)
        cursor.execute(
            f"SELECT a.id FROM ({alive}) a WHERE {point} < %s ORDER BY a.id LIMIT %s",
            [*params, *salted, 1 / share, MOST_PEOPLE * 2],
        )
        ids = [id for (id,) in cursor.fetchall()]
    return Crowd(ids, people, share, _events(ids, journey, graph, now, span), unknown)


# helpers


def _source(
    node: Node[Any], journey: Journey, now: datetime, span: timedelta
) -> tuple[str, list[Any]] | None:
    """SQL of the ids of whom *node* may take; None when nobody can know."""
    if isinstance(node, TriggerEvent | TriggerAbsence | TriggerApi):
        code = call_event(journey.code) if isinstance(node, TriggerApi) else node.settings.event
        kind = EventType.objects.filter(code=code).first()
        sql = (
            "SELECT e.customer_id FROM customers_event e WHERE e.event_type_id = %s"
            " AND e.occurred_at > %s AND e.occurred_at <= %s"
            " AND (e.brand_id IS NULL OR e.brand_id = %s)"
        )
        return sql, [kind.pk if kind else 0, now - span, now, journey.brand_id]
    if isinstance(node, TriggerAudience):
        segment = Segment.objects.filter(code=node.settings.segment).first()
        sql = "SELECT m.customer_id FROM customers_segmentmember m WHERE m.segment_id = %s"
        return sql, [segment.pk if segment else 0]
    if isinstance(node, TriggerDate):
        sql = "SELECT d.id FROM customers_customer d WHERE d.attributes ? %s"
        return sql, [node.settings.attribute]
    if isinstance(node, RunTrigger):
        rule, _problems = read_rule(node.audience())
        if rule is not None:
            sql, params = audience(rule, now=now, brand_id=journey.brand_id)
            return f"SELECT r.id FROM ({sql}) r", list(params)
    return None


def _events(
    ids: list[int], journey: Journey, graph: Graph, now: datetime, span: timedelta
) -> list[Past]:
    """What they did in the last *span* of what the journey listens for, in time order."""
    codes = sorted(set(_listened(journey, graph)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.customer_id, t.code, e.occurred_at, e.properties FROM customers_event e"
            " JOIN customers_eventtype t ON t.id = e.event_type_id"
            " WHERE e.customer_id = ANY(%s) AND t.code = ANY(%s)"
            " AND e.occurred_at > %s AND e.occurred_at <= %s"
            " AND (e.brand_id IS NULL OR e.brand_id = %s)"
            " ORDER BY e.occurred_at, e.id LIMIT %s",
            [ids, codes, now - span, now, journey.brand_id, MOST_EVENTS],
        )
        return [
            Past(id, code, at, json.loads(given) if isinstance(given, str) else given)
            for id, code, at, given in cursor.fetchall()
        ]


def _listened(journey: Journey, graph: Graph) -> Iterator[str]:
    for node in graph.nodes.values():
        if node.family is Family.ACT:
            continue  # what the journey itself tells is told anew
        yield from (ref.code for ref in node.refers() if ref.noun == "event")
        if isinstance(node, TriggerApi):
            yield call_event(journey.code)
    if graph.goal:
        yield graph.goal.event
