"""Sends of campaigns by API: made, counted, started, paused and stopped, without drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.campaigns import CODE as CAMPAIGN
from campaigns.api.campaigns import WRONG, wrong
from campaigns.evaluation.waterfall import Waterfall
from campaigns.evaluation.words import rows_of
from campaigns.models import Campaign
from campaigns.queries.campaigns import campaigns_of
from config.clock import utc_now
from customers.access import Right
from customers.api.body import raw_body
from customers.api.calls import object_of, whole_number
from journeys.actions import pause, resume, stop
from journeys.actions.sends import (
    count_send,
    is_for_everybody,
    needs_second,
    people_of,
    save_send,
    start_send,
)
from journeys.api import send_schema as schema
from journeys.api.base import BIGGEST, LIMIT, MOST, PAGE, READS, REFUSED, JourneyCalls
from journeys.api.base import answer as answer_journey
from journeys.models import JourneyState, Send
from journeys.sends.state import Status, states_of

RELATED = ("campaign__brand", "journey__brand", "journey__current")


class SendCalls(JourneyCalls):
    """Calls about the sends of the key's brand."""

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer

    def campaign(self, code: str) -> Campaign:
        """A campaign of the key's brand, else 404."""
        found = campaigns_of([self.brand.pk]).filter(code=code).first()
        if found is None:
            raise NotFound(_("Your brand has no campaign “%s”.") % code)
        return found

    def send_of(self, pk: int) -> Send:
        """A send of the key's brand, else 404."""
        rows = Send.objects.select_related(*RELATED).filter(campaign__brand=self.brand)
        found = rows.filter(pk=pk).first()
        if found is None:
            raise NotFound(_("Your brand has no send %s.") % pk)
        return found


class SendsView(SendCalls):
    """GET and POST /api/v1/campaigns/<code>/sends"""

    rights: ClassVar[Mapping[str, Right]] = {"GET": Right.SEE, "POST": Right.EDIT}

    @extend_schema(
        operation_id="list_sends",
        summary="The sends of a campaign",
        parameters=[
            CAMPAIGN,
            LIMIT,
            OpenApiParameter("after", int, description="`next` of the page before."),
        ],
        responses={200: schema.SendsAnswer, **READS},
        tags=["sends"],
    )
    def get(self, request: Request, code: str) -> Response:
        """The newest first, page by page; what was put away is not among them."""
        rows = Send.objects.filter(campaign=self.campaign(code)).order_by("-pk")
        rows = rows.exclude(journey__state=JourneyState.ARCHIVED).select_related(*RELATED)
        limit = max(1, whole_number(request, "limit", PAGE, MOST))
        if after := whole_number(request, "after", 0, BIGGEST):
            rows = rows.filter(pk__lt=after)
        page = list(rows[: limit + 1])
        statuses = states_of(page[:limit], utc_now())
        following = page[limit - 1].pk if len(page) > limit else None
        return Response({"sends": [about(each) for each in statuses], "next": following})

    @extend_schema(
        operation_id="make_send",
        summary="Make a send; nothing goes out before it is started",
        parameters=[CAMPAIGN],
        request=schema.PlanBody,
        responses={
            201: OpenApiResponse(schema.SendAnswer, description="It is a draft."),
            **READS,
            **REFUSED,
            **WRONG,
        },
        tags=["sends"],
    )
    def post(self, request: Request, code: str) -> Response:
        """The journey that carries it out is made with it, as a draft."""
        campaign, now = self.campaign(code), utc_now()
        plan = schema.read_plan_body(object_of(request, schema.PLAN))
        send = save_send(self.actor, campaign, plan, now=now)
        return Response(told(send, now), status=201)


class SendView(SendCalls):
    """GET and PUT /api/v1/sends/<id>"""

    rights: ClassVar[Mapping[str, Right]] = {"GET": Right.SEE, "PUT": Right.EDIT}

    @extend_schema(
        operation_id="get_send",
        summary="A send, how it stands, and the reach that was counted last",
        responses={200: schema.SendAnswer, **READS},
        tags=["sends"],
    )
    def get(self, request: Request, pk: int) -> Response:
        """`plan` is null when its journey was drawn further by hand."""
        return Response(told(self.send_of(pk), utc_now()))

    @extend_schema(
        operation_id="put_send",
        summary="Change what goes to whom and when",
        request=schema.PlanBody,
        responses={200: schema.SendAnswer, **READS, **REFUSED, **WRONG},
        tags=["sends"],
    )
    def put(self, request: Request, pk: int) -> Response:
        """The whole plan. What runs goes on as it was until it is counted and started anew."""
        send, now = self.send_of(pk), utc_now()
        plan = schema.read_plan_body(object_of(request, schema.PLAN))
        return Response(told(save_send(self.actor, send.campaign, plan, now=now, send=send), now))


