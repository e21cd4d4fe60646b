"""The page of one journey, its YAML, and the buttons that change it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, may
from journeys.actions import JourneyRefused, archive, drain, pause, resume, stop
from journeys.canvas.experiment import briefs_of
from journeys.canvas.numbers import number_rows
from journeys.canvas.page import (
    changes_of,
    log_of,
    publish_change,
    read_page,
    sentence_of,
    since_words,
)
from journeys.canvas.svg import svg_of
from journeys.engine.late import asked_of
from journeys.graph.yaml import dump_yaml
from journeys.models import Journey, MoveState, PeopleMove
from journeys.queries.ills import ill_counts
from journeys.views.access import actor_of, journey_of, version_of

TABS = ("outline", "numbers", "log")
Action = Callable[[Actor, Journey, datetime], Any]
ACTIONS: dict[str, Action] = {
    "pause": pause,
    "resume": resume,
    "drain": drain,
    "stop": stop,
    "archive": archive,
}


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawing with its numbers, or the draft (`?view=draft`)."""
    return render(request, "journeys/journey.html", page_context(request, pk))


@login_required
@require_POST
def change(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Pause, open again, drain, stop or archive; the page asked before."""
    action = ACTIONS.get(verb)
    if action is None:
        raise Http404
    journey = journey_of(request, pk)
    try:
        action(actor_of(request), journey, utc_now())
    except JourneyRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done_words(journey, verb))
    if verb == "archive":
        return redirect("journeys:list")
    return redirect("journeys:detail", pk)


@login_required
@require_GET
def as_yaml(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft (or `?version=`) as a file for git and review."""
    journey = journey_of(request, pk)
    version = version_of(request, journey) if "version" in request.GET else None
    text = dump_yaml({"journey": journey.code, **(version.graph if version else journey.draft)})
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{journey.code}.yaml"'
    return response


@login_required
@require_GET
def as_svg(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawing with its numbers (or `?view=draft`, `?version=`) as a picture."""
    journey = journey_of(request, pk)
    draft = request.GET.get("view") == "draft"
    page = read_page(journey, version_of(request, journey), utc_now(), draft=draft)
    picture = svg_of(page.picture, journey.name)
    response = HttpResponse(picture, content_type="image/svg+xml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{journey.code}.svg"'
    return response


def page_context(request: HttpRequest, pk: int) -> dict[str, Any]:
    """What the whole page and its live part need."""
    journey = journey_of(request, pk)
    actor = actor_of(request)
    version = version_of(request, journey)
    page = read_page(journey, version, utc_now(), draft=request.GET.get("view") == "draft")
    tab = request.GET.get("tab", "")
    query = request.GET.copy()
    query.pop("tab", None)
    return {
        "page": page,
        "journey": journey,
        "say": sentence_of(page),
        "since": since_words(page),
        "tab": tab if tab in TABS else "outline",
        "query": query.urlencode(),
        "log": log_of(journey) if tab == "log" else (),
        "changes": changes_of(page, actor),
        "publish": publish_change(page, actor),
        "may_edit": may(actor, Right.EDIT, journey.brand),
        "may_publish": may(actor, Right.PUBLISH, journey.brand),
        "moves": moves_of(journey),
        "numbers": number_rows(page.picture, version, page.now)
        if tab == "numbers" and version is not None
        else (),
        "briefs": {brief.place.node: brief for brief in briefs_of(journey, page.now)}
        if tab == "numbers"
        else {},
        "ill": sum(ill_counts([journey.pk]).get(journey.pk, {}).values())
        + asked_of(journey.pk).people,
    }


# helpers


def moves_of(journey: Journey) -> list[PeopleMove]:
    """Moves of people that are on their way or were stopped, latest first."""
    rows = PeopleMove.objects.filter(journey=journey, swept_at__isnull=True)
    return list(rows.exclude(state=MoveState.DONE).select_related("target", "source")[:5])


def done_words(journey: Journey, verb: str) -> str:
    words = {
        "pause": _("“%s” is paused. Everybody stays where they are."),
        "resume": _("“%s” goes on."),
        "drain": _("The entrance of “%s” is closed. Who is inside walks to the end."),
        "stop": _("“%s” is stopped. Everybody has left it."),
        "archive": _("“%s” is archived."),
    }
    return words[verb] % journey
