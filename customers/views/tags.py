"""The list of tags, and the page of one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.access.people import shown_now, sight_of
from customers.actions import tag_counts
from customers.models import Customer, TagKind, TagSettings
from customers.queries import people
from customers.queries.tags import Filters, changes, listing, page, visible
from customers.scope import scope_of
from customers.tags.definition import read_definition, say
from customers.tags.evaluation.words import say_parts, say_score
from customers.views.parameters import identifier

FLAGS = (
    ("stale", gettext_lazy("Stale")),
    ("unused", gettext_lazy("Unused")),
    ("failing", gettext_lazy("Failing")),
)


@login_required
@require_GET
def tags(request: HttpRequest) -> HttpResponse:
    """All tags of the brands in scope, in the order of the tree, with figures and flags."""
    scope = scope_of(request)
    filters = Filters(
        *(
            request.GET.get(name, "").strip().replace("\x00", "")[:120]
            for name in ("q", "kind", "category", "flag", "brand")
        )
    )
    found = listing.listing(scope, filters, request.GET.get("page"))
    context = {
        "found": found,
        "filters": filters,
        "kinds": TagKind.choices,
        "flags": FLAGS,
        "words": _flagged(found.flagged),
        "total": people.count_people(),
        "may_make": brands_of(Actor.of_request(request), Right.EDIT).exists(),
        "may_weigh": may(Actor.of_request(request), Right.SET_POLICY, None),
    }
    return render(request, "customers/tags.html", context)


@login_required
@require_GET
def tag(request: HttpRequest, pk: int) -> HttpResponse:
    """What a tag says and how it comes about, who has it, since when, and who uses it."""
    scope, now = scope_of(request), utc_now()
    found = get_object_or_404(visible(scope), pk=pk)
    definition, problems = read_definition(found.definition)
    measure, rows = page.measure_of(found), page.spread(found)
    settings = TagSettings.current()
    context = {
        "tag": found,
        "measure": measure,
        "flags": listing.flags_of(measure),
        "how": say(definition) if definition else problems[0].text,
        "total": people.count_people(),
        "rows": rows,
        "most": max((row.value for row in rows), default=0),
        "trend": page.trend(found, now),
        "uses": page.uses(found, scope),
        "runs": page.runs(found),
        "parts": say_parts(found, measure, settings) if measure else [],
        "why": say_score(measure, settings) if measure else "",
        "may_edit": may(Actor.of_request(request), Right.EDIT, found.brand),
    }
    return render(request, "customers/tag.html", context)


@login_required
@require_GET
def tag_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """What came and went, of everybody or of one customer."""
    scope = scope_of(request)
    found = get_object_or_404(visible(scope), pk=pk)
    actor = Actor.of_request(request)
    unmask = shown_now(actor, utc_now())
    of = identifier(request, "customer")
    customer = Customer.objects.filter(pk=of).first() if of else None
    context = {
        "tag": found,
        "customer": customer,
        "name": people.name_of(customer, unmask=unmask.of(customer)) if customer else "",
        "sight": sight_of(actor),
        "changes": changes.changes(
            found,
            unmask=unmask,
            customer=of,
            after=changes.read_after(request.GET.get("after", "")),
        ),
    }
    return render(request, "customers/tag_changes.html", context)


@login_required
@require_POST
def recount(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a count; a worker does it."""
    found = get_object_or_404(visible(scope_of(request)), pk=pk)
    tag_counts.recount(Actor.of_request(request), found, now=utc_now())
    messages.success(request, _("The count is asked for. Load the page again in a moment."))
    return redirect("customers:tag", found.pk)


# helpers


def _flagged(flagged: dict[str, int]) -> list[str]:
    """Parts of the sentence: "2 stale", "5 unused"."""
    words = {
        "stale": ngettext("%(n)d is stale", "%(n)d are stale", flagged["stale"]),
        "unused": ngettext("%(n)d is unused", "%(n)d are unused", flagged["unused"]),
        "failing": ngettext("%(n)d is failing", "%(n)d are failing", flagged["failing"]),
    }
    return [words[flag] % {"n": n} for flag, n in flagged.items() if n]
