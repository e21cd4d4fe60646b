"""POST /api/v1/journeys/<code>/enter: customers enter a journey, with a payload."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from config.clock import utc_now
from customers.api.authentication import actor_of
from customers.api.items import objects_of, read_all, read_event
from customers.api.problems import Problem
from customers.api.schema import ErrorAnswer
from customers.api.views import PROBLEMS, Door
from customers.ingest import BadFact, Item
from customers.models import ApiKey
from journeys.actions.change import JourneyRefused
from journeys.actions.enter import enter, journey_by_api
from journeys.models import Journey
from journeys.nodes.trigger_api import call_event

FIELDS = ("customer", "payload", "key", "occurred_at", "attributes")


class EntryBody(serializers.Serializer):
    """One customer who is to enter."""

    customer = serializers.DictField(help_text="Identities by namespace, as for events.")
    payload = serializers.DictField(
        required=False, help_text="What the journey shall know, at most 32 kB."
    )
    key = serializers.CharField(
        max_length=200, required=False, help_text="Idempotency key: the same key counts once."
    )
    occurred_at = serializers.DateTimeField(required=False, help_text="Default: now.")
    attributes = serializers.DictField(required=False, help_text="Of the customer.")


class EntryBatchBody(serializers.Serializer):
    batch = EntryBody(many=True)


class EntryAnswer(serializers.Serializer):
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    entered = serializers.IntegerField(help_text="Walks that began; the entry rules decide.")
    errors = ErrorAnswer(many=True)  # type: ignore[assignment]


class EnterView(Door):
    """Calls are events of the customer, so that they are seen on her page."""

    @extend_schema(
        operation_id="enter_journey",
        summary="Let customers enter a journey",
        request=PolymorphicProxySerializer(
            component_name="Entries",
            serializers=[EntryBody, EntryBatchBody],
            resource_type_field_name=None,
        ),
        responses={
            200: OpenApiResponse(EntryAnswer, description="Everything was taken in."),
            207: OpenApiResponse(EntryAnswer, description="Some were refused: see errors."),
            422: OpenApiResponse(EntryAnswer, description="All were refused: see errors."),
            404: OpenApiResponse(description="The key's brand has no such journey."),
            409: OpenApiResponse(description="The journey takes nobody in by API just now."),
            **PROBLEMS,
        },
        tags=["journeys"],
    )
    def post(self, request: Request, code: str) -> Response:
        """One customer or a batch. What was answered 200 is stored; a repeated key counts once."""
        key = cast(ApiKey, request.auth)  # MayIngest has let nobody else in
        try:
            journey = journey_by_api(actor_of(request), key.brand, code)
        except Journey.DoesNotExist as error:
            raise NotFound(_("Your brand has no journey “%s”.") % code) from error
        except JourneyRefused as error:
            raise Problem(409, _("Nobody can enter"), str(error)) from error
        items, errors = read_all(self.read_objects(request), _reader(code))
        done = enter(journey, f"api:{key.brand.code}", items, now=utc_now())
        errors += [(int(refused.place), refused.text) for refused in done.told.refused]
        body = {
            "accepted": done.told.accepted,
            "duplicates": done.told.duplicates,
            "entered": done.entered,
            "errors": [{"index": index, "text": text} for index, text in sorted(errors)],
        }
        status = 200 if not errors else 207 if done.told.accepted else 422
        return Response(body, status=status)

    def read_objects(self, request: Request) -> list[Any]:
        from customers.api.body import read_json

        return objects_of(read_json(request._request))


# helpers


def _reader(code: str) -> Callable[[str, Mapping[str, Any]], Item]:
    def read(place: str, data: Mapping[str, Any]) -> Item:
        unknown = [key for key in data if key not in FIELDS]
        if unknown:
            raise BadFact(
                _("“%(key)s” is not known here. Expected are: %(known)s.")
                % {"key": unknown[0][:40].replace("\x00", "?"), "known": ", ".join(FIELDS)}
            )
        event = {key: value for key, value in data.items() if key != "payload"}
        event |= {"event": call_event(code), "properties": data.get("payload")}
        return read_event(place, event)

    return read
