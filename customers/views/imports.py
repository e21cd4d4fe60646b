"""The list of imports and the page of one, from its columns to its end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may, record, require
from customers.actions import imports as actions
from customers.actions import trials
from customers.imports import refused_rows
from customers.imports.before import loaded_before, say_before
from customers.imports.rehearse import ROWS
from customers.imports.storage import local
from customers.models import Import, ImportState, ImportTrial, TrialState
from customers.queries import imports as queries
from customers.queries.import_columns import checked
from customers.scope import scope_of
from customers.views.import_columns import columns_page, found_or_404

PAGE = 50


@login_required
@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """Imports into the brands in scope, the latest first."""
    page = Paginator(queries.visible(scope_of(request)), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": queries.rows(list(page)),
        "count": page.paginator.count,
        "running": queries.visible(scope_of(request)).filter(state=ImportState.RUNNING).count(),
        "may_import": brands_of(Actor.of_request(request), Right.INGEST).exists(),
    }
    return render(request, "customers/imports/list.html", context)


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft at its step; else how far the import is and what became of it."""
    found = found_or_404(request, pk)
    if found.state == ImportState.DRAFT:
        if not found.digest:
            return redirect("customers:import_new")
        return columns_page(request, found)
    template = "progress" if request.htmx else "shown"  # type: ignore[attr-defined]
    return render(request, f"customers/imports/{template}.html", _shown(request, found))


@login_required
@require_GET
def attempt(request: HttpRequest, pk: int) -> HttpResponse:
    """The third step: what would happen, and the start."""
    found = found_or_404(request, pk)
    if found.state != ImportState.DRAFT:
        return redirect("customers:import", pk)
    actor = Actor.of_request(request)
    require(actor, Right.INGEST, found.brand)
    if not found.digest or not found.header or checked(found, found.header)[1]:
        return redirect("customers:import", pk)
    context = _tried(request, found, trials.current(found)) | {"step": 3}
    return render(request, "customers/imports/try.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def rehearsal(request: HttpRequest, pk: int) -> HttpResponse:
    """What the first rows would do: a part of the third step. A POST asks a worker to find out,
    a GET looks how far that is."""
    found, now = found_or_404(request, pk), utc_now()
    actor = Actor.of_request(request)
    require(actor, Right.INGEST, found.brand)
    if found.state != ImportState.DRAFT:
        return redirect("customers:import", pk)
    trial = trials.ask(actor, found, now=now) if request.method == "POST" else trials.current(found)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("customers:import_try", pk)
    return render(request, "customers/imports/rehearsal.html", _tried(request, found, trial))


@login_required
@require_POST
def rehearsal_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop finding out what would happen."""
    found = found_or_404(request, pk)
    trials.stop(Actor.of_request(request), found)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("customers:import_try", pk)
    context = _tried(request, found, trials.current(found))
    return render(request, "customers/imports/rehearsal.html", context)


@login_required
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin with a draft, or go on with an import that was stopped or failed."""
    found, now = found_or_404(request, pk), utc_now()
    actor = Actor.of_request(request)
    require(actor, Right.INGEST, found.brand)
    again = request.POST.get("again") == "yes"
    try:
        if found.state == ImportState.DRAFT:
            with local(found.stored) as path:
                actions.complete(found, path)
            if not again and (before := loaded_before(found)):
                raise actions.AlreadyLoaded(before)
            with transaction.atomic():
                found = actions.create(actor, found, now=now)
                actions.start(actor, found, now=now, again=again)
        else:
            actions.go_on(actor, found, now=now)
    except actions.AlreadyLoaded as error:
        messages.error(request, str(error))
        return redirect("customers:import_try", pk)
    except ValueError as error:
        messages.error(request, str(error))
    except FileNotFoundError:
        messages.error(request, _("The file is no longer there. Bring it again."))
    return redirect("customers:import", found.pk)


@login_required
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop after the batch that is on its way."""
    actions.stop(Actor.of_request(request), found_or_404(request, pk), now=utc_now())
    return redirect("customers:import", pk)


@login_required
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    try:
        actions.discard(Actor.of_request(request), found_or_404(request, pk), now=utc_now())
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("customers:import", pk)
    messages.success(request, _("The draft and its file are gone."))
    return redirect("customers:imports")


@login_required
@require_GET
def refusals(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The refused rows as CSV, with their reasons; taking them is written down."""
    found, actor = found_or_404(request, pk), Actor.of_request(request)
    if not queries.sees_content(actor, found):
        raise PermissionDenied(
            _("The rows of a file are shown to whoever brought it, and to those who may see "
              "personal data.")
        )  # fmt: skip
    record(actor, "import.refusals", found, now=utc_now(), changes={"rows": [None, found.refused]})
    name = f"refused-{found.pk}.csv"
    return StreamingHttpResponse(
        refused_rows(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# helpers


def _tried(request: HttpRequest, found: Import, trial: ImportTrial | None) -> dict[str, Any]:
    """The trial as the third step shows it; None while nobody asked for one."""
    told = trial.before if trial else None
    return {
        "found": found,
        "trial": trial,
        "limit": ROWS,
        "most": min(found.lines or ROWS, ROWS),
        "is_lost": trial is not None and trials.is_lost(trial, utc_now()),
        "seen": trial.result if trial and trial.state == TrialState.DONE else None,
        "shows": queries.sees_content(Actor.of_request(request), found),
        "before": told if trial and trial.is_same else None,
        "said": say_before(told) if told else "",
    }


def _shown(request: HttpRequest, found: Import) -> dict[str, Any]:
    actor = Actor.of_request(request)
    segment = queries.segment_of(found)
    return {
        "found": found,
        "tone": queries.tone(found),
        "progress": queries.progress(found),
        "segment": segment,
        "kept": queries.refusals_kept(found),
        "first": found.refusals.order_by("line")[:10],
        "shows": queries.sees_content(actor, found),
        "may_import": may(actor, Right.INGEST, found.brand),
        "url": reverse("customers:import", args=[found.pk]),
    }
