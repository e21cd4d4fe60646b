"""What the forms of the editor ask while somebody fills them in: rules, names, versions."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from customers.access import Right, require
from journeys.queries.nouns import NOUNS, nouns_of
from journeys.views.access import actor_of, journey_of

Q_MOST = 80
LONGEST_RULE = 64 * 1024


@login_required
@require_POST
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """The rule editor for a rule that the form does not have yet."""
    journey = journey_of(request, pk)
    require(actor_of(request), Right.EDIT, journey.brand)
    context = {"journey": journey, "field": request.GET.get("field", ""), "value": {}}
    return render(request, "journeys/fields/rule_inside.html", context)


@login_required
@require_GET
def choices(request: HttpRequest, pk: int) -> HttpResponse:
    """What a field can name: contents, events, segments… of the journey's brand, by name."""
    journey = journey_of(request, pk)
    require(actor_of(request), Right.EDIT, journey.brand)
    noun = request.GET.get("noun", "")
    noun = noun if noun in NOUNS else "event"
    q = request.GET.get("q", "").replace("\x00", "").strip()[:Q_MOST]
    found = nouns_of(noun, journey, q)
    context = {"journey": journey, "noun": noun, "title": NOUNS[noun], "found": found, "q": q}
    fragment = "choices_list" if "q" in request.GET else "choices"
    return render(request, f"journeys/editor/{fragment}.html", context)


@login_required
@require_GET
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """The published versions, each of which can become the draft again."""
    journey = journey_of(request, pk)
    require(actor_of(request), Right.EDIT, journey.brand)
    rows = [
        (version, json.dumps({"version": version.number}), version.graph == journey.draft)
        for version in journey.versions.select_related("published_by")[:50]
    ]
    return render(request, "journeys/editor/versions.html", {"journey": journey, "rows": rows})
