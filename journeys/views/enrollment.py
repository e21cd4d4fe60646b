"""Her walk: one customer's way through a journey."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from config.clock import utc_now
from customers.links import address
from journeys.models import Enrollment
from journeys.queries.people import address_of, addresses_of, initials_of, name_of
from journeys.queries.walk import read_walk
from journeys.views.access import sees_personal, walk_of


@login_required
@require_GET
def enrollment(request: HttpRequest, pk: int) -> HttpResponse:
    """Path, reasons, messages, where she is and what comes next."""
    walk = walk_of(request, pk)
    customer = walk.customer
    personal = sees_personal(request, walk.journey)
    others = Enrollment.objects.filter(customer=customer, journey=walk.journey)
    context = {
        "page": read_walk(walk, utc_now()),
        "walk": walk,
        "journey": walk.journey,
        "name": name_of(customer, personal),
        "initials": initials_of(customer),
        "address": address_of(addresses_of([customer.pk]).get(customer.pk), personal),
        "customer_url": address("customers:detail", customer.pk),
        "others": others.exclude(pk=walk.pk).defer("context").order_by("-entered_at")[:20],
    }
    return render(request, "journeys/enrollment.html", context)
