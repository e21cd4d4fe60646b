"""What the calls about journeys share: who may, which journey, and refusals in sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from customers.access import Actor
from customers.api.authentication import actor_of
from customers.api.calls import Call, key_of, whole_number
from customers.api.problems import Problem, answer_problem, bad_request
from customers.api.schema import ProblemAnswer
from customers.api.views import PROBLEMS
from customers.models import Brand
from journeys.actions.change import JourneyRefused
from journeys.graph.schema import GraphUnreadable
from journeys.models import Journey, JourneyVersion
from journeys.nodes.base import Problem as GraphProblem

PAGE, MOST = 50, 200
BIGGEST = 2**63 - 1
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
CODE = OpenApiParameter("code", str, OpenApiParameter.PATH, description="Code of the journey.")
GRAPH_VERSION = OpenApiParameter(
    "version", str, description="draft (default), current, or the number of a version."
)
VERSION = OpenApiParameter(
    "version", str, description="Number of a version; default: the one that runs."
)
LIMIT = OpenApiParameter("limit", int, description=f"1 to {MOST}, default {PAGE}.")
AFTER = OpenApiParameter("after", str, description="`next` of the page before.")
NOT_HERE = {404: OpenApiResponse(ProblemAnswer, description="Your brand has no such thing.")}
REFUSED = {409: OpenApiResponse(ProblemAnswer, description="Not in this state; says why.")}
WRONG = {
    422: OpenApiResponse(
        ProblemAnswer, description="The graph has problems: `problems` has the places."
    )
}
READS = {**PROBLEMS, **NOT_HERE}


class JourneyCalls(Call):
    """By key; `rights` says which scope a method needs. Every change goes by its action."""

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer

    @property
    def brand(self) -> Brand:
        """The brand of the key; nothing of any other is there."""
        return key_of(self.request).brand

    @property
    def actor(self) -> Actor:
        """The bearer of the key."""
        return actor_of(self.request)

    def journey(self, code: str) -> Journey:
        """A journey of the key's brand, else 404."""
        rows = Journey.objects.filter(brand=self.brand, code=code)
        found = rows.select_related("brand", "current").first()
        if found is None:
            raise NotFound(_("Your brand has no journey “%s”.") % code)
        return found

    def version(self, journey: Journey) -> JourneyVersion:
        """The version that `?version=` numbers, else the one that runs; 404 when there is none."""
        wanted = self.request.query_params.get("version", "")
        wanted = "" if wanted == "current" else wanted
        if not wanted and journey.current is not None:
            return journey.current
        number = whole_number(self.request, "version", 0, 2**31 - 1) if wanted else 0
        found = journey.versions.filter(number=number).first()
        if found is None:
            text = _("“%(journey)s” has no version %(number)s.")
            raise NotFound(text % {"journey": journey, "number": wanted or 1})
        return found


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """What actions raise, as problem+json."""
    if isinstance(error, JourneyRefused):
        error = Problem(409, _("Not now"), str(error))
    elif isinstance(error, GraphUnreadable):
        error = unreadable(error.problems)
    elif isinstance(error, PermissionDenied):
        error = Problem(403, _("Not allowed"), str(error))
    return answer_problem(error, context)


def unreadable(problems: Iterable[GraphProblem]) -> Problem:
    """A graph that can't be used, with every place."""
    wrong = [problem for problem in problems if not problem.is_warning]
    first = f"{wrong[0].place}: {wrong[0].text}" if wrong and wrong[0].place else ""
    detail = first or (wrong[0].text if wrong else _("The graph can't be used."))
    return Problem(422, _("The graph has problems"), detail, problems=said(wrong))


def said(problems: Iterable[GraphProblem]) -> list[dict[str, Any]]:
    """Problems as the answer lists them."""
    return [
        {"place": each.place, "text": each.text, "is_warning": each.is_warning} for each in problems
    ]


def fields_of(given: Any, known: Iterable[str]) -> Mapping[str, Any]:
    """A body that is an object with no other fields than the *known* ones."""
    if not isinstance(given, Mapping):
        raise bad_request(_("An object is expected, {…}."))
    names = list(known)
    for key in given:
        if key not in names:
            text = _("“%(key)s” is not known here. Expected are: %(known)s.")
            shown = str(key)[:40].replace("\x00", "?")
            raise bad_request(text % {"key": shown, "known": ", ".join(names) or _("none")})
    return given


def text_of(body: Mapping[str, Any], name: str, longest: int) -> str:
    """A text of the body, '' when it is not there."""
    found = body.get(name, "")
    if not isinstance(found, str) or len(found) > longest or "\x00" in found:
        text = _("“%(key)s” is a text of at most %(most)s characters.")
        raise bad_request(text % {"key": name, "most": longest})
    return found
