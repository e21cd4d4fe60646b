"""Fragments of the drawing: its live part, and the people at a step."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from config.clock import utc_now
from customers.access import Actor, Right, may
from customers.access.people import shown_now, sight_of
from journeys.actions.people import INSIDE
from journeys.canvas.words import coming_words, family_name
from journeys.graph.sketch import sketch
from journeys.queries.counts import node_numbers
from journeys.queries.people import next_wave, people_at
from journeys.queries.titles import titles_of
from journeys.views.access import journey_of, version_of
from journeys.views.journey import page_context

IN_PANEL = 5


@login_required
@require_GET
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Outline, sentence and drawing with the counts of this moment; the page morphs into it.

    When the state or version changed meanwhile, buttons are out of date: load the page again.
    """
    context = page_context(request, pk)
    journey = context["journey"]
    known = request.GET.get("known", "")
    if known and known != state_key(journey):
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "journeys/journey_live.html", {**context, "oob": True})


@login_required
@require_GET
def people(request: HttpRequest, pk: int, node: str) -> HttpResponse:
    """Who stands at a step: a panel on the drawing, or a page of its own."""
    journey = journey_of(request, pk)
    version = version_of(request, journey)
    if version is None:
        raise Http404
    drawn = sketch(version.graph)
    if node not in drawn.written:
        raise Http404
    after = request.GET.get("after", "")
    words = request.GET.get("q", "").strip()[:120]
    actor = Actor.of_request(request)
    found = people_at(
        journey,
        version,
        node,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0,
        words=words,
        state=request.GET.get("state", ""),
        sight=sight_of(actor),
        shown=shown_now(actor, utc_now()),
        limit=IN_PANEL if is_fragment(request) else 20,
    )
    step = drawn.nodes.get(node)
    numbers = node_numbers(journey.pk, version_id=version.pk).get(node)
    now = utc_now()
    context = {
        "coming": coming_words(next_wave(journey.pk, version.pk, node, now), now),
        "state": request.GET.get("state", ""),
        "which": "" if version.pk == journey.current_id else f"&version={version.number}",
        "ways": bool(drawn.written[node].next),
        "may_move": may(actor, Right.MOVE_CUSTOMER, journey.brand) and journey.state in INSIDE,
        "may_keep": may(actor, Right.EDIT, journey.brand),
        "may_export": may(actor, Right.EXPORT, journey.brand),
        "journey": journey,
        "version": version,
        "node": node,
        "step": step,
        "family": family_name(step.family) if step else "",
        "sentence": titles_of([step], journey.brand_id).say(step) if step else node,
        "here": max(numbers.here, 0) if numbers else 0,
        "stopped": numbers.stopped if numbers else 0,
        "people": found,
        "q": words,
        "now": now,
    }
    return render(
        request, f"journeys/people{'_panel' if is_fragment(request) else ''}.html", context
    )


def state_key(journey: object) -> str:
    """What the buttons of a page depend on."""
    return f"{getattr(journey, 'state', '')}-{getattr(journey, 'current_id', '')}"


def is_fragment(request: HttpRequest) -> bool:
    """Whether a part of a page is asked for."""
    return bool(getattr(request, "htmx", False))
