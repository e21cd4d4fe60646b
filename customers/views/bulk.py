"""Something for many customers at once: confirm it with its number, see how far it is."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from customers.access import Actor
from customers.actions import bulk as actions
from customers.jobs import Selection, run
from customers.jobs.files import pieces
from customers.models import BulkJob, JobKind, JobState, Segment, SegmentKind, TagKind, User
from customers.queries import jobs as queries
from customers.queries import tags as tag_queries
from customers.queries.columns import chosen, columns_of
from customers.queries.filters import Choices
from customers.queries.views import kept
from customers.scope import Scope, scope_of
from customers.views.parameters import identifier

# So many are done while one waits; more in the background.
AT_ONCE = 500
GIVEN = ("tag", "value", "segment", "name", "format", "masked")


@login_required
@require_POST
def choose(request: HttpRequest, error: str = "") -> HttpResponse:
    """Ask once: what exactly, and to how many."""
    kind, selection = _kind(request), Selection.read(request.POST)
    if kind is None:
        return redirect("customers:list")
    actor, scope, now = Actor.of_request(request), scope_of(request), utc_now()
    count, left_out = actions.how_many(actor, kind, selection, scope, now=now)
    context = {
        "kind": kind.value,
        "count": count,
        "left_out": left_out,
        "selection": selection,
        "error": error,
        "given": request.POST,
        "back": QueryDict(selection.query).urlencode(),
        "columns": chosen(QueryDict(selection.query).getlist("col"), columns_of(Choices.of(scope))),
        "at_once": AT_ONCE,
    } | _choices(kind, scope)
    return render(request, "customers/bulk.html", context, status=422 if error else 200)


@login_required
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Begin what was confirmed; a small one is done at once."""
    kind, selection = _kind(request), Selection.read(request.POST)
    if kind is None:
        return redirect("customers:list")
    text = request.POST.get("confirmed", "")
    given: dict[str, Any] = {name: request.POST.get(name, "") for name in GIVEN}
    given["columns"] = QueryDict(selection.query).getlist("col")
    try:
        job = actions.start(
            Actor.of_request(request), kind, selection, scope_of(request),
            confirmed=int(text) if text.isascii() and text.isdigit() and len(text) < 13 else 0,
            given=given, now=utc_now(),
        )  # fmt: skip
    except ValidationError as error:
        return choose(request, error=error.messages[0])
    if job.total <= AT_ONCE:
        run(job.pk, clock=utc_now, seconds=10)
        job.refresh_from_db()
    if job.state == JobState.DONE and kind != JobKind.EXPORT:
        messages.success(request, _("Done: %(what)s.") % {"what": job.what})
        return redirect(f"{reverse('customers:list')}?{kept(QueryDict(selection.query))}")
    return redirect("customers:job", job.pk)


@login_required
@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """The reader's exports and bulk changes."""
    rows, after = queries.page_of(cast(User, request.user), identifier(request, "after"))
    context = {"rows": rows, "after": after, "now": utc_now()}
    return render(request, "customers/jobs.html", context)


@login_required
@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far one of them is; asks again by itself while it runs."""
    found = _mine(request, pk)
    part = "customers/job_live.html" if request.htmx else "customers/job.html"  # type: ignore[attr-defined]
    return render(request, part, {"job": found, "now": utc_now(), "is_alone": True})


@login_required
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Stop it, let it go on, or remove its file."""
    found, actor, now = _mine(request, pk), Actor.of_request(request), utc_now()
    if verb == "stop":
        actions.stop(actor, found, now=now)
    elif verb == "go":
        actions.go_on(actor, found, now=now)
    else:
        actions.delete_file(actor, found, now=now)
        messages.success(request, _("The file is removed."))
        return redirect("customers:jobs")
    return redirect("customers:job", pk)


@login_required
@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """The file of an export, as a stream."""
    found, now = _mine(request, pk), utc_now()
    try:
        actions.download(Actor.of_request(request), found, now=now)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("customers:job", pk)
    is_sheet = found.options["format"] == "xlsx"
    kind = (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        if is_sheet
        else "text/csv; charset=utf-8"
    )
    name = f"customers-{timezone.localtime(found.created_at):%Y%m%d-%H%M}"
    answer = StreamingHttpResponse(pieces(found), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{"xlsx" if is_sheet else "csv"}"'
    answer["Content-Length"] = str(found.size)
    answer["Cache-Control"] = "no-store"
    return answer


# helpers


def _kind(request: HttpRequest) -> JobKind | None:
    text = request.POST.get("act", "")
    return JobKind(text) if text in JobKind.values else None


def _mine(request: HttpRequest, pk: int) -> BulkJob:
    return get_object_or_404(queries.jobs_of(cast(User, request.user)), pk=pk)


def _choices(kind: JobKind, scope: Scope) -> dict[str, Any]:
    if kind in (JobKind.TAG, JobKind.UNTAG):
        tags = tag_queries.visible(scope).filter(kind=TagKind.ASSIGNED)
        return {"tags": tags.order_by("name")}
    if kind == JobKind.LIST:
        mine = Q(brand__isnull=True) | Q(brand__in=scope.brand_ids)
        return {"lists": Segment.objects.filter(mine, kind=SegmentKind.LIST).order_by("name")}
    return {}
