"""The second step of an import: what its columns become, kept with every change."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from customers.access import Actor, Right, may, require
from customers.actions.uploads import revise
from customers.forms.imports import DELIMITERS, ENCODINGS, OP_NAMES, TYPE_NAMES, read_form
from customers.imports.conditions import UNARY
from customers.models import Import, ImportKind, User
from customers.queries import import_columns as queries
from customers.queries.imports import sees_content, visible
from customers.scope import replace_chosen, scope_of

_WORDS = {
    ImportKind.CUSTOMERS: (
        ImportKind.CUSTOMERS.label,
        _("Who they are, and what is known of them: a row for each customer."),
    ),
    ImportKind.EVENTS: (
        ImportKind.EVENTS.label,
        _("What happened and when: a row for each order, visit, scan…"),
    ),
    ImportKind.TAGS: (
        ImportKind.TAGS.label,
        _("Labels for customers: a row for each, with values of tags."),
    ),
    ImportKind.LIST: (
        _("List of customers"),
        _("Customers of a segment, such as the guests of an evening."),
    ),
}


def columns_page(request: HttpRequest, found: Import, *, status: int = 200) -> HttpResponse:
    """The page of the second step, or its form alone when htmx asks."""
    actor = Actor.of_request(request)
    context: dict[str, object] = {"found": found, "step": 2}
    if not may(actor, Right.INGEST, found.brand) or not sees_content(actor, found):
        return render(request, "customers/imports/closed.html", context)
    given = request.POST if request.method == "POST" else request.GET
    page = given.get("page", "1")
    shown = queries.columns_of(found, int(page) if page.isascii() and page.isdigit() else 1)
    user = cast(User, request.user)
    context |= {
        "columns": shown,
        "mapping": found.mapping,
        "kinds": [(kind.value, *_WORDS[kind]) for kind in ImportKind],
        "types": TYPE_NAMES,
        "ops": OP_NAMES,
        "unary": UNARY,
        "encodings": ENCODINGS,
        "delimiters": DELIMITERS,
        "recalled": queries.recalled(found) if shown.header else None,
        "events": queries.event_names() if found.kind == ImportKind.EVENTS else [],
        "lists": queries.lists_for(found) if found.kind == ImportKind.LIST else [],
        "zones": queries.zones(found.brand.timezone, user.timezone),
        "asked": request.method == "POST" and "next" in request.POST,
    }
    is_part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    template = "columns_form" if is_part else "columns"
    return render(request, f"customers/imports/{template}.html", context, status=status)


def found_or_404(request: HttpRequest, pk: int) -> Import:
    """The import, if it lies in a brand of the reader, chosen or not: a link leads to it."""
    return get_object_or_404(visible(replace_chosen(scope_of(request))), pk=pk)


@login_required
@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the form as it stands; with `next`, go on when nothing is wrong with it."""
    found = found_or_404(request, pk)
    actor = Actor.of_request(request)
    require(actor, Right.INGEST, found.brand)
    kind = request.POST.get("kind", "")
    try:
        revise(
            actor,
            found,
            kind=kind if kind in ImportKind.values else found.kind,
            mapping=read_form(request.POST, found.mapping, found.header),
            source=request.POST.get("source", found.source),
            fresh="fresh" in request.POST,
        )
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("customers:import", pk)
    found = found_or_404(request, pk)
    # A change that is kept on the way never leaves the page, whatever button has the focus.
    goes_on = "next" in request.POST and not request.htmx  # type: ignore[attr-defined]
    if goes_on and found.header and not queries.checked(found, found.header)[1]:
        return redirect("customers:import_try", pk)
    return columns_page(request, found)
