"""The page of one customer: everything known of her."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.access import Actor, Right
from customers.access.people import may_with
from customers.models import Customer
from customers.profile import sections_of
from customers.profile.events import types_of
from customers.profile.registry import PLACES, actions_of
from customers.profile.tags import tags_card
from customers.profile.timeline import Cursor, timeline
from customers.profile.veil import Veil
from customers.queries import attributes
from customers.queries import people as queries
from customers.scope import scope_of
from customers.views.personal import sight_of_her

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
    found = get_object_or_404(Customer.objects.select_related("merged_into", "sighting"), pk=pk)
    if found.merged_into_id is not None:
        return redirect("customers:detail", found.merged_into_id)
    scope, now = scope_of(request), utc_now()
    actor = Actor.of_request(request)
    sight = sight_of_her(request, found)
    unmask = sight["unmask"]
    # A clock that is ahead of ours must not hide what it has told.
    cursor = Cursor.read(request.GET.get("after", "")) or Cursor(now + timedelta(days=2))
    kind = next((code for code, _name in CHIPS if code == request.GET.get("kind")), "")
    types = types_of(found, scope) if kind == "events" else []
    # By number: what a type is called may name her.
    only = next((each for each in types if str(each.pk) == request.GET.get("type")), None)
    veil = Veil.of(found, is_open=unmask)
    context = {
        "customer": found,
        "timeline": timeline(
            found,
            scope=scope,
            cursor=cursor,
            kind=kind,
            only=only.pk if only else None,
            veil=veil,
        ),
        "kind": kind,
        "types": [(each.pk, veil.text(each.title)) for each in types],
        "only": only.pk if only else None,
        "asked": urlencode({"kind": kind} | ({"type": only.pk} if only else {})) if kind else "",
        "chips": CHIPS,
        "is_first": "after" not in request.GET,
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "customers/detail_timeline.html", context)
    places = {
        place: sections_of(found, place, scope=scope, now=now, unmask=unmask) for place in PLACES
    }
    context |= sight | {
        "name": queries.name_of(found, unmask=unmask),
        "actions": [] if found.erased_at else actions_of(found, actor=actor, scope=scope, now=now),
        "erasure": found.erasures.first() if found.erased_at else None,
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
