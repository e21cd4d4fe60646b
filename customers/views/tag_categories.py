"""The tree of tag categories: made, named, moved, put in order, removed when empty."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.clock import utc_now
from customers.access import Actor, Right, may, require
from customers.actions import tag_categories as actions
from customers.forms.tag_categories import CHINESE, CategoryForm
from customers.models import TagCategory
from customers.tags.tree import in_order


@login_required
@require_GET
def categories(request: HttpRequest) -> HttpResponse:
    """The whole tree."""
    found = TagCategory.objects.annotate(held=Count("tags", distinct=True))
    context = {
        "branches": in_order(found),
        "may_edit": may(Actor.of_request(request), Right.EDIT, None),
    }
    return render(request, "customers/tag_categories.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new category, or the name and place of one."""
    actor, now = Actor.of_request(request), utc_now()
    require(actor, Right.EDIT, None)
    category = get_object_or_404(TagCategory, pk=pk) if pk else None
    form = CategoryForm(request.POST or None, category=category, initial=_initial(category))
    if request.method == "POST" and form.is_valid():
        name, names, parent = form.cleaned_data["name"], form.names, form.chosen
        try:
            if category is None:
                actions.create(actor, name=name, names=names, parent=parent, now=now)
            else:
                others = {k: v for k, v in category.names.items() if k != CHINESE}
                actions.change(
                    actor, category, name=name, names=others | names, parent=parent, now=now
                )
        except ValidationError as error:
            by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            for field, texts in by_field.items():
                form.add_error(field if field in form.fields else None, texts)
        else:
            messages.success(request, _("The category is saved."))
            return redirect("customers:tag_categories")
    status = 422 if form.is_bound else 200
    context = {"form": form, "category": category}
    return render(request, "customers/tag_category.html", context, status=status)


@login_required
@require_POST
def shift(request: HttpRequest, pk: int, way: str) -> HttpResponse:
    """Change places with the sibling above or below."""
    category = get_object_or_404(TagCategory, pk=pk)
    actor = Actor.of_request(request)
    actions.shift(actor, category, "up" if way == "up" else "down", now=utc_now())
    return redirect("customers:tag_categories")


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an empty category."""
    category = get_object_or_404(TagCategory, pk=pk)
    name = category.title
    try:
        actions.remove(Actor.of_request(request), category, now=utc_now())
        messages.success(request, _("The category “%(name)s” is removed.") % {"name": name})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("customers:tag_categories")


# helpers


def _initial(category: TagCategory | None) -> dict[str, object]:
    if category is None:
        return {}
    return {
        "name": category.name,
        "chinese": category.names.get(CHINESE, ""),
        "parent": str(category.parent_id or ""),
    }
