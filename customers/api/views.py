"""Facts in: events and customers, by the one door."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.clock import utc_now
from customers.access import Right
from customers.api import schema
from customers.api.base import Keyed
from customers.api.body import read_json
from customers.api.items import Reader, objects_of, read_all, read_customer, read_event
from customers.ingest import Batch, ingest
from customers.ingest.refusals import note_refused
from customers.models import ApiKey


class Door(Keyed):
    """What events and customers share: read, take in, say what became of each."""

    scope = Right.INGEST.value

    def take_in(self, request: Request, read: Reader) -> Response:
        key = cast(ApiKey, request.auth)  # MayIngest has let nobody else in
        objects = objects_of(read_json(request._request))
        items, errors = read_all(objects, read)
        now = utc_now()
        batch = Batch(f"api:{key.brand.code}", items, brand_id=key.brand_id)
        done = ingest(batch, now=now)
        errors += [(int(refused.place), refused.text) for refused in done.refused]
        aside = [(int(held.place), held.text) for held in done.quarantined]
        if errors:
            told = [(_event(objects[index]), text) for index, text in errors]
            note_refused(key.brand_id, batch.source, told, now)
        status = 200
        if errors:
            status = 207 if done.accepted or aside or done.blocked else 422
        body = {
            "accepted": done.accepted,
            "duplicates": done.duplicates,
            "blocked": done.blocked,
            "quarantined": [{"index": index, "text": text} for index, text in aside],
            "errors": [{"index": index, "text": text} for index, text in sorted(errors)],
        }
        return Response(body, status=status)


PROBLEMS = {
    code: OpenApiResponse(schema.ProblemAnswer, description=words)
    for code, words in (
        (400, "The body can't be read."),
        (401, "No valid key."),
        (403, "The key lacks the scope."),
        (413, "Too large."),
        (429, "Too many calls; see Retry-After."),
    )
}
_ANSWERS = {
    200: OpenApiResponse(schema.Answer, description="Everything was taken in."),
    207: OpenApiResponse(schema.Answer, description="Some were refused: see errors."),
    422: OpenApiResponse(schema.Answer, description="All were refused: see errors."),
    **PROBLEMS,
}


class EventsView(Door):
    """POST /api/v1/events"""

    @extend_schema(
        operation_id="post_events",
        summary="Send events",
        request=PolymorphicProxySerializer(
            component_name="Events",
            serializers=[schema.EventBody, schema.EventBatchBody],
            resource_type_field_name=None,
        ),
        responses=_ANSWERS,
        examples=[schema.EVENT_EXAMPLE],
        tags=["facts"],
    )
    def post(self, request: Request) -> Response:
        """One event or a batch. What was answered 200 is stored; a repeated key counts once."""
        return self.take_in(request, read_event)


class CustomersView(Door):
    """POST /api/v1/customers"""

    @extend_schema(
        operation_id="post_customers",
        summary="Identify customers, set attributes, tags and consents",
        request=PolymorphicProxySerializer(
            component_name="Customers",
            serializers=[schema.CustomerBody, schema.CustomerBatchBody],
            resource_type_field_name=None,
        ),
        responses=_ANSWERS,
        tags=["facts"],
    )
    def post(self, request: Request) -> Response:
        """One customer or a batch. Identities named together belong to one customer."""
        return self.take_in(request, read_customer)


# helpers


def _event(data: Any) -> str:
    """The name of the event that was to come, where there is one."""
    name = data.get("event") if isinstance(data, dict) else None
    return name if isinstance(name, str) else ""
