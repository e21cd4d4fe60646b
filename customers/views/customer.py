"""The page of one customer: everything known of her."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.access import Actor, Right
from customers.access.people import may_with, shown
from customers.actions.personal import open_one
from customers.models import Customer
from customers.profile import sections_of
from customers.profile.registry import PLACES, actions_of
from customers.profile.tags import tags_card
from customers.profile.timeline import Cursor, timeline
from customers.queries import attributes
from customers.queries import people as queries
from customers.scope import scope_of

CHIPS = (
    ("", _("All")),
    ("events", _("Events")),
    ("messages", _("Messages")),
    ("journeys", _("Journeys")),
    ("identity", _("Identity")),
)


@login_required
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything known of one customer; of merged ones the page of who they are now."""
    found = get_object_or_404(Customer.objects.select_related("merged_into"), pk=pk)
    if found.merged_into_id is not None:
        return redirect("customers:detail", found.merged_into_id)
    scope, now = scope_of(request), utc_now()
    actor = Actor.of_request(request)
    unmask = found.pk in shown(actor, [found], now)
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
        "actions": [] if found.erased_at else actions_of(found, actor=actor, scope=scope, now=now),
        "erasure": found.erasures.first() if found.erased_at else None,
        "open": open_one(actor, found, now) if unmask else None,
        "may_show": may_with(actor, Right.SEE_PERSONAL, found),
        "identities": queries.identities_of(found, unmask=unmask),
        "initials": queries.initials_of(found),
        "facts": attributes.in_a_line(found, now, unmask=unmask),
        "attributes": attributes.attributes_of(found, unmask=unmask),
        "consents": queries.consents_of(found, scope),
        "tags": tags_card(found, scope=scope, actor=actor, now=now),
        "may_edit": found.erased_at is None and may_with(actor, Right.EDIT_CUSTOMER, found),
        "may_tag": found.erased_at is None and may_with(actor, Right.TAG_CUSTOMER, found),
        "segments": queries.segments_of(found, scope),
        "places": places,
    }
    return render(request, "customers/detail.html", context)
