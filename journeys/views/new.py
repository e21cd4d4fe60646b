"""How a journey begins: from nothing, for a segment, or from a blueprint."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from config.clock import utc_now
from customers.access import Right, brands_of, require
from customers.models import Brand, Segment
from customers.queries.segments import visible
from customers.scope import scope_of
from journeys.actions import JourneyRefused
from journeys.actions.begin import begin
from journeys.actions.blueprint import begin_from
from journeys.blueprints import CODES, blueprint, blueprints
from journeys.graph.operations import Slot, insert
from journeys.models import Journey
from journeys.views.access import actor_of


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Name a journey and say what it begins with; `?segment=` is the code of whom it is for."""
    actor = actor_of(request)
    brands = list(brands_of(actor, Right.EDIT).order_by("name"))
    if not brands:
        require(actor, Right.EDIT, None)
    segment = segment_of(request)
    chosen = scope_of(request).chosen
    if segment is not None and segment.brand in brands:
        chosen = segment.brand
    asked = request.POST.get("brand", "")
    brand = next((each for each in brands if str(each.pk) == asked), None)
    error = ""
    if request.method == "POST":
        if brand is None:
            error = _("Choose the brand that the journey is for.")
        else:
            try:
                journey = begun(request, brand, segment)
            except JourneyRefused as refusal:
                error = str(refusal)
            else:
                return redirect("journeys:edit", journey.pk)
    context = {
        "brands": brands,
        "brand": brand or chosen or brands[0],
        "segment": segment,
        "name": request.POST.get("name", segment.title if segment else ""),
        "error": error,
        "blueprints": () if segment else blueprints(),
        "chosen": request.POST.get("blueprint", ""),
    }
    return render(request, "journeys/new.html", context, status=422 if error else 200)


# helpers


def begun(request: HttpRequest, brand: Brand, segment: Segment | None) -> Journey:
    """The journey that the form asks for; what came along with it is said on its page."""
    actor, now, name = actor_of(request), utc_now(), request.POST.get("name", "")
    code = request.POST.get("blueprint", "")
    if code not in CODES or segment is not None:
        return begin(actor, brand, name, now, draft=start_of(segment))
    made = begin_from(actor, brand, name, blueprint(code), now)
    if made.written:
        words = ngettext(
            "%(n)s content was written for it. Read it before you publish.",
            "%(n)s contents were written for it. Read them before you publish.",
            len(made.written),
        )
        messages.success(request, words % {"n": len(made.written)})
    if made.cap is None:
        messages.warning(
            request,
            _("It comes with a frequency cap, which only somebody who sets policies can add: at "
              "most %(limit)s messages in %(days)s days.") % blueprint(code).cap,
        )  # fmt: skip
    return made.journey


def segment_of(request: HttpRequest) -> Segment | None:
    """The segment that the page was asked for, when the reader may see it."""
    given = request.POST if request.method == "POST" else request.GET
    code = given.get("segment", "").replace("\x00", "")
    return visible(scope_of(request)).filter(code=code).first() if code else None


def start_of(segment: Segment | None) -> dict[str, Any] | None:
    """A draft that everybody in *segment* enters."""
    if segment is None:
        return None
    empty: dict[str, Any] = {"nodes": {}, "order": []}
    done = insert(empty, "trigger.audience", Slot(), {"segment": segment.code})
    return done.graph
