"""The list of segments, the pages of one, and asking for a build."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, brands_of
from customers.access.people import shown_now, sight_of
from customers.actions import segments as actions
from customers.models import SegmentKind
from customers.queries import people, segment_history, segment_insight
from customers.queries import segments as queries
from customers.queries.branches import Cursor
from customers.queries.search import searched
from customers.queries.segment_members import members
from customers.rules import read_rule
from customers.scope import scope_of
from customers.views.rule_lines import lines_of
from customers.views.segment_frame import frame, kept_insight

PAGE = 50
SORTS = (
    ("", gettext_lazy("Name")),
    ("size", gettext_lazy("Largest first")),
    ("built", gettext_lazy("Built last")),
)


@login_required
@require_GET
def segments(request: HttpRequest) -> HttpResponse:
    """All segments of the brands in scope, filtered and sorted."""
    scope, now = scope_of(request), utc_now()
    names = queries.Filters._fields
    asked = (request.GET.get(each, "").strip().replace("\x00", "")[:120] for each in names)
    filters = queries.Filters(*asked)
    page = Paginator(queries.listing(scope, filters), PAGE).get_page(request.GET.get("page"))
    shown = queries.show(list(page))
    context = {
        "page": page,
        "rows": [(row, segment_history.next_build(row.segment, now)) for row in shown],
        "count": page.paginator.count,
        "total": people.count_people(),
        "filters": filters,
        "kinds": SegmentKind.choices,
        "states": queries.STATES.items(),
        "sorts": SORTS,
        "now": now,
        "may_edit": brands_of(Actor.of_request(request), Right.EDIT).exists(),
    }
    return render(request, "customers/segments.html", context)


@login_required
@require_GET
def segment(request: HttpRequest, pk: int) -> HttpResponse:
    """Rule in words and in lines, size and its change, who can be reached, what marks them out."""
    found, context = frame(request, pk, "overview")
    now, rule = utc_now(), None
    if found.kind == SegmentKind.RULE:
        rule, _problems = read_rule(found.rule)
    kept = kept_insight(segment_insight.asked_of(found, None, scope_of(request)), found)
    context |= {
        "lines": lines_of(rule) if rule else None,
        "change": segment_history.since_yesterday(found, now),
        "next_build": segment_history.next_build(found, now),
        "now": now,
        "insight": segment_insight.read(kept, found) if kept else None,
    }
    return render(request, "customers/segment.html", context)


@login_required
@require_GET
def segment_members(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is in it: searched, tagged, added to a list, exported."""
    found, context = frame(request, pk, "members")
    actor, scope = Actor.of_request(request), scope_of(request)
    sight, q = sight_of(actor), searched(request.GET.get("q", ""))
    context |= {
        "q": q,
        "sight": sight,
        "members": members(
            found,
            scope=scope,
            sight=sight,
            shown=shown_now(actor, utc_now()),
            q=q,
            after=Cursor.read(request.GET.get("after", "")),
            before=Cursor.read(request.GET.get("before", "")),
        ),
        "may_tag": brands_of(actor, Right.TAG_CUSTOMER).exists(),
        "may_list": brands_of(actor, Right.EDIT).exists(),
        "may_export": brands_of(actor, Right.EXPORT).exists(),
    }
    return render(request, "customers/segment_members.html", context)


@login_required
@require_GET
def segment_history_(request: HttpRequest, pk: int) -> HttpResponse:
    """Its size by day, who came and who went."""
    found, context = frame(request, pk, "history")
    now = utc_now()
    rows = segment_history.days(found, now)
    context |= {
        "days": rows[::-1],
        "drawing": segment_history.draw(rows),
        "change": segment_history.since_yesterday(found, now),
        "next_build": segment_history.next_build(found, now),
        "most": segment_history.DAYS,
        "now": now,
    }
    return render(request, "customers/segment_history.html", context)


@login_required
@require_GET
def segment_uses(request: HttpRequest, pk: int) -> HttpResponse:
    """What uses it; while something does, it can't be removed."""
    _found, context = frame(request, pk, "uses")
    return render(request, "customers/segment_uses.html", context)


@login_required
@require_POST
def rebuild(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a build; a worker does it."""
    found = get_object_or_404(queries.visible(scope_of(request)), pk=pk)
    actions.rebuild(Actor.of_request(request), found, now=utc_now())
    messages.success(request, _("The build is asked for. Load the page again in a moment."))
    return redirect("customers:segment", found.pk)
