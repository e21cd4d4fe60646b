"""The home page: what runs today and what needs somebody."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.clock import utc_now
from customers.links import address
from customers.scope import scope_of
from journeys.queries.home import today


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Everything on it is read at one moment, so that its numbers agree."""
    context = {
        "today": today(scope_of(request), utc_now()),
        "journeys_url": address("journeys:list"),
        "new_journey": address("journeys:new"),
    }
    return render(request, "home/home.html", context)
