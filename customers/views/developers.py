"""The page for developers: the first event in five minutes, keys, and what arrives."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from config.clock import utc_now
from customers.access import Actor, Right, brands_of, keys, may
from customers.api.authentication import CALLS_PER_MINUTE
from customers.forms.keys import SCOPES, KeyForm, RotateForm
from customers.models import ApiKey
from customers.queries import developers as queries
from customers.queries.catalogue import lately_aside, latest_refused
from customers.queries.reference import topics as reference_topics
from customers.scope import scope_of

PLACEHOLDER = "wp_…"


@login_required
@never_cache
def developers(request: HttpRequest) -> HttpResponse:
    """GET shows the page, POST makes a key, which stands in the answer and nowhere else."""
    actor = Actor.of_request(request)
    brands = brands_of(actor, Right.USE_KEYS)
    form = KeyForm(request.POST or None, brands=brands)
    token = ""
    if request.method == "POST" and form.is_valid():
        _key, token = keys.create(
            actor,
            form.cleaned_data["brand"],
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(utc_now()),
            now=utc_now(),
        )
        form = KeyForm(None, brands=brands)
    context = {
        "tab": "first",
        "form": form,
        "may_make": brands.exists(),
        "token": token,
        "shown_token": token or PLACEHOLDER,
        "host": settings.PUBLIC_URL,
        "url": f"{settings.PUBLIC_URL}/api/v1/events",
        "keys": queries.keys_of(scope_of(request)),
        "types": queries.event_types()[:50],
        "now": utc_now(),
        **_live(request),
    }
    status = 422 if form.errors else 200
    return render(request, "customers/developers/developers.html", context, status=status)


@login_required
def reference(request: HttpRequest) -> HttpResponse:
    """Every call of the API, as the OpenAPI document has it."""
    topics = reference_topics()
    context = {
        "tab": "reference",
        "topics": topics,
        "count": sum(len(topic.operations) for topic in topics),
        "host": settings.PUBLIC_URL,
    }
    return render(request, "customers/developers/reference.html", context)


@login_required
def live(request: HttpRequest) -> HttpResponse:
    """What arrived last; the page asks for it every few seconds."""
    return render(request, "customers/developers/live.html", _live(request))


@login_required
@never_cache
def key(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows a key without its secret, POST gives it a new one, which stands in the answer."""
    found = _key_of(request, pk)
    actor, now = Actor.of_request(request), utc_now()
    form, token = RotateForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            token = keys.rotate(actor, found, until=form.until(now), now=now)
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            form = RotateForm()
    has_ended = found.expires_at is not None and found.expires_at <= now
    context = {
        "key": found,
        "token": token,
        "form": form,
        "scopes": [words for scope, words in SCOPES if scope in found.scopes],
        "most": found.calls_per_minute or CALLS_PER_MINUTE,
        "has_ended": has_ended,
        "opens": not has_ended and found.revoked_at is None,
        "old_works": found.old_until is not None and found.old_until > now,
        "may_make": may(actor, Right.USE_KEYS, found.brand),
    }
    status = 422 if form.errors else 200
    return render(request, "customers/developers/key.html", context, status=status)


@login_required
@require_POST
def end_old(request: HttpRequest, pk: int) -> HttpResponse:
    """End the old secret of a renewed key."""
    found = _key_of(request, pk)
    if keys.end_old(Actor.of_request(request), found, now=utc_now()):
        words = _("The old secret of “%(name)s” opens nothing any more.")
        messages.success(request, words % {"name": found.name})
    return redirect("customers:key", pk)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key for good."""
    found = _key_of(request, pk)
    keys.revoke(Actor.of_request(request), found, now=utc_now())
    words = _("The key “%(name)s” opens nothing any more.")
    messages.success(request, words % {"name": found.name})
    return redirect("customers:developers")


# helpers


def _key_of(request: HttpRequest, pk: int) -> ApiKey:
    rows = ApiKey.objects.select_related("brand", "created_by")
    return get_object_or_404(rows, pk=pk, brand__in=scope_of(request).brand_ids)


def _live(request: HttpRequest) -> dict[str, object]:
    scope = scope_of(request)
    return {
        "events": queries.latest_events(scope, utc_now()),
        "aside": lately_aside(scope.brand_ids, utc_now()),
        "refused": latest_refused(scope.brand_ids) if _may_send(request) else [],
    }


def _may_send(request: HttpRequest) -> bool:
    """Whether the reader may see the words of a refusal, which quote what was sent."""
    return brands_of(Actor.of_request(request), Right.INGEST).exists()