class ReachView(SendCalls):
    """POST /api/v1/sends/<id>/reach"""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.EDIT}

    @extend_schema(
        operation_id="count_send",
        summary="Count whom it would reach, step by step, as of when it goes",
        request=None,
        responses={200: schema.ReachAnswer, **READS, **REFUSED},
        tags=["sends"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """The gate's own rules are asked; it may take some seconds for a large audience. To start
        the send it must be no older than an hour, and of the same plan."""
        send, now = self.send_of(pk), utc_now()
        return Response(reach(send, count_send(self.actor, send, now=now), now))


class StartView(SendCalls):
    """POST /api/v1/sends/<id>/start"""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.PUBLISH}

    @extend_schema(
        operation_id="start_send",
        summary="Let it go, at once or when its time comes",
        request=schema.StartBody,
        responses={200: schema.SendAnswer, **READS, **REFUSED},
        tags=["sends"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """`confirm` is needed where `second_confirmation` of its reach says so."""
        send, now = self.send_of(pk), utc_now()
        body = object_of(request, {"confirm": str}) if raw_body(request._request) else {}
        return Response(
            told(start_send(self.actor, send, now=now, typed=body.get("confirm", "")), now)
        )


class Turn(SendCalls):
    """One change of the state of its journey, without a body."""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.PUBLISH}
    change: ClassVar[Callable[..., Any]]

    def post(self, request: Request, pk: int) -> Response:
        """Do it."""
        now = utc_now()
        type(self).change(self.actor, self.send_of(pk).journey, now)
        return Response(told(self.send_of(pk), now))


def turns(name: str, summary: str) -> Any:
    """Describe one of the changes."""
    return extend_schema_view(
        post=extend_schema(
            operation_id=f"{name}_send",
            summary=summary,
            request=None,
            responses={200: schema.SendAnswer, **READS, **REFUSED},
            tags=["sends"],
        )
    )


@turns("pause", "Nobody enters and nothing is sent until it is resumed")
class PauseView(Turn):
    """POST /api/v1/sends/<id>/pause"""

    change = staticmethod(pause)


@turns("resume", "Let a paused send go on; what is too late by now is not sent")
class ResumeView(Turn):
    """POST /api/v1/sends/<id>/resume"""

    change = staticmethod(resume)


@turns("stop", "What was not sent yet is not sent any more")
class StopView(Turn):
    """POST /api/v1/sends/<id>/stop"""

    change = staticmethod(stop)


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """What actions raise, as problem+json."""
    return answer_journey(wrong(error) if isinstance(error, ValidationError) else error, context)


def about(status: Status) -> dict[str, Any]:
    """A send without its reach."""
    return {
        "id": status.send.pk,
        "campaign": status.send.campaign.code,
        "journey": status.send.journey.code,
        "name": status.send.journey.name,
        "state": status.state,
        "plan": schema.write_plan(status.plan) if status.plan else None,
        "is_changed": status.is_changed and status.running is not None,
        "next_at": status.next_at,
        "runs": status.runs,
        "entered": status.entered,
        "sent": status.sent,
        "stopped": status.stopped,
        "waiting": status.waiting,
    }


def told(send: Send, now: datetime) -> dict[str, Any]:
    """A send with the reach that was counted last."""
    found = Send.objects.select_related(*RELATED).get(pk=send.pk)
    [status] = states_of([found], now)
    kept = Waterfall.from_json(found.forecast) if found.forecast else None
    return {**about(status), "reach": reach(found, kept, now) if kept else None}


def reach(send: Send, found: Waterfall, now: datetime) -> dict[str, Any]:
    """A waterfall as the answer says it."""
    [status] = states_of([send], now)
    plan = status.told
    return {
        "counted_at": found.asked_at,
        "of_this_plan": send.forecast_of == send.journey.draft_number,
        "people": people_of(found),
        "expected": found.expected if found.sample else None,
        "is_exact": found.sample == 1,
        "by_channel": found.by_channel,
        "later": found.later,
        "everybody": bool(plan and is_for_everybody(plan, found)),
        "second_confirmation": bool(plan and needs_second(plan, found, send.campaign.brand)),
        "steps": [
            {"code": row.code, "name": row.name, "left": row.n, "lost": row.lost, "why": row.why}
            for row in rows_of(found, has_control=bool(plan and plan.control))
        ],
    }
