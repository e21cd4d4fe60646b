"""The page of one experiment: did it work, how sure is that, how many people does it take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from campaigns.evaluation.experiment import Reading
from campaigns.evaluation.sizes import Size, seen_with, size_for_rates
from campaigns.evaluation.verdicts import methods_of, ratio_words, reading_words
from config.clock import utc_now
from customers.access import Right, may, require
from customers.formats import number, percent, points
from customers.sheets import FORMS, as_file
from journeys.actions.arm_list import keep_arm
from journeys.canvas.experiment import (
    KINDS,
    forest_of,
    notes_of,
    pair_rows,
    rows_of,
    sentences_of,
    sheet_of,
)
from journeys.models import Journey
from journeys.queries.experiment_places import Place, place_of
from journeys.queries.experiments import Told, told_of
from journeys.views.access import actor_of, journey_of

USUAL_RISE, LEAST_RISE = 2.0, 0.01  # points


@dataclass(frozen=True)
class Plan:
    """How many people it takes to see a rise, asked by the form."""

    rise: float
    base: float
    size: Size | None
    per_day: float
    seen: float | None
    problem: str = ""


@login_required
@require_GET
def experiment(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """The page, or its table as a file (`?form=csv`, `xlsx`); `?reading=once` reads it once."""
    journey, place = found(request, pk, slug)
    reading = Reading.ONCE if request.GET.get("reading") == "once" else Reading.ALWAYS
    now = utc_now()
    form = request.GET.get("form", "")
    told = told_of(journey, place, now, reading=reading, wait=form in FORMS)
    if form in FORMS:
        header, rows = sheet_of(told)
        return as_file(f"{journey.code}-{place.code}", header, rows, form)
    context = {
        "journey": journey,
        "place": place,
        "told": told,
        "counted_at": told.read_at if told.read_at and told.read_at < now else None,
        "kind": KINDS[place.kind],
        "sentences": sentences_of(told),
        "alarm": ratio_words(told.evaluation),
        "reading": reading.value,
        "reading_words": reading_words(told.evaluation),
        "notes": notes_of(told, now),
        "rows": rows_of(told, journey.brand.currency),
        "pairs": pair_rows(told),
        "forest": forest_of(told),
        "methods": methods_of(told.evaluation),
        "plan": plan_of(told, request.GET.get("rise", ""), (now - place.since) / timedelta(days=1)),
        "may_keep": may(actor_of(request), Right.EDIT, journey.brand),
    }
    return render(request, "journeys/experiment.html", context)


@login_required
@require_POST
def keep(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """The people of an arm become a list."""
    journey, place = found(request, pk, slug)
    actor = actor_of(request)
    require(actor, Right.EDIT, journey.brand)
    arm = request.POST.get("arm", "")
    try:
        segment = keep_arm(actor, journey, place, arm, request.POST.get("name", ""), utc_now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        text = ngettext(
            "%(n)s person is on the list “%(name)s”.",
            "%(n)s people are on the list “%(name)s”.",
            segment.size,
        )
        messages.success(request, text % {"n": number(segment.size), "name": segment.title})
    return redirect("journeys:experiment", pk, slug)


# helpers


def found(request: HttpRequest, pk: int, slug: str) -> tuple[Journey, Place]:
    journey = journey_of(request, pk)
    place = place_of(journey, slug)
    if place is None:
        raise Http404
    return journey, place


def plan_of(told: Told, given: str, days: float) -> Plan:
    """What the form asks: a rise in points over the rate of the control group until now."""
    read = told.evaluation
    base = read.base.rate.share or 0.0
    per_day = read.people / days if days > 0 else 0.0
    shares = [arm.share for arm in read.arms if arm is not read.base]
    control = read.base.share / (read.base.share + max(shares)) if any(shares) else 0.5
    asked = {
        "control_share": control,
        "comparisons": max(1, len(read.pairs)),
        "sequential": read.reading is Reading.ALWAYS,
    }
    problem = ""
    try:
        rise = float(given.replace(",", ".")) if given.strip() else USUAL_RISE
        if not LEAST_RISE <= rise <= 100:
            raise ValueError
    except ValueError:
        rise, problem = USUAL_RISE, _("Expected 0.01 to 100 points, got “%s”.") % given[:40]
    size = size_for_rates(base, rise / 100, per_day=per_day or None, **asked)  # type: ignore[arg-type]
    if not problem and size is None:
        problem = _(
            "The rate is %(base)s now; with %(rise)s points it would be none of 0 to 100 %%."
        ) % {"base": percent(base), "rise": points(rise / 100)}
    seen = seen_with(base, read.people, **asked) if read.people else None
    return Plan(rise, base, size, per_day, seen, problem)
