"""GET /api/v1/inbox and POST /api/v1/inbox/reports: what the brand's app shows a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.actions.inbox import WHATS, Said, report
from campaigns.models import InAppMessage, Placement
from campaigns.queries.inbox import PAGE_MOST, Shelf, customer_of, shelf_of
from config.clock import utc_now
from customers.access import Right
from customers.api.authentication import actor_of
from customers.api.body import read_json
from customers.api.calls import Call
from customers.api.items import objects_of
from customers.api.problems import bad_request
from customers.api.schema import ErrorAnswer
from customers.api.views import PROBLEMS
from customers.models import ApiKey


class InAppAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    placement = serializers.ChoiceField(choices=Placement.values)
    title = serializers.CharField()
    body = serializers.CharField()
    language = serializers.CharField()
    at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)


class InboxAnswer(serializers.Serializer):
    messages = InAppAnswer(many=True)
    unread = serializers.IntegerField(help_text="Of this placement, on all pages.")
    next = serializers.CharField(help_text="For `before`; empty on the last page.")


class InboxReportBody(serializers.Serializer):
    """What the customer did."""

    message = serializers.IntegerField()
    what = serializers.ChoiceField(choices=list(WHATS))
    at = serializers.DateTimeField(required=False, help_text="Default: now.")
    key = serializers.CharField(
        max_length=100, required=False, help_text="Tells two clicks apart; the same counts once."
    )
    url = serializers.CharField(max_length=2000, required=False, help_text="What was clicked.")


class InboxReportsAnswer(serializers.Serializer):
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="Of messages that this brand does not have.")
    errors = ErrorAnswer(many=True)  # type: ignore[assignment]


class InboxView(Call):
    """GET /api/v1/inbox"""

    @extend_schema(
        operation_id="get_inbox",
        summary="In-app messages of a customer",
        parameters=[
            OpenApiParameter("namespace", str, required=True, description="Such as user_id."),
            OpenApiParameter("value", str, required=True, description="Her identity there."),
            OpenApiParameter("placement", str, enum=Placement.values),
            OpenApiParameter("unread", bool, description="1: only what she has not read."),
            OpenApiParameter("limit", int, description=f"1 to {PAGE_MOST}, default 20."),
            OpenApiParameter("before", str, description="`next` of the page before."),
        ],
        responses={200: OpenApiResponse(InboxAnswer), **PROBLEMS},
        tags=["messages"],
    )
    def get(self, request: Request) -> Response:
        """What lies there now, newest first: not expired and not closed. A customer whom nobody
        knows has an empty inbox."""
        key, asked = cast(ApiKey, request.auth), request.query_params
        namespace, value = asked.get("namespace", ""), asked.get("value", "")
        if not namespace or not value or "\x00" in namespace + value:
            raise bad_request(_("Say whose: ?namespace=user_id&value=…"))
        placement = asked.get("placement", "")
        if placement and placement not in Placement.values:
            raise bad_request(_("“placement” is inbox or popup."))
        now = utc_now()
        customer_id = customer_of(namespace, value, key.brand_id)
        shelf = Shelf([], 0, "")
        limit = _number(asked, "limit", 20, PAGE_MOST)
        before = _number(asked, "before", 0, 2**63 - 1) or None
        if customer_id is not None:
            shelf = shelf_of(
                customer_id,
                key.brand_id,
                now,
                placement=placement,
                unread=asked.get("unread") in ("1", "true"),
                limit=limit,
                before=before,
            )
        body = {
            "messages": [_say(each) for each in shelf.messages],
            "unread": shelf.unread,
            "next": shelf.next,
        }
        return Response(body, headers={"Cache-Control": "no-store"})


class InboxReportsView(Call):
    """POST /api/v1/inbox/reports"""

    rights: ClassVar = {"POST": Right.INGEST}

    @extend_schema(
        operation_id="post_inbox_reports",
        summary="Say what customers did with in-app messages",
        request=InboxReportBody,
        responses={
            200: OpenApiResponse(InboxReportsAnswer, description="All were understood."),
            207: OpenApiResponse(InboxReportsAnswer, description="Some were not: see errors."),
            422: OpenApiResponse(InboxReportsAnswer, description="None was: see errors."),
            **PROBLEMS,
        },
        tags=["messages"],
    )
    def post(self, request: Request) -> Response:
        """One report or {"batch": […]}. Each becomes an event of the customer, once."""
        key = cast(ApiKey, request.auth)
        said: list[Said] = []
        errors: list[dict[str, Any]] = []
        for index, each in enumerate(objects_of(read_json(request._request))):
            found = _read(each)
            if isinstance(found, Said):
                said.append(found)
            else:
                errors.append({"index": index, "text": found})
        done = report(actor_of(request), key.brand, said, utc_now())
        body = {
            "accepted": done.taken,
            "duplicates": done.repeated,
            "unknown": done.unknown,
            "errors": errors,
        }
        return Response(body, status=200 if not errors else 207 if said else 422)


# helpers


def _say(each: InAppMessage) -> dict[str, Any]:
    return {
        "id": each.pk,
        "placement": each.placement,
        "title": each.title,
        "body": each.body,
        "language": each.message.language,
        "at": each.at,
        "expires_at": each.expires_at,
        "read_at": each.read_at,
    }


def _number(asked: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = asked.get(name, "")
    if not text:
        return default
    if not (
        text.isascii() and text.isdecimal() and 1 <= len(text) <= 19 and 1 <= int(text) <= most
    ):
        raise bad_request(
            _("“%(key)s” is a whole number from 1 to %(most)s.") % {"key": name, "most": most}
        )
    return int(text)


def _read(each: object) -> Said | str:
    if not isinstance(each, dict):
        return _("An object is expected, {…}.")
    number, what = each.get("message"), each.get("what")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63:
        return _("“message” is the id of a message from the inbox.")
    if what not in WHATS:
        return _("“what” is one of: %(known)s.") % {"known": ", ".join(WHATS)}
    at = None
    if each.get("at") is not None:
        try:
            at = parse_datetime(str(each["at"]))
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            return _("“at” is written as 2026-01-31T09:30:00+08:00.")
    key, url = each.get("key", ""), each.get("url", "")
    if not isinstance(key, str) or not isinstance(url, str):
        return _("“key” and “url” are texts.")
    return Said(number, str(what), at, key[:100], url[:2000])
