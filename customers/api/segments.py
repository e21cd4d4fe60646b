"""Segments by key: made, read, changed, built, removed; what uses them; their sizes by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.clock import utc_now
from customers.access import Right
from customers.actions import segments as actions
from customers.api import segment_shapes as shapes
from customers.api.authentication import actor_of
from customers.api.calls import (
    Call,
    key_of,
    object_of,
    scope_of_key,
    segment_of,
    told,
    whole_number,
)
from customers.api.problems import Problem, bad_request
from customers.api.schema import ProblemAnswer
from customers.api.views import PROBLEMS
from customers.forms.segments import free_code
from customers.models import SegmentKind
from customers.queries import segment_history
from customers.queries.segments import STATES, Filters, listing
from customers.rules import Vocabulary
from customers.usage import uses_of_segments

PAGE_MOST: Final = 200
NEVER: Final = type(None)
CHANGED: Final[dict[str, type | tuple[type, ...]]] = {
    "name": str, "names": dict, "description": str, "rule": dict, "live": bool,
    "refresh_seconds": (int, NEVER), "version": int,
}  # fmt: skip
MADE: Final = {**CHANGED, "code": str, "kind": str}
REFUSED = OpenApiResponse(
    shapes.RefusalAnswer, description="What was said can't be done; `problems` has the places."
)
NOT_THERE = OpenApiResponse(ProblemAnswer, description="The key's brand has none such.")
TAGS = ["segments"]


class SegmentsView(Call):
    """GET and POST /api/v1/segments"""

    rights: ClassVar = {"POST": Right.EDIT}

    @extend_schema(
        operation_id="list_segments",
        summary="Segments of your brand, and those that all brands share",
        parameters=[
            OpenApiParameter("q", str, description="Part of the name or code."),
            OpenApiParameter("kind", str, enum=SegmentKind.values),
            OpenApiParameter("state", str, enum=list(STATES)),
            OpenApiParameter("limit", int, description=f"1 to {PAGE_MOST}, default 50."),
            OpenApiParameter("after", str, description="`next` of the page before."),
        ],
        responses={200: shapes.SegmentsAnswer, **PROBLEMS},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """By code, page by page."""
        asked = {
            name: request.query_params.get(name, "") for name in ("q", "kind", "state", "after")
        }
        if "\x00" in "".join(asked.values()):
            raise bad_request(_("The address holds a character that can't be stored."))
        for name, known in (("kind", SegmentKind.values), ("state", list(STATES))):
            if asked[name] and asked[name] not in known:
                words = _("“%(key)s” is one of: %(known)s.")
                raise bad_request(words % {"key": name, "known": ", ".join(known)})
        limit = max(1, whole_number(request, "limit", 50, PAGE_MOST))
        filters = Filters(q=asked["q"], kind=asked["kind"], state=asked["state"])
        found = listing(scope_of_key(request), filters).order_by("code")
        page = list(found.filter(code__gt=asked["after"])[: limit + 1])
        now, vocabulary = utc_now(), Vocabulary(whole=True)
        body = {
            "segments": [shapes.said(each, now, vocabulary) for each in page[:limit]],
            "next": page[limit - 1].code if len(page) > limit else "",
        }
        return Response(body)

    @extend_schema(
        operation_id="create_segment",
        summary="Make a segment by rule, or an empty list",
        request=shapes.SegmentBody,
        responses={201: shapes.SegmentAnswer, 422: REFUSED, **PROBLEMS},
        examples=[shapes.RULE_EXAMPLE],
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        """Its first build begins by itself. Whom a list holds is said at its members."""
        data = object_of(request, MADE)
        name = data.get("name", "").strip()
        if not name:
            raise bad_request(_("Give the segment a name."))
        kind = data.get("kind", SegmentKind.RULE)
        if kind not in SegmentKind.values:
            raise bad_request(_("“kind” is rule or list."))
        if (kind == SegmentKind.RULE) != ("rule" in data):
            raise bad_request(_("A segment by rule needs a rule, and a list has none."))
        with told():
            segment = actions.create(
                actor_of(request),
                key_of(request).brand,
                code=data.get("code") or free_code(name),
                kind=kind,
                rule=data.get("rule"),
                now=utc_now(),
                **_values(data),
            )
        return Response(shapes.said(segment, utc_now()), status=201)


class SegmentView(Call):
    """GET, PATCH and DELETE /api/v1/segments/<code>"""

    rights: ClassVar = {"PATCH": Right.EDIT, "DELETE": Right.EDIT}

    @extend_schema(
        operation_id="get_segment",
        summary="One segment: its rule, its words, its size and when it was built",
        responses={200: shapes.SegmentAnswer, 404: NOT_THERE, **PROBLEMS},
        tags=TAGS,
    )
    def get(self, request: Request, code: str) -> Response:
        """`problem` says why the last build changed nothing."""
        return Response(shapes.said(segment_of(request, code), utc_now()))

    @extend_schema(
        operation_id="change_segment",
        summary="Change what is named",
        request=shapes.SegmentBody,
        responses={
            200: shapes.SegmentAnswer,
            404: NOT_THERE,
            409: OpenApiResponse(ProblemAnswer, description="Somebody changed it since."),
            422: REFUSED,
            **PROBLEMS,
        },
        tags=TAGS,
    )
    def patch(self, request: Request, code: str) -> Response:
        """Another rule is built at once."""
        segment = segment_of(request, code)
        data = object_of(request, CHANGED)
        if "rule" in data and segment.kind != SegmentKind.RULE:
            raise bad_request(_("A segment by rule needs a rule, and a list has none."))
        try:
            with told():
                actions.change(
                    actor_of(request),
                    segment,
                    rule=data.get("rule"),
                    version=data.get("version"),
                    now=utc_now(),
                    **_values(data),
                )
        except actions.Overtaken as error:
            raise Problem(409, _("It was changed meanwhile"), str(error)) from error
        return Response(shapes.said(segment_of(request, code), utc_now()))

    @extend_schema(
        operation_id="remove_segment",
        summary="Remove a segment that nothing uses",
        responses={204: None, 404: NOT_THERE, 422: REFUSED, **PROBLEMS},
        tags=TAGS,
    )
    def delete(self, request: Request, code: str) -> Response:
        """Its customers stay as they are. What uses it is named in the refusal."""
        with told():
            actions.remove(actor_of(request), segment_of(request, code), now=utc_now())
        return Response(status=204)


class SegmentBuildView(Call):
    """POST /api/v1/segments/<code>/build"""

    rights: ClassVar = {"POST": Right.EDIT}

    @extend_schema(
        operation_id="build_segment",
        summary="Ask for a build",
        request=None,
        responses={202: shapes.SegmentAnswer, 404: NOT_THERE, **PROBLEMS},
        tags=TAGS,
    )
    def post(self, request: Request, code: str) -> Response:
        """A worker does it as soon as one is free; `built_at` tells when it is done."""
        segment = segment_of(request, code)
        if segment.kind != SegmentKind.RULE:
            raise bad_request(_("A list is not built: who is on it was said."))
        actions.rebuild(actor_of(request), segment, now=utc_now())
        return Response(shapes.said(segment, utc_now()), status=202)


class SegmentUsesView(Call):
    """GET /api/v1/segments/<code>/uses"""

    @extend_schema(
        operation_id="list_segment_uses",
        summary="What uses a segment",
        responses={200: shapes.UsesAnswer, 404: NOT_THERE, **PROBLEMS},
        tags=TAGS,
    )
    def get(self, request: Request, code: str) -> Response:
        """While something does, it can't be removed."""
        uses = uses_of_segments([segment_of(request, code).code])[code]
        mine = [each for each in uses if each.brand_id in (None, key_of(request).brand_id)]
        body = {
            "uses": [
                {
                    "kind": each.kind,
                    "name": each.name,
                    "note": str(each.note),
                    "active": each.is_active,
                }
                for each in mine
            ],
            "others": len(uses) - len(mine),
        }
        return Response(body)


class SegmentHistoryView(Call):
    """GET /api/v1/segments/<code>/history"""

    @extend_schema(
        operation_id="get_segment_history",
        summary="Size by day, who came and who went",
        responses={200: shapes.HistoryAnswer, 404: NOT_THERE, **PROBLEMS},
        tags=TAGS,
    )
    def get(self, request: Request, code: str) -> Response:
        """The last 90 days, oldest first; null where it was not kept."""
        days = segment_history.days(segment_of(request, code), utc_now())
        body = [
            {"day": each.day, "size": each.size, "entered": each.entered, "left": each.left}
            for each in days
        ]
        return Response({"days": body})


# helpers


def _values(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the actions take beside code, kind and rule."""
    found = {name: data[name] for name in ("name", "names", "description") if name in data}
    names = found.get("names", {})
    if not all(isinstance(each, str) and len(each) <= 120 for each in names.values()):
        raise bad_request(_("“names” holds a name of at most 120 characters for each language."))
    if "refresh_seconds" in data:
        found["refresh_seconds"] = data["refresh_seconds"]
    if "live" in data:
        found["is_live"] = data["live"]
    return found
