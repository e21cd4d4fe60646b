"""The key itself, and the catalogue of events: which come, and what is expected of them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.clock import utc_now
from customers.api.authentication import CALLS_PER_MINUTE
from customers.api.base import Keyed
from customers.api.calls import Call, key_of, whole_number
from customers.api.problems import bad_request
from customers.api.views import PROBLEMS
from customers.models import SchemaMode
from customers.queries.catalogue import rows

PAGE, MOST = 50, 200


class KeyAnswer(serializers.Serializer):
    name = serializers.CharField()
    brand = serializers.CharField(help_text="Code of the brand.")
    scopes = serializers.ListField(child=serializers.CharField())
    calls_per_minute = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    rotated_at = serializers.DateTimeField(allow_null=True)
    old_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then the secret before works too."
    )


class EventAnswer(serializers.Serializer):
    event = serializers.CharField()
    title = serializers.CharField()
    mode = serializers.ChoiceField(choices=SchemaMode.values)
    properties = serializers.DictField(help_text="By name: type, required, values.")
    last_day = serializers.IntegerField(
        allow_null=True, help_text="How many came; null where counting took too long."
    )
    otherwise = serializers.IntegerField(help_text="Not as expected, in 30 days.")
    quarantined = serializers.IntegerField(help_text="Set aside until they are mended.")
    first_seen_at = serializers.DateTimeField(allow_null=True)
    last_seen_at = serializers.DateTimeField(allow_null=True)


class CatalogueAnswer(serializers.Serializer):
    events = EventAnswer(many=True)
    next = serializers.CharField(help_text="For `after`; empty on the last page.")


class KeyView(Keyed):
    """GET /api/v1/key"""

    scope = ""  # any key may ask what it is

    @extend_schema(
        operation_id="get_key",
        summary="What this key is, and what it may",
        responses={200: KeyAnswer, **PROBLEMS},
        tags=["keys"],
    )
    def get(self, request: Request) -> Response:
        """For any key, whatever its scopes; a good first call."""
        key = key_of(request)
        body = {
            "name": key.name,
            "brand": key.brand.code,
            "scopes": sorted(key.scopes),
            "calls_per_minute": key.calls_per_minute or CALLS_PER_MINUTE,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "rotated_at": key.rotated_at,
            "old_secret_until": key.old_until,
        }
        return Response(body)


class CatalogueView(Call):
    """GET /api/v1/catalogue"""

    @extend_schema(
        operation_id="list_catalogue",
        summary="Events that come, and what your brand expects of them",
        parameters=[
            OpenApiParameter("q", str, description="Part of the name."),
            OpenApiParameter("limit", int, description=f"1 to {MOST}, default {PAGE}."),
            OpenApiParameter("after", str, description="`next` of the page before."),
        ],
        responses={200: CatalogueAnswer, **PROBLEMS},
        tags=["facts"],
    )
    def get(self, request: Request) -> Response:
        """By name. What is expected is written on the page Event catalogue."""
        asked, after = (request.query_params.get(name, "") for name in ("q", "after"))
        if "\x00" in asked + after:
            raise bad_request(_("The address holds a character that can't be stored."))
        limit = max(1, whole_number(request, "limit", PAGE, MOST))
        found, _is_whole = rows(key_of(request).brand, utc_now(), asked)
        left = [row for row in found if row.event > after]
        body = {
            "events": [
                {
                    "event": row.event,
                    "title": row.title,
                    "mode": row.mode,
                    "properties": row.schema.properties if row.schema else {},
                    "last_day": row.volume,
                    "otherwise": row.wrong,
                    "quarantined": row.aside,
                    "first_seen_at": row.kind.first_seen_at if row.kind else None,
                    "last_seen_at": row.kind.last_seen_at if row.kind else None,
                }
                for row in left[:limit]
            ],
            "next": left[limit - 1].event if len(left) > limit else "",
        }
        return Response(body)
