"""What integrators read of the audience language."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.rules import json_schema


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
