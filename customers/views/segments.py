"""The list of segments, the page of one, and asking for a build."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config.clock import utc_now
from customers.access import Actor, Right, may
from customers.actions import segments as actions
from customers.models import SegmentKind
from customers.queries import people
from customers.queries import segments as queries
from customers.rules import read_rule
from customers.scope import scope_of
from customers.views.parameters import identifier
from customers.views.rule_lines import lines_of

PAGE = 50


@login_required
def segments(request: HttpRequest) -> HttpResponse:
    """All segments of the brands in scope, by name."""
    found = queries.visible(scope_of(request)).order_by("name")
    if q := request.GET.get("q", "").strip().replace("\x00", "")[:120]:
        found = found.filter(name__icontains=q)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": queries.show(list(page)),
        "count": page.paginator.count,
        "total": people.count_people(),
        "q": q,
    }
    return render(request, "customers/segments.html", context)


@login_required
def segment(request: HttpRequest, pk: int) -> HttpResponse:
    """Rule in words and in lines, size and its history, members."""
    scope = scope_of(request)
    found = get_object_or_404(queries.visible(scope), pk=pk)
    actor = Actor.of_request(request)
    unmask = people.sees_personal(actor)
    rule = None
    if found.kind == SegmentKind.RULE:
        rule, _problems = read_rule(found.rule)
    shown = queries.show([found])[0]
    context = {
        "segment": found,
        "shown": shown,
        "lines": lines_of(rule) if rule else None,
        "total": people.count_people(),
        "changes": queries.changes(found, utc_now()),
        "members": queries.members(
            found, scope=scope, after=identifier(request, "after"), unmask=unmask
        ),
        "may_build": may(actor, Right.EDIT, found.brand) and found.kind == SegmentKind.RULE,
    }
    return render(request, "customers/segment.html", context)


@login_required
@require_POST
def rebuild(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a build; a worker does it."""
    found = get_object_or_404(queries.visible(scope_of(request)), pk=pk)
    actions.rebuild(Actor.of_request(request), found, now=utc_now())
    messages.success(request, _("The build is asked for. Load the page again in a moment."))
    return redirect("customers:segment", found.pk)
