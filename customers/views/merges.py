"""Merging by hand, what a merge did, and undoing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, may
from customers.access.people import allowed, shown, shown_now, sight_of
from customers.actions import personal
from customers.identity.merge import later_merge, merge, unmerge
from customers.models import Attribute, Customer, DisclosureReason, Merge
from customers.profile.comparing import Both, compare, older_first
from customers.queries import merges as queries
from customers.queries.listing import people
from customers.queries.people import describe, name_of
from customers.queries.search import searched
from customers.scope import scope_of
from customers.views.undoing import tell


@login_required
@require_GET
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Search for the other customer to merge with this one."""
    found = get_object_or_404(Customer, pk=pk, merged_into__isnull=True, erased_at__isnull=True)
    actor = Actor.of_request(request)
    sight, unmask = sight_of(actor), shown_now(actor, utc_now())
    q = searched(request.GET.get("q", ""))
    rows = people(scope=scope_of(request), q=q, sight=sight, shown=unmask).rows if q else []
    context = {
        "customer": found,
        "name": name_of(found, unmask=unmask.of(found)),
        "q": q,
        "rows": [row for row in rows if row.customer.pk != found.pk],
        "is_herself": [row.customer.pk for row in rows] == [found.pk],
        "sight": sight,
        "may_decide": may(actor, Right.EDIT_CUSTOMER, None),
    }
    return render(request, "customers/merge.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def merge_two(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Look at two customers side by side, and merge them by hand."""
    one, two = get_object_or_404(Customer, pk=pk), get_object_or_404(Customer, pk=other)
    if request.method == "POST":
        try:
            done = merge(Actor.of_request(request), one, two, now=utc_now())
        except ValidationError as error:
            messages.error(request, error.messages[0])
            return redirect("customers:detail", pk)
        words = _("%(other)s is part of %(kept)s now.") % {
            "other": done.other.reference,
            "kept": done.kept.reference,
        }
        tell(request, words, undo=reverse("customers:unmerge", args=[done.pk]))
        return redirect("customers:detail", done.kept_id)
    if one.pk == two.pk or any(each.merged_into_id or each.erased_at for each in (one, two)):
        messages.error(
            request, _("The two are one customer, or one of them is not there any more.")
        )
        return redirect("customers:detail", pk)
    context = side_by_side(request, one, two) | {"one": one, "two": two}
    return render(request, "customers/merge_two.html", context)


@login_required
@require_POST
def reveal(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Show the personal data of both sides of a comparison by hand."""
    one, two = get_object_or_404(Customer, pk=pk), get_object_or_404(Customer, pk=other)
    show_both(request, one, two)
    return redirect("customers:merge_two", pk, other)


@login_required
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """What a merge did, and what undoing it would do. Counts are of the whole group, so only who
    sees the whole group sees them."""
    found = get_object_or_404(
        Merge.objects.select_related("kept", "other", "by", "undone_by"), pk=pk
    )
    actor, scope = Actor.of_request(request), scope_of(request)
    unmask = shown_now(actor, utc_now())
    sees_all = may(actor, Right.SEE, None)
    codes = queries.attributes_changed(found)
    titles = {each.code: each.title for each in Attribute.objects.filter(code__in=codes)}
    kept, other = describe([found.kept, found.other], scope=scope, unmask=unmask)
    context = {
        "merge": found,
        "kept": kept,
        "other": other,
        "both": [kept, other],
        "moved": queries.moved_by(found) if sees_all else [],
        "changed": [titles.get(code, code) for code in codes] if sees_all else [],
        "since": queries.came_since(found) if sees_all and not found.undone_at else [],
        "later": None if found.undone_at else later_merge(found),
        "may_decide": may(actor, Right.EDIT_CUSTOMER, None),
    }
    return render(request, "customers/merge_done.html", context)


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a merge."""
    found = get_object_or_404(Merge, pk=pk)
    try:
        unmerge(Actor.of_request(request), found, now=utc_now())
        messages.success(
            request, _("Both are as they were before. No fact joins the two any more.")
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("customers:merge_done", found.pk)


# helpers


def side_by_side(request: HttpRequest, one: Customer, two: Customer) -> dict[str, Any]:
    """What the page needs that compares two customers. Both are masked until the reader says that
    she needs to see them."""
    actor, now = Actor.of_request(request), utc_now()
    kept, other = older_first(one, two)
    seen = shown(actor, [kept, other], now)
    both = Both(kept, other, scope_of(request), now, frozenset(seen))
    return {
        "both": both,
        "kept": {"customer": kept, "name": name_of(kept, unmask=kept.pk in seen)},
        "other": {"customer": other, "name": name_of(other, unmask=other.pk in seen)},
        "blocks": compare(both),
        "may_show": len(allowed(actor, Right.SEE_PERSONAL, [kept, other])) == len(both.ids),
        "may_decide": may(actor, Right.EDIT_CUSTOMER, None),
    }


def show_both(request: HttpRequest, one: Customer, two: Customer) -> None:
    """Show the personal data of both for a quarter of an hour; the audit log says what for."""
    actor, now = Actor.of_request(request), utc_now()
    words = _("Compared %(one)s and %(two)s, to tell whether they are one person.")
    note = words % {"one": one.reference, "two": two.reference}
    with transaction.atomic():
        for each in (one, two):
            personal.show(actor, each, reason=DisclosureReason.CORRECTION, note=note, now=now)
