"""What marks a segment out: against everybody, or against another one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from customers.access import Actor
from customers.actions import segment_insight as actions
from customers.models import Segment
from customers.queries import segment_insight as queries
from customers.queries import segments as segment_queries
from customers.queries.segment_words import KINDS
from customers.scope import scope_of
from customers.segments import insight
from customers.segments.insight.work import STEPS
from customers.views.parameters import identifier
from customers.views.segment_frame import frame, kept_insight

PAGE = 25
OTHERS = 300


@login_required
@require_GET
def segment_insight(request: HttpRequest, pk: int) -> HttpResponse:
    """Findings, the chart of one property, and every comparison; a small one is worked out now."""
    found, context = frame(request, pk, "insight")
    other = _other(request, found)
    asked = queries.asked_of(found, other, scope_of(request))
    row = kept_insight(asked, found, other)
    seen = queries.read(row, found, other) if row else None
    context |= {"other": other, "row": row, "insight": seen, "steps": STEPS}
    if request.htmx and request.GET.get("live"):  # type: ignore[attr-defined]
        return render(request, "customers/segment_insight_live.html", context)
    context |= _shown(request, seen) | {"link": f"?against={other.pk}&" if other else "?"}
    choices = segment_queries.visible(scope_of(request)).exclude(pk=found.pk)
    context["others"] = choices.order_by("name")[:OTHERS]
    return render(request, "customers/segment_insight.html", context)


@login_required
@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Let it be worked out again."""
    found, _context = frame(request, pk, "insight")
    other = _other(request, found)
    asked = queries.asked_of(found, other, scope_of(request))
    actions.ask(Actor.of_request(request), found, asked, now=utc_now())
    return redirect(_address(found, other))


@login_required
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop one that is on its way."""
    found, _context = frame(request, pk, "insight")
    other = _other(request, found)
    row = insight.insight_of(queries.asked_of(found, other, scope_of(request)))
    if row is not None:
        actions.stop(Actor.of_request(request), row, now=utc_now())
    return redirect(_address(found, other))


# helpers


def _other(request: HttpRequest, segment: Segment) -> Segment | None:
    pk = identifier(request, "against")
    if pk is None or pk == segment.pk:
        return None
    return get_object_or_404(segment_queries.visible(scope_of(request)), pk=pk)


def _address(segment: Segment, other: Segment | None) -> str:
    path = reverse("customers:segment_insight", args=[segment.pk])
    return f"{path}?against={other.pk}" if other else path


def _shown(request: HttpRequest, seen: queries.Insight | None) -> dict[str, Any]:
    """The chart of the chosen property, else of the first finding; the table of all."""
    if seen is None:
        return {}
    keys = {key for key, _name, _kind in seen.facets}
    first = next((each.key for each in (*seen.more, *seen.less)), next(iter(sorted(keys)), ""))
    key = request.GET.get("show", "")
    key = key if key in keys else first
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    noise = bool(request.GET.get("noise"))
    rows = queries.filtered(seen.told, kind=kind, noise=noise)
    chart = seen.chart(key)
    shares = [share for each in chart for share in (each.finding.share, each.finding.base_share)]
    return {
        "key": key,
        "chart": chart,
        "most": max(shares, default=0),
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "kind": kind,
        "noise": noise,
        "kinds": KINDS.items(),
    }
