"""Her walk: one customer's way through a journey."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from config.clock import utc_now
from customers.access import Right, may
from customers.links import address
from customers.profile.veil import Veil
from customers.queries.people import initials_of, name_of
from customers.views.personal import sight_of_her
from journeys.actions.people import INSIDE
from journeys.graph.sketch import sketch
from journeys.models import Enrollment, EnrollmentState
from journeys.queries.people import address_of, addresses_of
from journeys.queries.walk import read_walk
from journeys.views.access import actor_of, walk_of


@login_required
@require_GET
def enrollment(request: HttpRequest, pk: int) -> HttpResponse:
    """Path, reasons, messages, where she is and what comes next."""
    walk = walk_of(request, pk)
    customer = walk.customer
    sight = sight_of_her(request, customer)
    is_open = sight["unmask"]
    veil = Veil.of(customer, is_open=is_open, told=walk.context)
    page = read_walk(walk, utc_now())
    others = Enrollment.objects.filter(customer=customer, journey=walk.journey)
    context = sight | {
        "page": page,
        "days": veil.days(page.days),
        "sent": [
            replace(each, sentences=[veil.text(one) for one in each.sentences])
            for each in page.sent
        ],
        "here": veil.html(page.here),
        "next": veil.html(page.next),
        "walk": walk,
        "journey": walk.journey,
        "name": name_of(customer, unmask=is_open),
        "initials": initials_of(customer) or "–",
        "address": address_of(addresses_of([customer.pk]).get(customer.pk), is_open),
        "customer_url": address("customers:detail", customer.pk),
        "others": others.exclude(pk=walk.pk).defer("context").order_by("-entered_at")[:20],
    }
    return render(request, "journeys/enrollment.html", context | hand(request, walk))


# helpers


def hand(request: HttpRequest, walk: Enrollment) -> dict[str, Any]:
    """What the reader may do with her: move her on, take her out."""
    actor = actor_of(request)
    is_inside = walk.state != EnrollmentState.FINISHED and walk.journey.state in INSIDE
    query = urlencode({"walk": walk.pk, "version": walk.version.number, "back": request.path})
    written = sketch(walk.version.graph).written
    urls = (
        {
            f"{name}_url": reverse("journeys:people_move", args=[walk.journey_id, walk.node, verb])
            + f"?{query}"
            for name, verb in (("move_on", "on"), ("take_out", "out"))
        }
        if walk.node in written
        else {}
    )
    return urls | {
        "may_move": is_inside
        and bool(urls)
        and may(actor, Right.MOVE_CUSTOMER, walk.journey.brand),
        "ways": bool(walk.node in written and written[walk.node].next),
    }
