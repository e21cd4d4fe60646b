"""People of a journey by API: counts, who stands at a step, one walk, moved on or taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Min
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.gate import why
from campaigns.models import Candidate
from config.clock import utc_now
from customers.access import Right
from customers.api.calls import whole_number
from customers.api.problems import bad_request
from journeys.actions.people import Who, move_on, take_out
from journeys.api import schema
from journeys.api.base import (
    AFTER,
    BIGGEST,
    CODE,
    LIMIT,
    MOST,
    NAME,
    PAGE,
    READS,
    REFUSED,
    VERSION,
    JourneyCalls,
    text_of,
)
from journeys.api.life import body_of
from journeys.graph.sketch import sketch
from journeys.models import Enrollment, JourneyVersion, PeopleMove, Step, Timer
from journeys.queries.counts import NodeNumbers, node_numbers, totals
from journeys.queries.hours import set_aside_at

INSIDE = ("active", "set_aside")
NODE = OpenApiParameter("node", str, OpenApiParameter.PATH, description="Key of a step.")


class CountsView(JourneyCalls):
    """GET /api/v1/journeys/<code>/counts"""

    @extend_schema(
        operation_id="journey_counts",
        summary="How many are where, went which way, and ended why",
        parameters=[CODE, VERSION],
        responses={200: schema.CountsAnswer, **READS},
        tags=["journeys"],
    )
    def get(self, request: Request, code: str) -> Response:
        """Of one version, from sums that the engine keeps: as fast with millions of people."""
        journey = self.journey(code)
        version = self.version(journey)
        numbers = node_numbers(journey.pk, version_id=version.pk)
        aside = set_aside_at(version)
        whole_of = totals(journey.pk, version_id=version.pk)
        drawn = sketch(version.graph).written
        body = {
            "version": version.number,
            "entered": whole_of.entered,
            "inside": whole_of.inside,
            "set_aside": whole_of.set_aside,
            "goals": whole_of.goals,
            "finished": dict(whole_of.finished),
            "nodes": [
                {
                    "node": key,
                    "kind": item.kind,
                    "arrived": each.arrived,
                    "here": each.here,
                    "set_aside": aside.get(key, 0),
                    "outcomes": each.outcomes,
                    "stopped": each.stopped,
                }
                for key, item in drawn.items()
                for each in [numbers.get(key) or NodeNumbers()]
            ],
        }
        return Response(body)


class PeopleView(JourneyCalls):
    """GET /api/v1/journeys/<code>/nodes/<node>/people"""

    @extend_schema(
        operation_id="people_at_node",
        summary="Who stands at a step",
        parameters=[
            CODE, NODE, VERSION, OpenApiParameter("state", str, enum=INSIDE), LIMIT, AFTER,
        ],
        responses={200: schema.PeopleAnswer, **READS},
        tags=["journeys"],
    )  # fmt: skip
    def get(self, request: Request, code: str, node: str) -> Response:
        """Those who entered first come first."""
        version = self.version(self.journey(code))
        known(version, node)
        state = request.query_params.get("state", "")
        if state and state not in INSIDE:
            text = _("“state” is one of: %(known)s.")
            raise bad_request(text % {"known": ", ".join(INSIDE)})
        limit = max(1, whole_number(request, "limit", PAGE, MOST))
        after = whole_number(request, "after", 0, BIGGEST)
        rows = Enrollment.objects.filter(
            journey=version.journey, version=version, node=node,
            state__in=[state] if state else INSIDE, pk__gt=after,
        )  # fmt: skip
        rows = rows.select_related("journey", "version").defer("context", "version__graph")
        found = list(rows.order_by("pk")[: limit + 1])
        page = found[:limit]
        due = due_of(page)
        following = str(page[-1].pk) if len(found) > limit else ""
        return Response({"people": [say(walk, due) for walk in page], "next": following})


class MoveView(JourneyCalls):
    """POST /api/v1/journeys/<code>/nodes/<node>/move_on and …/take_out"""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.MOVE_CUSTOMER}
    out: ClassVar[bool] = False

    def move(self, request: Request, code: str, node: str) -> Response:
        version = self.version(self.journey(code))
        known(version, node)
        body = body_of(request, ("enrollments",) if self.out else ("enrollments", "outcome"))
        walks = body.get("enrollments")
        if walks is not None and (
            not isinstance(walks, list)
            or not 1 <= len(walks) <= MOST
            or any(isinstance(n, bool) or not isinstance(n, int) or not 0 < n <= BIGGEST
                   for n in walks)
        ):  # fmt: skip
            text = _("“enrollments” is a list of 1 to %(most)s ids.")
            raise bad_request(text % {"most": MOST})
        who = Who(version, node, walks)
        done: PeopleMove
        if self.out:
            done = take_out(self.actor, who, utc_now())
        else:
            done = move_on(self.actor, who, text_of(body, "outcome", 40) or "next", utc_now())
        return Response({"move": done.pk, "meant": done.total}, status=202)


class MoveOnView(MoveView):
    @extend_schema(
        operation_id="move_people_on",
        summary="Let people at a step go on now",
        parameters=[CODE, NODE, VERSION],
        request=schema.MoveBody,
        responses={202: schema.MoveAnswer, **READS, **REFUSED},
        tags=["journeys"],
    )
    def post(self, request: Request, code: str, node: str) -> Response:
        """Those named, or everybody who stands there, whatever they wait for."""
        return self.move(request, code, node)


class TakeOutView(MoveView):
    out = True

    @extend_schema(
        operation_id="take_people_out",
        summary="Let people at a step leave the journey",
        parameters=[CODE, NODE, VERSION],
        request=schema.MoveBody,
        responses={202: schema.MoveAnswer, **READS, **REFUSED},
        tags=["journeys"],
    )
    def post(self, request: Request, code: str, node: str) -> Response:
        """Those named, or everybody who stands there. What was not sent yet is not sent."""
        return self.move(request, code, node)


class EnrollmentView(JourneyCalls):
    """GET /api/v1/enrollments/<id>"""

    @extend_schema(
        operation_id="get_enrollment",
        summary="One walk: its path with times and reasons, and its messages",
        parameters=[OpenApiParameter("id", OpenApiTypes.INT64, OpenApiParameter.PATH)],
        responses={200: schema.WalkAnswer, **READS},
        tags=["journeys"],
    )
    def get(self, request: Request, id: int) -> Response:
        """Steps as long as they are kept."""
        rows = Enrollment.objects.select_related("journey", "version").defer("context")
        walk = rows.filter(pk=min(id, BIGGEST), journey__brand=self.brand).first()
        if walk is None:
            raise NotFound(_("Your brand has no enrollment %s.") % id)
        steps = list(Step.objects.filter(enrollment_id=walk.pk).order_by("visit"))
        ids = {step.version_id for step in steps}
        numbers = dict(JourneyVersion.objects.filter(pk__in=ids).values_list("pk", "number"))
        wanted = Candidate.objects.filter(enrollment_id=walk.pk).order_by("visit")
        body = {
            **say(walk, due_of([walk])),
            "path": [
                {
                    "node": step.node,
                    "outcome": step.outcome,
                    "arrived_at": step.arrived_at,
                    "left_at": step.left_at,
                    "why": step.detail,
                    "version": numbers.get(step.version_id, 0),
                }
                for step in steps
            ],
            "messages": [
                told(each) for each in wanted.select_related("content", "message", "brand")
            ],
        }
        return Response(body)


# helpers


def known(version: JourneyVersion, node: str) -> None:
    if not NAME.fullmatch(node) or node not in version.graph.get("nodes", {}):
        text = _("Version %(number)s has no step “%(node)s”.")
        raise NotFound(text % {"number": version.number, "node": node})


def due_of(walks: Sequence[Enrollment]) -> dict[tuple[int, int], datetime]:
    """(enrollment, visit) → when the wait ends at latest; one query."""
    rows = Timer.objects.filter(enrollment_id__in=[walk.pk for walk in walks])
    found = rows.values_list("enrollment_id", "visit").annotate(due=Min("due_at"))
    return {(enrollment, visit): due for enrollment, visit, due in found}


def say(walk: Enrollment, due: Mapping[tuple[int, int], datetime]) -> dict[str, Any]:
    return {
        "id": walk.pk,
        "customer_id": walk.customer_id,
        "journey": walk.journey.code,
        "version": walk.version.number,
        "state": walk.state,
        "node": walk.node,
        "entered_at": walk.entered_at,
        "arrived_at": walk.arrived_at,
        "due_at": due.get((walk.pk, walk.visit)),
        "finished_at": walk.finished_at,
        "exit_reason": walk.exit_reason,
        "goal_at": walk.goal_at,
        "error": walk.error,
    }


def told(candidate: Candidate) -> dict[str, Any]:
    message = getattr(candidate, "message", None)
    return {
        "node": candidate.node,
        "content": candidate.content.code,
        "channel": candidate.channel,
        "wanted_at": candidate.wanted_at,
        "verdict": candidate.state,
        "rule": candidate.rule,
        "why": list(why(candidate)),
        "message": message.state if message else None,
    }
