"""Simulated walks by REST: a script in, the story out; or a whole audience. Nothing happens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.clock import utc_now
from customers.access import Right
from customers.api.problems import Problem, bad_request
from journeys.api import schema
from journeys.api.base import (
    CODE,
    GRAPH_VERSION,
    READS,
    REFUSED,
    WRONG,
    JourneyCalls,
    fields_of,
    said,
)
from journeys.api.journeys import YAML, read_graph_of
from journeys.graph.schema import GraphUnreadable
from journeys.graph.yaml import canonical, load_yaml
from journeys.models import Journey
from journeys.nodes.base import Problem as Place
from journeys.simulation import ScriptUnreadable, clock_for, read_script, simulate
from journeys.simulation.foresee import DAYS, MOST_DAYS, foresee


class SimulateView(JourneyCalls):
    """POST /api/v1/journeys/<code>/simulate"""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.SEE}

    @extend_schema(
        operation_id="simulate_journey",
        summary="Let one customer walk without anything happening",
        parameters=[
            CODE,
            GRAPH_VERSION,
        ],
        request={"application/json": schema.SimulateBody, YAML: OpenApiTypes.OBJECT},
        responses={200: schema.SimulatedAnswer, **READS, **REFUSED, **WRONG},
        tags=["journeys"],
    )
    def post(self, request: Request, code: str) -> Response:
        """The body is a script: who walks (`customer`: invented, or `{"id": …}`), from when
        (`start`), and `steps` in order: `{"enter": trigger, "properties": {…}}`,
        `{"event": name, "properties": {…}}`, `{"after": "2h"}`, `{"until": moment}`,
        `{"next": 1}`, `{"answer": node, "outcome": "ok", "value": …}` and
        `{"message": "opened", "node": node}`. With `graph`, as JSON or as YAML, that one is walked
        instead; then the code may be new. The engine itself walks, with the gate and the texts,
        and all of it is taken back: nothing is sent, called or counted. `log` tells every decision
        with its reasons."""
        journey, content, data = walked(self, request, code)
        try:
            script = read_script(data, clock_for(journey, content), utc_now())
            done = simulate(self.actor, journey, content, script)
        except ScriptUnreadable as error:
            raise _unreadable(error) from error
        return Response(done.to_json())


class ForeseeView(JourneyCalls):
    """POST /api/v1/journeys/<code>/foresee"""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.SEE}

    @extend_schema(
        operation_id="foresee_journey",
        summary="Let the whole audience walk without anything happening",
        parameters=[
            CODE,
            GRAPH_VERSION,
        ],
        request={"application/json": schema.ForeseeBody, YAML: OpenApiTypes.OBJECT},
        responses={200: schema.ForeseenAnswer, **READS, **REFUSED, **WRONG},
        tags=["journeys"],
    )
    def post(self, request: Request, code: str) -> Response:
        """People by step and day, messages by channel and day, and what the gate stops by which
        rule, within `days` (1 to 30, default 7). Customers are taken to do again what they did in
        as many days before. Of a large audience a sample walks: one in `share`, and the figures
        are multiplied. It may take half a minute."""
        journey, content, data = walked(self, request, code)
        body = fields_of(data, ("days",))
        days = body.get("days", DAYS)
        if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
            text = _("“days” is a whole number from 1 to %(most)s.")
            raise bad_request(text % {"most": MOST_DAYS})
        found = foresee(self.actor, journey, content, utc_now(), days=days)
        return Response(
            {
                "people": found.people,
                "share": found.share,
                "start": found.start,
                "until": found.until,
                "entered": found.entered,
                "steps": _by_day("node", found.arrivals),
                "messages": _by_day("channel", found.messages),
                "stopped": _by_rule(found.stopped),
                "waiting": _by_rule(found.waiting),
                "unknown": found.unknown,
                "cut": found.cut,
            }
        )


# helpers


def walked(calls: JourneyCalls, request: Request, code: str) -> tuple[Journey, Any, dict[str, Any]]:
    """The journey, the graph that walks, and what else the body says."""
    data = dict(read_graph_of(request))
    graph = data.pop("graph", None)
    data.pop("schema", None)
    if graph is None:
        journey = calls.journey(code)
        wanted = request.query_params.get("version", "draft")
        content = journey.draft if wanted == "draft" else calls.version(journey).graph
        return journey, content, data
    rows = Journey.objects.filter(brand=calls.brand, code=code).select_related("brand")
    return rows.first() or Journey(brand=calls.brand, code=code), _content(graph), data


def _by_day(name: str, found: Mapping[str, Mapping[date, int]]) -> list[dict[str, Any]]:
    return [
        {name: key, "days": [{"day": day, "n": n} for day, n in sorted(by_day.items())]}
        for key, by_day in found.items()
    ]


def _by_rule(found: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    return [{"channel": channel, "rule": rule, "n": n} for (channel, rule), n in found.items()]


def _content(graph: Any) -> Any:
    """A graph of the body: JSON as `GET` gives it, YAML's short form, or YAML as a text."""
    if isinstance(graph, str):
        return load_yaml(graph)
    if not isinstance(graph, dict):
        raise GraphUnreadable([Place("graph", _("An object is expected, {…}."))])
    nodes = graph.get("nodes")
    is_short = isinstance(nodes, dict) and not any(
        isinstance(node, dict) and "settings" in node for node in nodes.values()
    )
    return canonical(graph) if is_short else graph


def _unreadable(error: ScriptUnreadable) -> Problem:
    first = error.problems[0]
    detail = f"{first.place}: {first.text}" if first.place else first.text
    return Problem(422, _("The script has problems"), detail, problems=said(error.problems))
