"""The catalogue of events: what comes, what is expected, what is set aside and taken in again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config.clock import utc_now
from customers.access import Actor, Right, may
from customers.actions import catalogue as actions
from customers.forms import catalogue as forms
from customers.models import (
    Brand,
    EventSchema,
    EventType,
    PropertyType,
    QuarantinedItem,
    QuarantineJob,
    SchemaMode,
)
from customers.profile.events import unveiled
from customers.profile.veil import Veil
from customers.queries import catalogue as queries
from customers.scope import scope_of

PER_PAGE = 50


@login_required
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every event that is known or expected, for one brand."""
    brand = _brand(request, request.GET.get("brand", ""))
    asked = request.GET.get("q", "").replace("\x00", "")[:80]
    rows, is_whole = queries.rows(brand, utc_now(), asked)
    context = {
        "tab": "catalogue",
        "brand": brand,
        "brands": scope_of(request).mine,
        "q": asked,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "known": len(rows),
        "expected": sum(row.mode != SchemaMode.OFF for row in rows),
        "aside": sum(row.aside for row in rows),
        "is_whole": is_whole,
        "may_set": may(Actor.of_request(request), Right.SET_POLICY, brand),
    }
    return render(request, "customers/developers/catalogue.html", context)


@login_required
def event(request: HttpRequest, brand_code: str) -> HttpResponse:
    """One event: its properties as they come and as they are expected. POST says what is."""
    brand = _brand(request, brand_code)
    name = _name(request)
    actor, now = Actor.of_request(request), utc_now()
    kind = EventType.objects.filter(code=name).first()
    schema = EventSchema.objects.filter(brand=brand, event=name).first()
    mode = schema.mode if schema else SchemaMode.OFF.value
    properties: Mapping[str, Any] = schema.properties if schema else {}
    marks: Mapping[str, bool] = kind.personal if kind else {}
    problem = ""
    if request.method == "POST":
        mode = request.POST.get("mode", "")
        properties, marks = forms.read_rows(request.POST)
        try:
            actions.expect(actor, brand, name, mode=mode, properties=properties, now=now)
            if kind is not None and may(actor, Right.SET_POLICY, None):
                actions.mark_personal(actor, kind, marks, now=now)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            words = _("“%(event)s” is held against this from now on.")
            messages.success(request, words % {"event": name})
            return redirect(_address(brand, name))
    wrong = queries.breaches(brand, name)
    aside = queries.set_aside(brand, name)
    sample = queries.sample(brand, kind, now)
    context = {
        "brand": brand,
        "name": name,
        "title": (kind or EventType(code=name)).title,
        "kind": kind,
        "mode": mode,
        "modes": SchemaMode.choices,
        "types": PropertyType.choices,
        "marks": forms.MARKS,
        "rows": forms.rows_of(sample, properties, marks),
        "sample": sample,
        "problem": problem,
        "breaches": wrong,
        "aside": aside,
        "samples": [_shown(each, marks) for each in aside["latest"]],
        "mends": forms.suggested(wrong, properties),
        "does": forms.DOES,
        "jobs": QuarantineJob.objects.filter(brand=brand, event=name)[:5],
        "may_set": may(actor, Right.SET_POLICY, brand),
        "may_mark": kind is not None and may(actor, Right.SET_POLICY, None),
    }
    status = 422 if problem else 200
    return render(request, "customers/developers/event.html", context, status=status)


@login_required
@require_POST
def begin(request: HttpRequest, brand_code: str, verb: str) -> HttpResponse:
    """Take in again, or drop, everything of an event that is set aside."""
    brand, name = _brand(request, brand_code), _name(request)
    mending = forms.read_mends(request.POST) if verb == "replay" else []
    try:
        actions.begin(Actor.of_request(request), brand, name, verb, mending=mending, now=utc_now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(_address(brand, name) + "#aside")


@login_required
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a job is; it asks again while it runs. POST stops it."""
    rows = QuarantineJob.objects.select_related("brand")
    found = get_object_or_404(rows, pk=pk, brand__in=scope_of(request).mine)
    actor = Actor.of_request(request)
    if request.method == "POST":
        actions.stop(actor, found, now=utc_now())
        return redirect(_address(found.brand, found.event) + "#aside")
    context = {"job": found, "may_set": may(actor, Right.SET_POLICY, found.brand)}
    return render(request, "customers/developers/quarantine_job.html", context)


# helpers


def _brand(request: HttpRequest, code: str) -> Brand:
    """The brand of the page: the named one, else the chosen one, else the first."""
    scope = scope_of(request)
    if code:
        found = next((brand for brand in scope.mine if brand.code == code), None)
    else:
        found = scope.chosen or next(iter(scope.mine), None)
    if found is None:
        raise Http404
    return found


def _name(request: HttpRequest) -> str:
    name = request.GET.get("name", "").strip()
    if not name or len(name) > 120 or not name.isprintable():
        raise Http404
    return name


def _address(brand: Brand, name: str) -> str:
    return reverse("customers:event", args=[brand.code]) + "?" + urlencode({"name": name})


def _shown(item: QuarantinedItem, marks: Mapping[str, bool]) -> dict[str, Any]:
    """An item as this page may show it: what speaks of a person is masked."""
    veil = Veil({})
    events = item.item.get("events", [])
    first: list[Any] = next(
        (each for each in events if each[0].strip() == item.event), ["", "", {}, ""]
    )
    return {
        "at": item.received_at,
        "source": item.source,
        "properties": sorted(unveiled(first[2], marks, veil).items()),
        "wrong": {reason[0] for reason in item.reasons},
        "missing": [reason[0] for reason in item.reasons if reason[1] == "missing"],
        "problem": item.problem,
    }
