"""The page on which a whole audience walks beforehand: people by step and day, and messages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from journeys.actions.change import JourneyRefused
from journeys.canvas.foreseen import (
    basis_of,
    days_of,
    messages_of,
    sentence_of,
    steps_of,
    stopped_of,
)
from journeys.canvas.picture import picture_of
from journeys.graph.schema import GraphUnreadable
from journeys.graph.sketch import sketch
from journeys.simulation.foresee import DAYS, foresee
from journeys.views.access import actor_of
from journeys.views.simulation import asked

CHOICES = (3, 7, 14, 30)


@login_required
@require_GET
def foresight(request: HttpRequest, pk: int) -> HttpResponse:
    """The page at once; what takes a while is asked for when it is there."""
    journey, version = asked(request, pk)
    query = request.GET.copy()
    query.pop("days", None)
    context = {
        "journey": journey,
        "version": version,
        "days": days_of_request(request),
        "choices": CHOICES,
        "query": query.urlencode(),
    }
    return render(request, "journeys/simulation/foresight.html", context)


@login_required
@require_POST
def foretell(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the audience walk, and tell what came of it."""
    journey, version = asked(request, pk)
    content = version.graph if version else journey.draft
    now = utc_now()
    context: dict[str, Any] = {"journey": journey}
    try:
        found = foresee(actor_of(request), journey, content, now, days=days_of_request(request))
    except GraphUnreadable as error:
        faults = [problem.text for problem in error.problems if not problem.is_warning]
        context["faults"] = faults[:6]
    except JourneyRefused as refusal:
        context["faults"] = [str(refusal)]
    else:
        picture = picture_of(sketch(content), journey.brand_id, now)
        context |= {
            "say": sentence_of(found),
            "basis": basis_of(found),
            "heads": days_of(found),
            "steps": steps_of(found, picture),
            "messages": messages_of(found),
            "stopped": stopped_of(found.stopped),
            "waiting": stopped_of(found.waiting),
        }
    return render(request, "journeys/simulation/foreseen.html", context)


# helpers


def days_of_request(request: HttpRequest) -> int:
    """How many days ahead, one of those offered."""
    wanted = request.GET.get("days", "")
    return int(wanted) if wanted in map(str, CHOICES) else DAYS
