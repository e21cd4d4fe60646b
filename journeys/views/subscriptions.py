"""Webhooks out: which systems are told what, every call with its fate, and trying them out."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from config.clock import utc_now
from customers.access import Actor, Right, brands_of, may
from customers.formats import number
from customers.models import Brand
from customers.scope import scope_of
from journeys.actions import subscriptions as actions
from journeys.forms.subscriptions import CheckForm, SecretForm, SubscriptionForm
from journeys.models import CallState, Delivery, Subscription, Topic
from journeys.queries import subscriptions as queries
from journeys.subscriptions.deliver import body_of

PER_PAGE = 50


@login_required
@never_cache
def listing(request: HttpRequest) -> HttpResponse:
    """GET shows who is told what; POST subscribes and shows the secret this once."""
    actor, scope, now = Actor.of_request(request), scope_of(request), utc_now()
    brands = list(brands_of(actor, Right.SET_CHANNEL).filter(pk__in=scope.brand_ids))
    brand = _chosen(request, brands)
    form = SubscriptionForm(request.POST or None, brand=brand) if brand else None
    secret = ""
    if request.method == "POST" and brand and form and form.is_valid():
        try:
            _made, secret = actions.subscribe(actor, brand, form.wanted(), now=now)
        except ValidationError as error:
            _put(form, error)
        else:
            form = SubscriptionForm(None, brand=brand)
    context = {
        "tab": "webhooks",
        "rows": queries.subscriptions(scope.brand_ids, now),
        "brands": brands,
        "brand": brand,
        "form": form,
        "secret": secret,
    }
    status = 422 if form and form.errors else 200
    return render(request, "journeys/subscriptions/list.html", context, status=status)


@login_required
@never_cache
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows one with its log; POST changes what it is told."""
    held = _of(request, pk)
    actor, now = Actor.of_request(request), utc_now()
    brand = held.webhook.brand
    form = SubscriptionForm(request.POST or None, brand=brand, subscription=held)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(actor, held, form.wanted(), now=now)
        except ValidationError as error:
            _put(form, error)
        else:
            messages.success(request, _("“%(name)s” is told so from now on.")
                             % {"name": form.cleaned_data["name"]})  # fmt: skip
            return redirect("journeys:subscription", pk)
    status = 422 if form.errors else 200
    return _page(request, held, form, status=status)


@login_required
@never_cache
@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, shown this once; the old one signs too for a while."""
    held = _of(request, pk)
    form, now = SecretForm(request.POST), utc_now()
    secret = ""
    if form.is_valid():
        try:
            secret = actions.renew_secret(
                Actor.of_request(request), held.webhook, until=form.until(now), now=now
            )
        except ValidationError as error:
            form.add_error("overlap", error.messages)
    settings = SubscriptionForm(None, brand=held.webhook.brand, subscription=held)
    held.webhook.refresh_from_db()
    return _page(
        request, held, settings, secret=secret, secret_form=form, status=200 if secret else 422
    )


@login_required
@never_cache
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether a call that the other side has got was ours."""
    held, form = _of(request, pk), CheckForm(request.POST)
    verdict: tuple[bool, str] | None = None
    if form.is_valid():
        # A browser sends every line end of a textarea as CR LF.
        body = form.cleaned_data["body"].replace("\r\n", "\n").encode()
        actor = Actor.of_request(request)
        verdict = actions.check_call(actor, held.webhook, form.named(), body, now=utc_now())
    settings = SubscriptionForm(None, brand=held.webhook.brand, subscription=held)
    status = 200 if verdict else 422
    return _page(request, held, settings, check_form=form, verdict=verdict, status=status)


@login_required
@require_POST
def turn(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Switch it on or off, send a test, send again what was given up, or end it."""
    held, actor, now = _of(request, pk), Actor.of_request(request), utc_now()
    match verb:
        case "on" | "off":
            actions.switch(actor, held, on=verb == "on", now=now)
        case "test":
            actions.send_test(actor, held, now=now)
            messages.success(request, _("A test is on its way; it stands first in the log."))
        case "replay":
            count = actions.replay_failed(actor, held, now=now)
            words = ngettext("%(n)s call goes again.", "%(n)s calls go again.", count)
            messages.success(request, words % {"n": number(count)})
        case "end":
            actions.unsubscribe(actor, held, now=now)
            messages.success(request, _("“%(name)s” is told nothing any more.") % {"name": held})
            return redirect("journeys:subscriptions")
        case _:
            raise Http404
    return redirect("journeys:subscription", pk)


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Make one call again."""
    rows = Delivery.objects.select_related("subscription__webhook__brand")
    call = get_object_or_404(
        rows, pk=pk, subscription__webhook__brand__in=scope_of(request).brand_ids
    )
    actions.replay(Actor.of_request(request), call, now=utc_now())
    return redirect("journeys:subscription", call.subscription_id)


@login_required
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """The calls of a subscription; asks again while some are on their way."""
    return render(request, "journeys/subscriptions/log.html", _log(request, _of(request, pk)))


# helpers


def _of(request: HttpRequest, pk: int) -> Subscription:
    rows = Subscription.objects.select_related("webhook__brand")
    return get_object_or_404(rows, pk=pk, webhook__brand__in=scope_of(request).brand_ids)


def _chosen(request: HttpRequest, brands: list[Brand]) -> Brand | None:
    code = request.POST.get("brand") or request.GET.get("brand")
    return next((brand for brand in brands if brand.code == code), brands[0] if brands else None)


def _put(form: SubscriptionForm, error: ValidationError) -> None:
    for name, texts in error.message_dict.items():
        form.add_error(name if name in form.fields else None, texts)


def _page(
    request: HttpRequest,
    held: Subscription,
    form: SubscriptionForm,
    *,
    secret: str = "",
    secret_form: SecretForm | None = None,
    check_form: CheckForm | None = None,
    verdict: tuple[bool, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = utc_now()
    webhook = held.webhook
    example = body_of(Topic.SEGMENT_ENTERED.value, now, [
        {"customer": {"id": 1, "user_id": ["u-1"]}, "segment": "gold_members"}
    ])  # fmt: skip
    context = {
        "held": held,
        "form": form,
        "secret": secret,
        "secret_form": secret_form or SecretForm(),
        "check_form": check_form or CheckForm(),
        "verdict": verdict,
        "old_works": webhook.old_until is not None and webhook.old_until > now,
        "topics": [words for topic, words in Topic.choices if topic in held.topics],
        "may_set": may(Actor.of_request(request), Right.SET_CHANNEL, webhook.brand),
        "example": json.dumps(example, indent=1),
        **_log(request, held),
    }
    return render(request, "journeys/subscriptions/detail.html", context, status=status)


def _log(request: HttpRequest, held: Subscription) -> dict[str, Any]:
    state = request.GET.get("state", "")
    after = request.GET.get("after", "")
    calls = queries.log(
        held,
        state if state in CallState.values else "",
        int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else None,
    )
    return {
        "held": held,
        "state": state,
        "states": CallState.choices,
        "calls": calls[:PER_PAGE],
        "next": calls[PER_PAGE - 1].pk if len(calls) > PER_PAGE else "",
        "counts": queries.counts(held),
        "may_set": may(Actor.of_request(request), Right.SET_CHANNEL, held.webhook.brand),
    }
