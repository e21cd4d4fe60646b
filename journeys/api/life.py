"""The life of a journey by API: publish with its preview, pause, resume, drain, stop, archive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from config.clock import utc_now
from customers.access import Right
from customers.api.body import raw_body, read_json
from customers.api.problems import bad_request
from customers.api.views import PROBLEMS
from journeys.actions.archive import archive
from journeys.actions.drain import drain
from journeys.actions.load import check
from journeys.actions.pause import pause
from journeys.actions.publish import publish
from journeys.actions.resume import resume
from journeys.actions.stop import stop
from journeys.api import schema
from journeys.api.base import CODE, READS, REFUSED, WRONG, JourneyCalls, fields_of, said, text_of
from journeys.api.journeys import about
from journeys.models import Journey, MoveState, PeopleMove
from journeys.queries.publishing import preview
from journeys.queries.walk import plain


class PublishView(JourneyCalls):
    """GET and POST /api/v1/journeys/<code>/publish"""

    rights: ClassVar[Mapping[str, Right]] = {"GET": Right.SEE, "POST": Right.PUBLISH}

    @extend_schema(
        operation_id="preview_publishing",
        summary="What publishing the draft would change",
        parameters=[CODE],
        responses={200: schema.PreviewAnswer, **READS},
        tags=["journeys"],
    )
    def get(self, request: Request, code: str) -> Response:
        """The steps that differ, and how many people are before, at and past each."""
        journey = self.journey(code)
        graph, problems = check(journey.draft, journey.brand)
        seen = preview(journey)
        changes = [
            {
                "node": row.key,
                "what": row.what,
                "words": [plain(strip_tags(words)) for words in row.words],
                "before": row.people.before,
                "at": row.people.at,
                "after": row.people.after,
                "options": list(row.options),
            }
            for row in (seen.rows if seen else ())
        ]
        body = {
            "version": seen.version.number if seen else None,
            "inside": seen.inside if seen else 0,
            "changes": changes,
            "valid": graph is not None,
            "problems": said(problems),
        }
        return Response(body)

    @extend_schema(
        operation_id="publish_journey",
        summary="Publish the draft",
        parameters=[CODE],
        request=schema.PublishBody,
        responses={200: schema.PublishedAnswer, **READS, **REFUSED, **WRONG},
        tags=["journeys"],
    )
    def post(self, request: Request, code: str) -> Response:
        """New people enter this version from now on. Without `people` everybody who is on the way
        goes on in the version in which she entered."""
        journey = self.journey(code)
        body = body_of(request, ("note", "people"))
        people = body.get("people") or {}
        if not isinstance(people, Mapping) or any(
            not isinstance(key, str) or not isinstance(choice, str)
            for key, choice in people.items()
        ):
            raise bad_request(_('“people” is an object of steps, such as {"wait": "move"}.'))
        note = text_of(body, "note", 240)
        publish(self.actor, journey, utc_now(), note=note, people=dict(people))
        moves = PeopleMove.objects.filter(journey=journey, state=MoveState.RUNNING)
        moving = sum(move.total - move.done for move in moves)
        return Response({**about(journey), "moving": moving})


class Turn(JourneyCalls):
    """One change of the state, without a body."""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.PUBLISH}

    def turn(self, journey: Journey, now: datetime) -> None:
        raise NotImplementedError

    def post(self, request: Request, code: str) -> Response:
        """Do it."""
        journey = self.journey(code)
        body_of(request, ())
        self.turn(journey, utc_now())
        return Response(about(journey))


def turns(name: str, summary: str) -> Any:
    """Describe one of the changes."""
    return extend_schema_view(
        post=extend_schema(
            operation_id=f"{name}_journey",
            summary=summary,
            parameters=[CODE],
            request=None,
            responses={200: schema.JourneyAnswer, **READS, **REFUSED},
            tags=["journeys"],
        )
    )


@turns("pause", "Pause: nobody enters, everybody stays where they are")
class PauseView(Turn):
    def turn(self, journey: Journey, now: datetime) -> None:
        pause(self.actor, journey, now)


@turns("drain", "Close the entrance; who is inside walks to the end")
class DrainView(Turn):
    def turn(self, journey: Journey, now: datetime) -> None:
        drain(self.actor, journey, now)


@turns("stop", "Stop: everybody leaves, and what was not sent yet is not sent")
class StopView(Turn):
    def turn(self, journey: Journey, now: datetime) -> None:
        stop(self.actor, journey, now)


@turns("archive", "Archive a draft, or a journey that was stopped")
class ArchiveView(Turn):
    def turn(self, journey: Journey, now: datetime) -> None:
        archive(self.actor, journey, now)


class ResumeView(JourneyCalls):
    """POST /api/v1/journeys/<code>/resume"""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.PUBLISH}

    @extend_schema(
        operation_id="resume_journey",
        summary="Resume a journey that is paused or drains",
        parameters=[CODE],
        request=schema.ResumeBody,
        responses={200: schema.JourneyAnswer, **PROBLEMS, **READS, **REFUSED},
        tags=["journeys"],
    )
    def post(self, request: Request, code: str) -> Response:
        """What fell due meanwhile and is too late goes by `late`."""
        journey = self.journey(code)
        late = text_of(body_of(request, ("late",)), "late", 10)
        resume(self.actor, journey, utc_now(), late=late)
        return Response(about(journey))


# helpers


def body_of(request: Request, known: tuple[str, ...]) -> Mapping[str, Any]:
    """The body as an object; an empty one is {}."""
    if not raw_body(request._request):
        return {}
    return fields_of(read_json(request._request), known)
