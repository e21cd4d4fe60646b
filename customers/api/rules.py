"""The audience language by key: its schema, and how many match a rule."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.clock import utc_now
from customers.access import Right
from customers.api import segment_shapes as shapes
from customers.api.calls import Call, key_of, object_of, refused_rule
from customers.api.problems import bad_request
from customers.api.views import PROBLEMS
from customers.rules import Vocabulary, json_schema, read_rule, say
from customers.segments.count import count
from customers.segments.foreseen import foresee


class RuleSchemaView(APIView):
    """GET /api/v1/rules/schema: the same for everybody, so it asks for no key."""

    authentication_classes: list[type] = []
    permission_classes: list[type] = []

    @extend_schema(
        operation_id="get_rule_schema",
        summary="The JSON schema of rules",
        description="JSON Schema 2020-12 of the audience language, with its version.",
        responses={200: OpenApiTypes.OBJECT},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        return Response(json_schema(), headers={"Cache-Control": "public, max-age=3600"})


class RuleCountView(Call):
    """POST /api/v1/rules/count"""

    rights: ClassVar = {"POST": Right.SEE}

    @extend_schema(
        operation_id="count_rule",
        summary="How many match a rule, what it says, and what a build would cost",
        request=shapes.CountBody,
        responses={
            200: shapes.CountAnswer,
            422: OpenApiResponse(
                shapes.RefusalAnswer, description="The rule can't be used: see `problems`."
            ),
            **PROBLEMS,
        },
        tags=["segments"],
    )
    def post(self, request: Request) -> Response:
        """Nothing is kept of it. After two seconds the count is an estimate, and `exact` is
        false."""
        data, brand_id, now = (
            object_of(request, {"rule": dict}),
            key_of(request).brand_id,
            utc_now(),
        )
        if "rule" not in data:
            raise bad_request('{"rule": {…}}')
        rule, problems = read_rule(data["rule"], vocabulary=Vocabulary(brand_ids=[brand_id]))
        if rule is None:
            raise refused_rule(problems)
        found = count(rule, brand_id=brand_id, now=now)
        cost = foresee(rule, now=now, brand_id=brand_id)
        body = {
            "count": found.number,
            "exact": found.is_exact,
            "by": found.by,
            "ms": found.ms,
            "as_of": found.fresh_as_of,
            "words": shapes.plain(say(rule)),
            "warnings": [{"place": each.place, "text": each.text} for each in problems],
            "build_rows": cost.read,
            "build_seconds": round(cost.seconds, 3),
            "missing_indexes": [
                {"table": each.table, "columns": list(each.columns)} for each in cost.missing
            ],
        }
        return Response(body)
