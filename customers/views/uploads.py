"""The first step of an import: the file arrives, part by part or whole."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, RightMissing, brands_of
from customers.actions import uploads as actions
from customers.imports import Unreadable
from customers.imports.lines import FILE_BYTES
from customers.imports.storage import PART_BYTES
from customers.models import Brand
from customers.scope import scope_of
from customers.views.import_columns import found_or_404


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a file; without scripts the form brings it whole."""
    actor = Actor.of_request(request)
    brands = list(brands_of(actor, Right.INGEST))
    if not brands:
        raise PermissionDenied(_("Your role may not import. An admin can give you the right."))
    chosen = scope_of(request).chosen
    context: dict[str, Any] = {
        "brands": brands,
        "brand": chosen if chosen in brands else brands[0],
        "most": FILE_BYTES,
        "part": PART_BYTES,
        "step": 1,
    }
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise Unreadable(_("Choose a file first."))
            brand = _brand(brands, request.POST.get("brand", ""))
            found = actions.bring(actor, brand, file, now=utc_now())
            return redirect("customers:import", found.pk)
        except Unreadable as error:
            context["problem"] = str(error)
    return render(request, "customers/imports/new.html", context)


@login_required
@require_POST
def begin(request: HttpRequest) -> JsonResponse:
    """Announce a file: where its parts go, and from which byte on."""
    actor = Actor.of_request(request)
    try:
        given = json.loads(request.body)
        size = given["size"]
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError
        brand = _brand(list(brands_of(actor, Right.INGEST)), str(given["brand"]))
        found = actions.begin(actor, brand, name=str(given["name"]), size=size, now=utc_now())
    except (ValueError, KeyError, TypeError, RightMissing) as error:
        return _refused(error)
    return JsonResponse(
        {
            "received": found.received,
            "part": reverse("customers:import_part", args=[found.pk]),
            "whole": reverse("customers:import_whole", args=[found.pk]),
        }
    )


@login_required
@require_POST
def part(request: HttpRequest, pk: int) -> JsonResponse:
    """Take one part, whose first byte has the number `at`."""
    found = found_or_404(request, pk)
    at = request.GET.get("at", "")
    try:
        if int(request.headers.get("Content-Length") or 0) > PART_BYTES:
            raise Unreadable(_("A part is too large."))
        data = request.read(PART_BYTES + 1)
        received = actions.receive(
            Actor.of_request(request), found, int(at) if at.isdigit() else -1, data
        )
    except actions.Misplaced as error:
        return JsonResponse({"received": error.received}, status=409)
    except (ValueError, RightMissing) as error:
        return _refused(error)
    return JsonResponse({"received": received})


@login_required
@require_POST
def whole(request: HttpRequest, pk: int) -> JsonResponse:
    """All parts are there: look at the file, and say where the next step is."""
    found = found_or_404(request, pk)
    try:
        actions.finish(Actor.of_request(request), found)
    except actions.Misplaced as error:
        return JsonResponse({"received": error.received}, status=409)
    except (ValueError, RightMissing) as error:
        return _refused(error)
    return JsonResponse({"next": reverse("customers:import", args=[found.pk])})


# helpers


def _brand(brands: list[Brand], key: str) -> Brand:
    """The brand that was chosen, of those that the reader may import into."""
    found = next((brand for brand in brands if str(brand.pk) == key), None)
    if found is None:
        raise Unreadable(_("Choose a brand that you may import into."))
    return found


def _refused(error: Exception) -> JsonResponse:
    """A refusal in a sentence; what nobody can send by the page is told in general words."""
    is_said = isinstance(error, Unreadable | RightMissing)
    text = str(error) if is_said else _("That was no upload of a file. Load the page again.")
    return JsonResponse({"problem": text}, status=403 if isinstance(error, RightMissing) else 422)
