"""One operation on a draft by REST: what the hand on the canvas does, another system can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.clock import utc_now
from customers.access import Right
from customers.api.body import raw_body, read_json
from customers.api.problems import Problem, bad_request
from journeys.actions import DraftOvertaken, Edited, check, edit, redo, undo
from journeys.api import schema
from journeys.api.base import CODE, READS, REFUSED, JourneyCalls, said
from journeys.api.journeys import CHANGED, MATCH, about, etag, expect_storable
from journeys.graph.operations import OPERATIONS, OperationRefused
from journeys.models import Journey

TURNS: Mapping[str, Any] = {"undo": undo, "redo": redo}
NAMES = (*OPERATIONS, *TURNS)
OPERATION = OpenApiParameter(
    "operation", str, OpenApiParameter.PATH, enum=list(NAMES), description="What is to be done."
)


class OperationView(JourneyCalls):
    """POST /api/v1/journeys/{code}/draft/{operation}"""

    rights: ClassVar[Mapping[str, Right]] = {"POST": Right.EDIT}

    @extend_schema(
        operation_id="edit_journey",
        summary="Do one operation on a draft",
        parameters=[CODE, OPERATION, MATCH],
        request=OpenApiTypes.OBJECT,
        responses={
            200: OpenApiResponse(schema.EditedAnswer, description="Done."),
            **READS, **REFUSED, **CHANGED,
        },
        tags=["journeys"],
    )  # fmt: skip
    def post(self, request: Request, code: str, operation: str) -> Response:
        """The body names what the operation needs: `insert` and `append` take `kind`, `source` and
        `outcome`; `move` takes `key`, `source`, `outcome` and perhaps `follow`; `connect` takes
        `source`, `outcome` and `target`, `detach` the first two; `configure` takes `key` and
        `settings`, perhaps `labels` and `renames`; `duplicate` and `delete` take `keys`; `paste`
        takes `clip`, `source` and `outcome`; `annotate` takes `key` and `note`; `describe` takes
        `parts`; `undo` and `redo` take nothing. The draft may be incomplete in between; `problems`
        says what is still wrong with it. What it can't take answers 409 with a sentence."""
        journey = self.journey(code)
        wanted = request.headers.get("If-Match", "")
        if wanted and wanted not in ("*", etag(journey)):
            raise changed()
        body = read_json(request._request) if raw_body(request._request) else {}
        if not isinstance(body, dict):
            raise bad_request(_("An object is expected, {…}."))
        expect_storable(body)
        try:
            done = self._done(journey, operation, body)
        except DraftOvertaken as error:
            raise changed() from error
        except OperationRefused as error:
            raise Problem(409, _("Not now"), str(error)) from error
        _graph, problems = check(done.journey.draft, self.brand)
        answer = {**about(done.journey), "key": done.key, "problems": said(problems)}
        return Response(answer, headers={"ETag": etag(done.journey)})

    def _done(self, journey: Journey, operation: str, body: Mapping[str, Any]) -> Edited:
        number, now = journey.draft_number, utc_now()
        if operation in TURNS:
            found: Edited = TURNS[operation](self.actor, journey, number, now)
            return found
        return edit(self.actor, journey, number, operation, body, now)


# helpers


def changed() -> Problem:
    text = _("The draft was changed since you read it. Read it again.")
    return Problem(412, _("Changed meanwhile"), text)
