""" "Jump to…": pages, journeys, campaigns, segments and customers by name."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.context import make_shell
from customers.access import Actor
from customers.access.people import sight_of
from customers.scope import scope_of
from journeys.queries.jump import find


@login_required
def jump(request: HttpRequest) -> HttpResponse:
    """Answers the palette with its list, and a browser without scripts with a page."""
    words = request.GET.get("q", "").strip()[:80]
    shell = make_shell(request)
    sight = sight_of(Actor.of_request(request))
    groups = find(words, scope_of(request), [*shell["places"], *shell["blocks"]], sight)
    template = "home/jump_list.html" if request.htmx else "home/jump.html"  # type: ignore[attr-defined]
    return render(request, template, {"groups": groups, "words": words})
