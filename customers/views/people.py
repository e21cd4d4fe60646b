"""The list of customers and the page of one."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.access import Actor
from customers.models import Customer
from customers.profile import sections_of
from customers.profile.registry import PLACES
from customers.profile.timeline import Cursor, timeline
from customers.queries import attributes, tags
from customers.queries import people as queries
from customers.scope import scope_of
from customers.views.parameters import identifier

CHIPS = (
    ("", _("All")),
    ("events", _("Events")),
    ("messages", _("Messages")),
    ("journeys", _("Journeys")),
    ("identity", _("Identity")),
)


@login_required
def customers(request: HttpRequest) -> HttpResponse:
    """Search by identity or name, filter by tag, page by page."""
    scope = scope_of(request)
    unmask = queries.sees_personal(Actor.of_request(request))
    choices = list(tags.visible(scope).order_by("name"))
    tag = next((tag for tag in choices if tag.code == request.GET.get("tag")), None)
    q = request.GET.get("q", "")[:320]
    context = {
        "people": queries.people(
            scope=scope, q=q, tag=tag, after=identifier(request, "after"), unmask=unmask
        ),
        "count": queries.count_people(),
        "tags": choices,
        "tag": tag,
        "q": q,
        "unmask": unmask,
    }
    return render(request, "customers/list.html", context)


@login_required
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything known of one customer; of merged ones the page of who they are now."""
    found = get_object_or_404(Customer.objects.select_related("merged_into"), pk=pk)
    if found.merged_into_id is not None:
        return redirect("customers:detail", found.merged_into_id)
    scope, now = scope_of(request), utc_now()
    unmask = queries.sees_personal(Actor.of_request(request))
    # A clock that is ahead of ours must not hide what it has told.
    cursor = Cursor.read(request.GET.get("after", "")) or Cursor(now + timedelta(days=2))
    kind = next((code for code, _name in CHIPS if code == request.GET.get("kind")), "")
    context = {
        "customer": found,
        "timeline": timeline(found, scope=scope, cursor=cursor, kind=kind, unmask=unmask),
        "kind": kind,
        "chips": CHIPS,
        "is_first": "after" not in request.GET,
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "customers/detail_timeline.html", context)
    places = {
        place: sections_of(found, place, scope=scope, now=now, unmask=unmask) for place in PLACES
    }
    context |= {
        "name": queries.name_of(found, unmask=unmask),
        "unmask": unmask,
        "identities": queries.identities_of(found, unmask=unmask),
        "initials": queries.initials_of(found),
        "facts": attributes.in_a_line(found, now, unmask=unmask),
        "attributes": attributes.attributes_of(found, unmask=unmask),
        "consents": queries.consents_of(found, scope),
        "tags": queries.tags_of(found, scope),
        "segments": queries.segments_of(found, scope),
        "places": places,
    }
    return render(request, "customers/detail.html", context)
