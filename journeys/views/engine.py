"""The engine's page: how late it is, who needs attention, and how much room history takes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config import heartbeat
from config.clock import utc_now
from customers.access import Right, may
from customers.formats import duration, number
from customers.scope import scope_of
from journeys.actions import JourneyRefused, set_keep_days
from journeys.canvas.engine import TABLE_WORDS, hour_bars, seconds_words
from journeys.engine import lag
from journeys.models import Journey, JourneyState
from journeys.queries.ills import ill_counts
from journeys.queries.storage import journey_sizes, kept, table_sizes
from journeys.queries.today import late
from journeys.views.access import actor_of

SEEN = 200  # journeys of the table


@login_required
@require_GET
def engine(request: HttpRequest) -> HttpResponse:
    """Everything is read at one moment."""
    scope, now = scope_of(request), utc_now()
    seen = lag.read(now)
    rows = Journey.objects.filter(brand__in=scope.brand_ids).defer("draft")
    rows = rows.exclude(state__in=[JourneyState.DRAFT, JourneyState.ARCHIVED]).order_by("name")
    journeys = list(rows.select_related("brand")[:SEEN])
    ids = [journey.pk for journey in journeys]
    waiting, ills, sizes = late(scope.brand_ids, now), ill_counts(ids), journey_sizes(ids)
    age, keep = heartbeat.age("engine", now), kept()
    tables = table_sizes()
    context: dict[str, Any] = {
        "lag": seen,
        "oldest": seconds_words(seen.oldest) if seen.oldest > 1 else "",
        "p50": seconds_words(seen.p50),
        "p99": seconds_words(seen.p99),
        "age": duration(age) if age else "",
        "is_silent": age is None or age.total_seconds() > 60,
        "bars": hour_bars(lag.history(now), now),
        "rows": [
            {
                "journey": journey,
                "late": duration(now - waiting[journey.pk].oldest) if journey.pk in waiting else "",
                "due": waiting[journey.pk].n if journey.pk in waiting else 0,
                "ills": ills.get(journey.pk, {}),
                "troubled": sum(
                    n for kind, n in ills.get(journey.pk, {}).items() if kind != "set_aside"
                ),
                "bytes": sum(sizes.get(journey.pk, {}).values()),
                "steps": sizes.get(journey.pk, {}).get("journeys_stretch", 0),
            }
            for journey in journeys
        ],
        "tables": [(TABLE_WORDS.get(each.table, each.table), each) for each in tables],
        "all_bytes": filesizeformat(sum(each.bytes for each in tables)),
        "keep_days": keep.days if keep else "",
        "may_keep": may(actor_of(request), Right.SET_POLICY, None),
        "several": len(scope.brands) > 1,
        "now": now,
    }
    return render(request, "journeys/engine.html", context)


@login_required
@require_POST
def set_keep(request: HttpRequest) -> HttpResponse:
    """How long raw steps are kept; the page asked before."""
    text = request.POST.get("keep_days", "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 6):
        messages.error(request, _("Expected a number of days, or nothing for ever."))
        return redirect("journeys:engine")
    try:
        policy = set_keep_days(actor_of(request), int(text) if text else None, utc_now())
    except JourneyRefused as refusal:
        messages.error(request, str(refusal))
    else:
        days = policy.keep_days
        words = _("Raw steps are kept for %(n)s days.") % {"n": number(days)} if days else ""
        messages.success(request, words or _("Raw steps are kept for ever."))
    return redirect("journeys:engine")
