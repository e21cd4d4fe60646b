"""Up to four segments laid over each other; a region becomes a list."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, brands_of
from customers.actions import bulk
from customers.formats import number
from customers.jobs import run
from customers.models import JobKind, JobState, Segment
from customers.queries.segments import visible
from customers.scope import Scope, scope_of
from customers.segments.insight.overlap import (
    SEGMENTS_MOST,
    Overlap,
    Region,
    TooLarge,
    overlap,
)
from customers.views.bulk import AT_ONCE

CHOICES = 300


@dataclass(frozen=True, slots=True)
class Row:
    """A region of the drawing: in which of the segments its people are, and how many they are."""

    mask: int
    dots: list[bool]
    names: str
    count: int


@login_required
@require_GET
def segment_overlap(request: HttpRequest) -> HttpResponse:
    """Which people are in which of them; every region counted, the largest first."""
    scope = scope_of(request)
    chosen = _chosen(request.GET, scope)
    found: Overlap | None = None
    problem = ""
    if len(chosen) > 1:
        try:
            found = overlap([each.pk for each in chosen], _brands(scope))
        except TooLarge:
            problem = _(
                "Counting took too long. Choose fewer or smaller segments, or count at a quieter "
                "hour."
            )
    actor = Actor.of_request(request)
    context = {
        "chosen": [(each, found.size(place) if found else 0) for place, each in enumerate(chosen)],
        "found": found,
        "problem": problem,
        "rows": _rows(chosen, found) if found else [],
        "most": max(found.regions.values(), default=0) if found else 0,
        "slots": [chosen[n] if n < len(chosen) else None for n in range(SEGMENTS_MOST)],
        "choices": visible(scope).order_by("name")[:CHOICES],
        "may_list": brands_of(actor, Right.EDIT).exists(),
    }
    return render(request, "customers/segment_overlap.html", context)


@login_required
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Two chosen segments side by side."""
    chosen = _chosen(request.GET, scope_of(request))
    if len(chosen) != 2:
        messages.error(request, _("Tick exactly two segments to compare them."))
        return redirect("customers:segments")
    path = reverse("customers:segment_insight", args=[chosen[0].pk])
    return redirect(f"{path}?against={chosen[1].pk}")


@login_required
@require_POST
def save_region(request: HttpRequest) -> HttpResponse:
    """Keep the people of one region as a list; many of them in the background."""
    scope, actor, now = scope_of(request), Actor.of_request(request), utc_now()
    chosen = _chosen(request.POST, scope)
    query = "&".join(f"s={each.pk}" for each in chosen)
    back = f"{reverse('customers:segment_overlap')}?{query}"
    mask, confirmed = (_figure(request.POST.get(name, "")) for name in ("mask", "confirmed"))
    if len(chosen) < 2 or not 0 < mask < 1 << len(chosen):
        messages.error(
            request, _("These people can't be told any more. Choose the segments again.")
        )
        return redirect(back)
    ids = tuple(each.pk for each in chosen)
    region = Region("", (), ids, mask, tuple(_brands(scope)))
    given = {"name": request.POST.get("name", "").strip() or _name(chosen, mask)}
    try:
        job = bulk.start(
            actor, JobKind.LIST, region, scope, confirmed=confirmed, given=given, now=now
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(back)
    if job.total <= AT_ONCE:
        run(job.pk, clock=utc_now, seconds=10)
        job.refresh_from_db()
    if job.state != JobState.DONE:
        return redirect("customers:job", job.pk)
    kept = Segment.objects.get(code=job.options["segment"])
    said = _("The list “%(name)s” holds %(n)s customers.")
    messages.success(request, said % {"name": kept.title, "n": number(kept.size)})
    return redirect("customers:segment", kept.pk)


# helpers


def _chosen(data: QueryDict, scope: Scope) -> list[Segment]:
    """The segments in the order of the address; those of others' brands are not there."""
    ids = [_figure(text) for text in data.getlist("s")]
    wanted = list(dict.fromkeys(id for id in ids if id))[:SEGMENTS_MOST]
    found = visible(scope).in_bulk(wanted)
    return [found[id] for id in wanted if id in found]


def _figure(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _brands(scope: Scope) -> list[int]:
    return [] if scope.whole_group and scope.chosen is None else scope.brand_ids


def _rows(chosen: list[Segment], found: Overlap) -> list[Row]:
    rows = [
        Row(mask, [bool(mask >> n & 1) for n in range(len(chosen))], _name(chosen, mask), count)
        for mask, count in found.regions.items()
    ]
    return sorted(rows, key=lambda row: (-row.count, row.mask))


def _name(chosen: list[Segment], mask: int) -> str:
    """ "Gold members and Bought twice", "only Gold members"."""
    names = [each.title for place, each in enumerate(chosen) if mask >> place & 1]
    if len(names) == len(chosen):
        return _("In all: %(names)s") % {"names": " + ".join(names)}
    return _("Only in %(names)s") % {"names": " + ".join(names)}
