"""Journeys themselves: the list, one as JSON or YAML, its draft, and checking a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from config.clock import utc_now
from customers.access import Right
from customers.api.body import read_json, read_text
from customers.api.calls import whole_number
from customers.api.problems import Problem, bad_request
from customers.api.views import PROBLEMS
from customers.ingest.limits import is_unfit
from journeys.actions.load import check, load
from journeys.api import schema
from journeys.api.base import (
    AFTER,
    CODE,
    GRAPH_VERSION,
    LIMIT,
    MOST,
    PAGE,
    READS,
    REFUSED,
    WRONG,
    JourneyCalls,
    said,
    unreadable,
)
from journeys.graph.schema import GraphUnreadable
from journeys.graph.yaml import dump_yaml, load_yaml
from journeys.models import Journey, JourneyState
from journeys.nodes.base import Problem as GraphProblem

YAML = "application/yaml"
YAMLS = (YAML, "application/x-yaml", "text/yaml", "text/x-yaml")
GRAPH = {"application/json": OpenApiTypes.OBJECT, YAML: OpenApiTypes.OBJECT}
MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER,
    description="`ETag` of the draft that was read: a draft that was changed since answers 412.",
)  # fmt: skip
CHANGED = {412: OpenApiResponse(description="The draft was changed since it was read.")}


class GraphRenderer(BaseRenderer):
    """The graph alone, as YAML; problems stay JSON."""

    media_type = YAML
    format = "yaml"
    charset = "utf-8"

    def render(self, data: Any, *_args: Any, **_more: Any) -> bytes:
        if isinstance(data, Mapping) and "graph" in data:
            return dump_yaml(data["graph"]).encode()
        rendered: bytes = JSONRenderer().render(data)
        return rendered


class JourneysView(JourneyCalls):
    """GET /api/v1/journeys"""

    @extend_schema(
        operation_id="list_journeys",
        summary="Journeys of your brand",
        parameters=[
            OpenApiParameter("state", str, enum=JourneyState.values),
            OpenApiParameter("q", str, description="Part of the name or code."),
            LIMIT,
            AFTER,
        ],
        responses={200: schema.JourneysAnswer, **PROBLEMS},
        tags=["journeys"],
    )
    def get(self, request: Request) -> Response:
        """In the order of their codes; archived ones only when asked for."""
        asked = request.query_params
        rows = Journey.objects.filter(brand=self.brand).select_related("current", "campaign")
        state, words, after = asked.get("state", ""), asked.get("q", ""), asked.get("after", "")
        expect_storable([words, after])
        if state and state not in JourneyState.values:
            text = _("“state” is one of: %(known)s.")
            raise bad_request(text % {"known": ", ".join(JourneyState.values)})
        if state:
            rows = rows.filter(state=state)
        else:
            rows = rows.exclude(state=JourneyState.ARCHIVED)
        if words:
            rows = rows.filter(name__icontains=words) | rows.filter(code__icontains=words)
        limit = max(1, whole_number(request, "limit", PAGE, MOST))
        page = list(rows.filter(code__gt=after).defer("draft").order_by("code")[: limit + 1])
        following = page[limit - 1].code if len(page) > limit else ""
        return Response({"journeys": [about(each) for each in page[:limit]], "next": following})


class JourneyView(JourneyCalls):
    """GET and PUT /api/v1/journeys/<code>"""

    renderer_classes = [JSONRenderer, GraphRenderer]
    rights: ClassVar[Mapping[str, Right]] = {"GET": Right.SEE, "PUT": Right.EDIT}

    @extend_schema(
        operation_id="get_journey",
        summary="One journey with its graph",
        parameters=[
            CODE,
            GRAPH_VERSION,
        ],
        responses={
            (200, "application/json"): schema.JourneyGraphAnswer,
            (200, YAML): OpenApiTypes.OBJECT,
            **READS,
        },
        tags=["journeys"],
    )
    def get(self, request: Request, code: str) -> Response:
        """As JSON, or as YAML (`Accept: application/yaml`): the graph alone, as a file for git."""
        journey = self.journey(code)
        wanted = request.query_params.get("version", "draft")
        graph = journey.draft if wanted == "draft" else self.version(journey).graph
        body = {**about(journey), "graph": {"journey": journey.code, **graph}}
        return Response(body, headers={"ETag": etag(journey)} if wanted == "draft" else None)

    @extend_schema(
        operation_id="put_journey",
        summary="Make a journey, or change its draft",
        parameters=[CODE, MATCH],
        request=GRAPH,
        responses={
            200: OpenApiResponse(schema.SavedAnswer, description="The draft is as you sent it."),
            201: OpenApiResponse(schema.SavedAnswer, description="It is a new journey."),
            **PROBLEMS, **REFUSED, **CHANGED, **WRONG,
        },
        tags=["journeys"],
    )  # fmt: skip
    def put(self, request: Request, code: str) -> Response:
        """The whole graph, as JSON or YAML. What runs changes only when it is published. Sent
        again it changes nothing."""
        data = read_graph_of(request)
        given = data.get("journey", code)
        if given != code:
            text = _("The graph is that of “%(given)s”, and the address names “%(code)s”.")
            raise unreadable([GraphProblem("journey", text % {"given": given, "code": code})])
        wanted = request.headers.get("If-Match", "")
        with transaction.atomic():
            rows = Journey.objects.select_for_update(of=("self",))
            held = rows.filter(brand=self.brand, code=code).first()
            if wanted and wanted != "*" and (held is None or etag(held) != wanted):
                text = _("The draft was changed since you read it. Read it again.")
                raise Problem(412, _("Changed meanwhile"), text)
            done = load(self.actor, self.brand, {**data, "journey": code}, utc_now())
        body = {
            **about(done.journey),
            "is_new": done.is_new,
            "is_changed": done.is_changed,
            "warnings": said(done.warnings),
        }
        return Response(
            body, status=201 if done.is_new else 200, headers={"ETag": etag(done.journey)}
        )


class CheckView(JourneyCalls):
    """POST /api/v1/journeys/validate"""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.SEE}

    @extend_schema(
        operation_id="validate_journey",
        summary="Check a graph without saving it",
        request=GRAPH,
        responses={200: schema.CheckedAnswer, **PROBLEMS},
        tags=["journeys"],
    )
    def post(self, request: Request) -> Response:
        """Every problem with its place; `valid` says whether it could be published."""
        try:
            graph, problems = check(read_graph_of(request), self.brand)
        except GraphUnreadable as error:
            graph, problems = None, error.problems
        return Response({"valid": graph is not None, "problems": said(problems)})


def about(journey: Journey) -> dict[str, Any]:
    """A journey without its graph."""
    return {
        "code": journey.code,
        "name": journey.name,
        "description": journey.description,
        "state": journey.state,
        "priority": journey.priority,
        "campaign": journey.campaign.code if journey.campaign else None,
        "version": journey.current.number if journey.current else None,
        "draft_number": journey.draft_number,
        "starts_at": journey.starts_at,
        "ends_at": journey.ends_at,
        "changed_at": journey.changed_at,
    }


def etag(journey: Journey) -> str:
    """The state of its draft."""
    return f'"{journey.pk}-{journey.draft_number}"'


def expect_storable(data: Any) -> None:
    """Refuse what no database stores: a null character, or half of one beyond the first 65,536."""
    left = [data]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and is_unfit(one):
            raise bad_request(_("A text can't hold a null character or half a character."))


# helpers


def read_graph_of(request: Request) -> dict[str, Any]:
    """The graph in the body, JSON or YAML as its Content-Type says."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in YAMLS:
        return dict(load_yaml(read_text(request._request)))
    data = read_json(request._request)
    if not isinstance(data, dict):
        raise bad_request(_("An object is expected, {…}."))
    expect_storable(data)
    return data
