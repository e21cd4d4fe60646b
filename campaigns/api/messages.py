"""GET /api/v1/messages and /api/v1/messages/<id>: what was wanted, and why it went or did not."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.gate import why
from campaigns.models import Candidate, CandidateState, Decision, Message, MessageState, Verdict
from campaigns.queries.inbox import customer_of
from campaigns.queries.messages import Filters, messages_page
from customers.api.calls import Call, key_of, whole_number
from customers.api.problems import bad_request
from customers.api.schema import ProblemAnswer
from customers.api.views import PROBLEMS
from customers.models import Channel, Purpose

PAGE_MOST: Final = 200
ID_MOST: Final = 2**63 - 1


class MessageAnswer(serializers.Serializer):
    """A message that a journey wanted. `message` is empty until the gate has let it pass."""

    id = serializers.IntegerField()
    customer = serializers.IntegerField()
    journey = serializers.IntegerField()
    node = serializers.CharField()
    content = serializers.CharField(help_text="The code of the content.")
    channel = serializers.ChoiceField(choices=Channel.values)
    purpose = serializers.ChoiceField(choices=Purpose.values)
    priority = serializers.IntegerField()
    wanted_at = serializers.DateTimeField()
    verdict = serializers.ChoiceField(choices=CandidateState.values)
    rule = serializers.CharField(help_text="The rule that decided; empty while it waits.")
    decided_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=MessageState.values, allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    handed_over_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    opened_at = serializers.DateTimeField(allow_null=True)
    clicked_at = serializers.DateTimeField(allow_null=True)


class MessagesAnswer(serializers.Serializer):
    messages = MessageAnswer(many=True)
    next = serializers.CharField(help_text="For `after`; empty on the last page.")


class DecisionAnswer(serializers.Serializer):
    """A verdict of the gate, with the numbers that it rests on."""

    at = serializers.DateTimeField()
    verdict = serializers.ChoiceField(choices=Verdict.values)
    rule = serializers.CharField()
    numbers = serializers.DictField()
    next_at = serializers.DateTimeField(
        allow_null=True, help_text="When the rule would let such a message pass again."
    )


class WhyAnswer(MessageAnswer):
    why = serializers.ListField(
        child=serializers.CharField(), help_text="In the language of Accept-Language."
    )
    decisions = DecisionAnswer(many=True)


class MessagesView(Call):
    """GET /api/v1/messages"""

    @extend_schema(
        operation_id="list_messages",
        summary="Messages that journeys wanted, each with the gate's word and what became of it",
        parameters=[
            OpenApiParameter("namespace", str, description="With `value`: of one customer only."),
            OpenApiParameter("value", str, description="Her identity in the namespace."),
            OpenApiParameter("journey", int),
            OpenApiParameter("channel", str, enum=Channel.values),
            OpenApiParameter("verdict", str, enum=CandidateState.values),
            OpenApiParameter("state", str, enum=MessageState.values),
            OpenApiParameter("limit", int, description=f"1 to {PAGE_MOST}, default 50."),
            OpenApiParameter("after", int, description="`next` of the page before."),
        ],
        responses={200: MessagesAnswer, **PROBLEMS},
        tags=["messages"],
    )
    def get(self, request: Request) -> Response:
        """Newest first. Whom nobody knows got none."""
        asked, brand = request.query_params, key_of(request).brand_id
        for name, known in (
            ("channel", Channel.values),
            ("verdict", CandidateState.values),
            ("state", MessageState.values),
        ):
            if asked.get(name) and asked[name] not in known:
                words = _("“%(key)s” is one of: %(known)s.")
                raise bad_request(words % {"key": name, "known": ", ".join(known)})
        namespace, value = asked.get("namespace", ""), asked.get("value", "")
        if bool(namespace) != bool(value) or "\x00" in namespace + value:
            raise bad_request(_("Say whose: ?namespace=user_id&value=…"))
        customer = customer_of(namespace, value, brand) if namespace else None
        if namespace and customer is None:
            return Response({"messages": [], "next": ""})
        filters = Filters(
            channel=asked.get("channel", ""),
            verdict=asked.get("verdict", ""),
            state=asked.get("state", ""),
            journey=whole_number(request, "journey", 0, ID_MOST) or None,
            customer=customer,
        )
        page = messages_page(
            [brand],
            filters,
            after=whole_number(request, "after", 0, ID_MOST) or None,
            per_page=max(1, whole_number(request, "limit", 50, PAGE_MOST)),
        )
        return Response({"messages": [said(row) for row in page.rows], "next": page.after})


class MessageView(Call):
    """GET /api/v1/messages/<id>"""

    @extend_schema(
        operation_id="get_message",
        summary="Why a message went or did not: every decision with its rule and numbers",
        responses={
            200: WhyAnswer,
            404: OpenApiResponse(ProblemAnswer, description="The key's brand has none such."),
            **PROBLEMS,
        },
        tags=["messages"],
    )
    def get(self, request: Request, pk: int) -> Response:
        """The first sentence is the verdict, the second the reason."""
        rows = Candidate.objects.select_related("content", "message", "brand")
        candidate = rows.filter(pk=pk, brand=key_of(request).brand_id).first()
        if candidate is None:
            raise NotFound(_("Your brand has no message %s.") % pk)
        ledger = Decision.objects.filter(candidate_id=pk).order_by("decided_at", "id")
        decisions = [
            {
                "at": each.decided_at,
                "verdict": each.verdict,
                "rule": each.rule,
                "numbers": each.detail,
                "next_at": each.next_at,
            }
            for each in ledger[:PAGE_MOST]
        ]
        return Response(said(candidate) | {"why": why(candidate), "decisions": decisions})


# helpers


def said(candidate: Candidate) -> dict[str, Any]:
    """A candidate and its message as the API says them."""
    message: Message | None = getattr(candidate, "message", None)
    moments = ("accepted_at", "handed_over_at", "delivered_at", "opened_at", "clicked_at")
    return {
        "id": candidate.pk,
        "customer": candidate.customer_id,
        "journey": candidate.journey_id,
        "node": candidate.node,
        "content": candidate.content.code,
        "channel": candidate.channel,
        "purpose": candidate.purpose,
        "priority": candidate.priority,
        "wanted_at": candidate.wanted_at,
        "verdict": candidate.state,
        "rule": candidate.rule,
        "decided_at": candidate.decided_at,
        "state": message.state if message else None,
        **{name: getattr(message, name, None) for name in moments},
    }
