"""Saved views of the list of customers: kept and removed."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config.clock import utc_now
from customers.access import Actor
from customers.actions import views as actions
from customers.models import Brand, User
from customers.queries.views import kept, views_of
from customers.scope import scope_of


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters, columns and order of the list under a name."""
    actor, query = Actor.of_request(request), QueryDict(request.POST.get("query", "")[:4000])
    brand = None
    if code := request.POST.get("brand", ""):
        brand = Brand.objects.filter(code=code[:40].replace("\x00", "")).first()
    try:
        view = actions.save_view(
            actor, name=request.POST.get("name", ""), query=query, brand=brand, now=utc_now()
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(f"{reverse('customers:list')}?{kept(query)}")
    messages.success(request, _("The view is kept."))
    return redirect(f"{reverse('customers:list')}?view={view.pk}")


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a saved view; the customers stay as they are."""
    scope = scope_of(request)
    view = get_object_or_404(views_of(cast(User, request.user), scope), pk=pk)
    actions.delete_view(Actor.of_request(request), view, now=utc_now())
    messages.success(request, _("The view is removed."))
    return redirect("customers:list")
