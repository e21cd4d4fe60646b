"""How the OpenAPI document describes what goes in and out. Reading itself is in items.py."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

_CUSTOMER = "Identities by namespace, such as phone, email, unionid, member_id; text or list."


class EventBody(serializers.Serializer):
    """One event of one customer."""

    event = serializers.CharField(max_length=120, help_text="Name, such as “order paid”.")
    customer = serializers.DictField(help_text=_CUSTOMER)
    occurred_at = serializers.DateTimeField(required=False, help_text="Default: now.")
    properties = serializers.DictField(required=False)
    attributes = serializers.DictField(required=False, help_text="Of the customer.")
    key = serializers.CharField(
        max_length=200, required=False, help_text="Idempotency key: the same key counts once."
    )


class EventBatchBody(serializers.Serializer):
    batch = EventBody(many=True)


class ConsentBody(serializers.Serializer):
    channel = serializers.CharField()
    purpose = serializers.CharField()
    state = serializers.CharField(help_text="granted, pending or denied.")
    at = serializers.DateTimeField(required=False)
    wording = serializers.CharField(required=False)
    proof = serializers.DictField(required=False)


class CustomerBody(serializers.Serializer):
    """What one sender knows of one customer."""

    customer = serializers.DictField(help_text=_CUSTOMER)
    attributes = serializers.DictField(required=False, help_text="null removes a value.")
    tags = serializers.DictField(required=False, help_text="Code to value; null removes.")
    consents = ConsentBody(many=True, required=False)


class CustomerBatchBody(serializers.Serializer):
    batch = CustomerBody(many=True)


class ErrorAnswer(serializers.Serializer):
    index = serializers.IntegerField()
    text = serializers.CharField()


class Answer(serializers.Serializer):
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    blocked = serializers.IntegerField(help_text="Of events that the brand does not want.")
    quarantined = ErrorAnswer(
        many=True, help_text="Kept, but set aside: otherwise than the brand expects this event."
    )
    errors = ErrorAnswer(many=True)  # type: ignore[assignment]


class ProblemAnswer(serializers.Serializer):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()


EVENT_EXAMPLE = OpenApiExample(
    "One event",
    value={
        "event": "order paid",
        "customer": {"phone": "+8613812346021"},
        "properties": {"amount": 188, "currency": "CNY"},
        "key": "order-20260121-7",
    },
    request_only=True,
)
