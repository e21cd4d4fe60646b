"""Campaigns by API: the list, one plan with what was spent, making and changing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
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

from campaigns.actions.campaigns import (
    CampaignRefused,
    archive,
    bring_back,
    change_campaign,
    create_campaign,
    release,
)
from campaigns.api import campaign_schema as schema
from campaigns.models import Campaign, CampaignKind, CampaignState
from campaigns.queries.campaigns import campaigns_of, counts_of, spending_of
from config.clock import utc_now
from customers.access import Right
from customers.api.authentication import actor_of
from customers.api.calls import Call, key_of, object_of, whole_number
from customers.api.problems import Problem, answer_problem, bad_request
from customers.api.schema import ProblemAnswer
from customers.api.views import PROBLEMS

PAGE, MOST = 50, 200
CODE = OpenApiParameter("code", str, OpenApiParameter.PATH, description="Code of the campaign.")
NOT_HERE = {404: OpenApiResponse(ProblemAnswer, description="Your brand has no such thing.")}
WRONG = {422: OpenApiResponse(ProblemAnswer, description="`fields` says what is wrong, by field.")}
REFUSED = {409: OpenApiResponse(ProblemAnswer, description="Not in this state; says why.")}


class CampaignCalls(Call):
    """Calls about the campaigns of the key's brand."""

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer

    def campaign(self, code: str) -> Campaign:
        """A campaign of the key's brand, else 404."""
        found = campaigns_of([key_of(self.request).brand_id]).filter(code=code).first()
        if found is None:
            raise NotFound(_("Your brand has no campaign “%s”.") % code)
        return found


class CampaignsView(CampaignCalls):
    """GET /api/v1/campaigns"""

    @extend_schema(
        operation_id="list_campaigns",
        summary="Campaigns of your brand",
        parameters=[
            OpenApiParameter("state", str, enum=CampaignState.values),
            OpenApiParameter("kind", str, enum=CampaignKind.values),
            OpenApiParameter("q", str, description="Part of the name or code."),
            OpenApiParameter("limit", int, description=f"1 to {MOST}, default {PAGE}."),
            OpenApiParameter("after", str, description="`next` of the page before."),
        ],
        responses={200: schema.CampaignsAnswer, **PROBLEMS},
        tags=["campaigns"],
    )
    def get(self, request: Request) -> Response:
        """In the order of their codes; archived ones only when asked for."""
        asked = {name: request.query_params.get(name, "") for name in ("q", "after")}
        for name, known in (("state", CampaignState.values), ("kind", CampaignKind.values)):
            asked[name] = request.query_params.get(name, "")
            if asked[name] and asked[name] not in known:
                words = _("“%(key)s” is one of: %(known)s.")
                raise bad_request(words % {"key": name, "known": ", ".join(known)})
        if any("\x00" in value for value in asked.values()):
            raise bad_request(_("A text can't hold a null character or half a character."))
        rows = campaigns_of(
            [key_of(request).brand_id],
            state=asked["state"],
            kind=asked["kind"],
            words=asked["q"],
        )
        if asked["state"] != CampaignState.ARCHIVED:
            rows = rows.exclude(state=CampaignState.ARCHIVED)
        limit = max(1, whole_number(request, "limit", PAGE, MOST))
        rows = rows.filter(code__gt=asked["after"]).prefetch_related("costs", "pauses")
        page = list(rows.order_by("code")[: limit + 1])
        following = page[limit - 1].code if len(page) > limit else ""
        return Response({"campaigns": [about(each) for each in page[:limit]], "next": following})


