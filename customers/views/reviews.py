"""The queue of pairs who may be one customer: look, decide, go on to the next."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, may
from customers.access.people import shown_now, sight_of
from customers.identity.reviews import decide_merge, keep_apart, take_back
from customers.models import Customer, MergeReview, ReviewState
from customers.queries import reviews as queries
from customers.queries.reviews import AGES, Wanted
from customers.scope import Scope, scope_of
from customers.views.merges import show_both, side_by_side
from customers.views.parameters import identifier
from customers.views.undoing import tell


@login_required
@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """Pairs who may be one customer, by brand, limit and age."""
    actor, scope, now = Actor.of_request(request), scope_of(request), utc_now()
    wanted = wanted_of(request, scope)
    pairs, after = queries.queue(
        scope, wanted, now=now, after=identifier(request, "after"), unmask=shown_now(actor, now)
    )
    context = {
        "pairs": pairs,
        "after": after,
        "count": queries.count_reviews(scope, now),
        "fitting": queries.open_reviews(scope, wanted, now).count(),
        "wanted": wanted,
        "query": address_part(wanted),
        "reasons": sorted(queries.namespaces().values(), key=lambda each: each.title.casefold()),
        "ages": [(code, name) for code, (name, _span, _older) in AGES.items()],
        "decided": queries.decided(scope),
        "sight": sight_of(actor),
        "may_decide": may(actor, Right.EDIT_CUSTOMER, None),
    }
    return render(request, "customers/reviews.html", context)


@login_required
@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One pair side by side, to be decided; of a decided one what was decided."""
    scope, now = scope_of(request), utc_now()
    wanted = wanted_of(request, scope)
    found = get_object_or_404(
        queries.of_scope(scope).select_related("one", "two", "brand", "decided_by", "merge"), pk=pk
    )
    sides = [each.merged_into or each for each in (found.one, found.two)]
    if found.state != ReviewState.OPEN or sides[0] == sides[1]:
        return _is_over(request, found)
    rows = queries.open_reviews(scope, wanted, now)
    behind = queries.next_review(scope, wanted, now=now, behind=pk)
    context = side_by_side(request, *sides) | {
        "review": found,
        "source": queries.source_names([found]).get(found.source, found.source),
        "limit": queries.say_limit(found, (sides[0].pk, sides[1].pk)),
        "left": rows.count(),
        "query": address_part(wanted),
        "skip": _address(behind, wanted),
    }
    return render(request, "customers/review.html", context)


@login_required
@require_POST
def decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Merge both sides, or keep them apart, and go on to the next pair."""
    actor, scope, now = Actor.of_request(request), scope_of(request), utc_now()
    found = get_object_or_404(queries.of_scope(scope), pk=pk)
    wanted = wanted_of(request, scope)
    behind = queries.next_review(scope, wanted, now=now, behind=pk)
    try:
        if verb == "merge":
            done = decide_merge(actor, found, now=now)
            words = _("%(other)s is part of %(kept)s now.") % {
                "other": done.other.reference,
                "kept": done.kept.reference,
            }
        else:
            keep_apart(actor, found, now=now)
            words = _("Kept apart. No fact joins the two any more.")
        back = reverse("customers:review_back", args=[pk])
        tell(request, words, undo=f"{back}{address_part(wanted)}")
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect(_address(behind, wanted))


@login_required
@require_POST
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a decision; the pair is to be decided again."""
    scope = scope_of(request)
    found = get_object_or_404(queries.of_scope(scope), pk=pk)
    wanted = wanted_of(request, scope)
    try:
        take_back(Actor.of_request(request), found, now=utc_now())
        messages.success(request, _("Undone. The pair is to be decided again."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("customers:reviews")
    return redirect(_address(found, wanted))


@login_required
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the personal data of both sides of a pair."""
    scope = scope_of(request)
    found = get_object_or_404(queries.of_scope(scope).select_related("one", "two"), pk=pk)
    sides = [each.merged_into or each for each in (found.one, found.two)]
    show_both(request, sides[0], sides[1])
    return redirect(_address(found, wanted_of(request, scope)))


# helpers


def wanted_of(request: HttpRequest, scope: Scope) -> Wanted:
    """The filters in the address; what is unknown counts as nothing."""
    brand = identifier(request, "brand")
    age, reason = request.GET.get("age", ""), request.GET.get("reason", "")[:40]
    return Wanted(
        brand if brand in scope.brand_ids else None,
        reason if reason in queries.namespaces() else "",
        age if age in AGES else "",
    )


def address_part(wanted: Wanted) -> str:
    """The filters as the part of an address from "?" on, or nothing."""
    given = {"brand": wanted.brand, "reason": wanted.reason, "age": wanted.age}
    said = urlencode({name: value for name, value in given.items() if value})
    return f"?{said}" if said else ""


def _address(review: MergeReview | None, wanted: Wanted) -> str:
    if review is None:
        return reverse("customers:reviews") + address_part(wanted)
    return reverse("customers:review", args=[review.pk]) + address_part(wanted)


def _is_over(request: HttpRequest, found: MergeReview) -> HttpResponse:
    """Somebody was quicker, or the address is an old one."""
    people = {
        each.pk: each for each in Customer.objects.filter(pk__in=[found.one_id, found.two_id])
    }
    context = {
        "review": found,
        "sides": [people[found.one_id], people[found.two_id]],
        "query": address_part(wanted_of(request, scope_of(request))),
        "may_decide": may(Actor.of_request(request), Right.EDIT_CUSTOMER, None),
    }
    return render(request, "customers/review_over.html", context)
