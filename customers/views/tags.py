"""The shelves of tags, and the page of one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from config.clock import utc_now
from customers.queries import people
from customers.queries import tags as queries
from customers.scope import scope_of


@login_required
def tags(request: HttpRequest) -> HttpResponse:
    """All tags of the brands in scope with their coverage."""
    shelves = queries.by_category(scope_of(request))
    context = {
        "shelves": shelves,
        "count": sum(len(rows) for _name, rows in shelves),
        "total": people.count_people(),
    }
    return render(request, "customers/tags.html", context)


@login_required
def tag(request: HttpRequest, pk: int) -> HttpResponse:
    """What a tag says, who has it, and how its values are spread."""
    found = get_object_or_404(queries.visible(scope_of(request)), pk=pk)
    rows = queries.distribution(found)
    came, went = queries.changes_since(found, utc_now())
    context = {
        "tag": found,
        "customers": queries.coverage(found),
        "total": people.count_people(),
        "rows": rows,
        "most": max((row["value"] for row in rows), default=0),
        "came": came,
        "went": went,
    }
    return render(request, "customers/tag.html", context)