class CampaignView(CampaignCalls):
    """GET and PUT /api/v1/campaigns/<code>"""

    rights: ClassVar[Mapping[str, Right]] = {"GET": Right.SEE, "PUT": Right.EDIT}

    @extend_schema(
        operation_id="get_campaign",
        summary="One campaign with its counts and what it has spent",
        parameters=[CODE],
        responses={200: schema.CampaignDetailAnswer, **PROBLEMS, **NOT_HERE},
        tags=["campaigns"],
    )
    def get(self, request: Request, code: str) -> Response:
        """Money is a text, so that no fraction is lost."""
        return Response(told(self.campaign(code)))

    @extend_schema(
        operation_id="put_campaign",
        summary="Make a campaign, or change its plan",
        parameters=[CODE],
        request=schema.CampaignBody,
        responses={
            200: schema.CampaignDetailAnswer,
            201: OpenApiResponse(schema.CampaignDetailAnswer, description="It is new: a draft."),
            **PROBLEMS, **WRONG,
        },
        tags=["campaigns"],
    )  # fmt: skip
    def put(self, request: Request, code: str) -> Response:
        """Only what you name is changed. Sent again it changes nothing."""
        values = schema.values_of(object_of(request, schema.FIELDS))
        actor, brand, now = actor_of(request), key_of(request).brand, utc_now()
        held = campaigns_of([brand.pk]).filter(code=code).first()
        if held is None:
            made = create_campaign(actor, brand, code=code, now=now, **values)
            return Response(told(made), status=201)
        change_campaign(actor, held, values, now=now)
        return Response(told(self.campaign(code)))


class Turn(CampaignCalls):
    """One change of the state, without a body."""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.EDIT}
    change: ClassVar[Callable[..., None]]

    def post(self, request: Request, code: str) -> Response:
        """Do it; then the calendar says whether it is planned, runs or has ended."""
        type(self).change(actor_of(request), self.campaign(code), now=utc_now())
        return Response(told(self.campaign(code)))


def turns(name: str, summary: str) -> Any:
    """Describe one of the changes."""
    return extend_schema_view(
        post=extend_schema(
            operation_id=f"{name}_campaign",
            summary=summary,
            parameters=[CODE],
            request=None,
            responses={200: schema.CampaignDetailAnswer, **PROBLEMS, **NOT_HERE, **REFUSED},
            tags=["campaigns"],
        )
    )


@turns("release", "A draft becomes a plan that its period lets run")
class ReleaseView(Turn):
    """POST /api/v1/campaigns/<code>/release"""

    change = staticmethod(release)


@turns("archive", "Put a campaign away; 409 while anything of it goes on")
class ArchiveView(Turn):
    """POST /api/v1/campaigns/<code>/archive"""

    change = staticmethod(archive)


@turns("bring_back", "Bring an archived campaign back")
class BringBackView(Turn):
    """POST /api/v1/campaigns/<code>/bring_back"""

    change = staticmethod(bring_back)


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """What actions raise, as problem+json."""
    if isinstance(error, CampaignRefused):
        error = Problem(409, _("Not now"), str(error))
    elif isinstance(error, ValidationError):
        error = wrong(error)
    elif isinstance(error, PermissionDenied):
        error = Problem(403, _("Not allowed"), str(error))
    return answer_problem(error, context)


def wrong(error: ValidationError) -> Problem:
    """What is wrong, by field; a sentence about none stands under an empty name."""
    if hasattr(error, "error_dict"):
        said = error.message_dict
        fields = {name.replace("__all__", ""): list(texts) for name, texts in said.items()}
    else:
        fields = {"": list(error.messages)}
    first = next(iter(fields.values()))[0]
    return Problem(422, _("Something is wrong with it"), str(first), fields=fields)


def about(campaign: Campaign) -> dict[str, Any]:
    """A plan as it is written."""
    return {
        "code": campaign.code,
        **{
            name: getattr(campaign, name)
            for name in (*schema.TEXTS, *schema.MOMENTS, "target", "state")
        },
        "budget": None if campaign.budget is None else str(campaign.budget),
        "costs": {each.channel: str(each.per_message) for each in campaign.costs.all()},
        "is_paused": bool(campaign.pauses.all()),
    }


def told(campaign: Campaign) -> dict[str, Any]:
    """A plan with its counts and its spending."""
    counts = counts_of([campaign.pk])[campaign.pk]
    spent = sum((each.cost for each in spending_of(campaign) if each.cost), Decimal(0))
    return {
        **about(campaign),
        "wanted": counts.wanted,
        "sent": counts.allowed,
        "stopped": counts.stopped,
        "waiting": counts.waiting,
        "spent": str(spent),
    }
