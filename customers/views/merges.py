"""The queue of reviews, merging by hand and undoing."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, may
from customers.identity.merge import merge, unmerge
from customers.identity.reviews import decide_merge, keep_apart
from customers.models import Customer, Merge, MergeReview
from customers.queries import merges as queries
from customers.queries.people import name_of, people, sees_personal
from customers.scope import scope_of
from customers.views.parameters import identifier


@login_required
@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """Pairs who may be one customer, both sides shown."""
    actor = Actor.of_request(request)
    unmask = sees_personal(actor)
    pairs, after = queries.reviews(
        scope=scope_of(request), after=identifier(request, "after"), unmask=unmask
    )
    context = {
        "pairs": pairs,
        "after": after,
        "count": queries.count_reviews(),
        "unmask": unmask,
        "may_decide": may(actor, Right.EDIT_CUSTOMER, None),
    }
    return render(request, "customers/reviews.html", context)


@login_required
@require_POST
def decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Merge both sides, or keep them apart."""
    actor, now = Actor.of_request(request), utc_now()
    review = get_object_or_404(MergeReview, pk=pk)
    try:
        if verb == "merge":
            decide_merge(actor, review, now=now)
            messages.success(request, _("Merged. It can be undone on the customer's page."))
        else:
            keep_apart(actor, review, now=now)
            messages.success(request, _("Kept apart. No fact joins the two any more."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("customers:reviews")


@login_required
@require_GET
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Search for the other customer to merge with this one."""
    found = get_object_or_404(Customer, pk=pk, merged_into__isnull=True, erased_at__isnull=True)
    actor = Actor.of_request(request)
    unmask = sees_personal(actor)
    q = request.GET.get("q", "")[:320]
    rows = people(scope=scope_of(request), q=q, unmask=unmask).rows if q.strip() else []
    context = {
        "customer": found,
        "name": name_of(found, unmask=unmask),
        "q": q,
        "rows": [row for row in rows if row.customer.pk != found.pk],
        "unmask": unmask,
        "may_decide": may(actor, Right.EDIT_CUSTOMER, None),
    }
    return render(request, "customers/merge.html", context)


@login_required
@require_POST
def merge_two(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Merge two customers by hand."""
    one, two = get_object_or_404(Customer, pk=pk), get_object_or_404(Customer, pk=other)
    try:
        done = merge(Actor.of_request(request), one, two, now=utc_now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("customers:detail", pk)
    messages.success(request, _("Merged. It can be undone here."))
    return redirect("customers:detail", done.kept_id)


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a merge."""
    found = get_object_or_404(Merge, pk=pk)
    try:
        unmerge(Actor.of_request(request), found, now=utc_now())
        messages.success(request, _("Unmerged. Both are as they were before."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("customers:detail", found.kept_id)
