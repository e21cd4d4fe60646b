"""The pages that links in messages open: unsubscribe, preferences, confirm. Nobody signs in.

The signed link is the credential, and no cookie is asked for: there is nothing that another site
could borrow, so CSRF tokens are not needed. Fetching a page changes nothing.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.consents.choices import GOOD_FOR, KIND_OF, choose, stop_all, ways_of
from campaigns.consents.confirming import confirm as confirm_consent
from campaigns.consents.confirming import standing_of
from campaigns.consents.pages import SAMPLE, pages_of
from campaigns.consents.say import Said, purpose_of, say
from campaigns.models import Message
from campaigns.tokens import Forged, Kind, read
from config.clock import utc_now
from customers.formats import masked
from customers.models import ConsentState, Purpose

ONE_CLICK = "One-Click"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks. POST says no: from a mail program by one click (RFC 8058), or from the page."""
    message = _message(token, Kind.UNSUBSCRIBE)
    if message is None:
        return _nothing(request, token)
    with translation.override(_language(message)):
        if request.method != "POST":
            return _page(request, message, "unsubscribe")
        by_mail_program = request.POST.get("List-Unsubscribe") == ONE_CLICK
        if not by_mail_program and request.POST.get("confirm") != "1":
            return _page(request, message, "unsubscribe", status=400)
        how = "one_click" if by_mail_program else "page"
        purpose = purpose_of(message)
        say(message, [Said(message.channel, purpose, ConsentState.DENIED)], how=how, now=utc_now())
        return _page(request, message, "unsubscribed")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Her switches, per channel and purpose, for the brand of the message."""
    message = _message(token, Kind.PREFERENCES)
    if message is None:
        return _nothing(request, token)
    now = utc_now()
    with translation.override(_language(message)):
        if now - message.accepted_at > GOOD_FOR:
            return _page(request, message, "too_old")
        said = None
        if request.method == "POST":
            everything = request.POST.get("everything") == "off"
            wanted = request.POST.getlist("on")
            said = stop_all(message, now) if everything else choose(message, wanted, now)
        ways, is_saved = ways_of(message), said is not None
        return _page(request, message, "preferences", ways=ways, is_saved=is_saved)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks; POST turns the consent that waits for her word into a yes."""
    message = _message(token, Kind.CONFIRM)
    if message is None:
        return _nothing(request, token)
    now = utc_now()
    with translation.override(_language(message)):
        if request.method == "POST" and request.POST.get("confirm") == "1":
            confirm_consent(message, now)
        return _page(request, message, "confirm", standing=standing_of(message, now))


# helpers


def _message(token: str, kind: Kind) -> Message | None:
    try:
        number = read(token, kind).numbers[0]
    except Forged:
        return None
    rows = Message.objects.select_related("brand", "customer", "candidate")
    return rows.filter(pk=number, customer__erased_at=None).first()


def _language(message: Message) -> str:
    """Hers, else the message's, else the brand's, as far as these pages speak it."""
    spoken = [code for code, _name in settings.LANGUAGES]
    wanted = (message.customer.language, message.language, message.brand.language)
    for each in filter(None, wanted):
        for code in spoken:
            if each == code or each.partition("-")[0] == code.partition("-")[0]:
                return code
    return get_language() or settings.LANGUAGE_CODE


def _page(
    request: HttpRequest, message: Message, name: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    pages = pages_of(message.pk, {})
    context = {
        "brand_name": message.brand.title,
        "address": masked(message.address, KIND_OF.get(message.channel, "")),
        "channel": message.get_channel_display(),
        "is_marketing": purpose_of(message) == Purpose.MARKETING,
        "unsubscribe_url": pages["unsubscribe_url"],
        "preferences_url": pages["preferences_url"],
        **more,
    }
    return unkept(render(request, f"campaigns/public/{name}.html", context, status=status))


def _nothing(request: HttpRequest, token: str) -> HttpResponse:
    if token == SAMPLE:
        title = _("This is a sample")
        words = _("In a message that goes to a customer, this link is her own.")
    else:
        title = _("This link leads nowhere")
        words = _("It is not complete, or too old. Open the message again and follow its link.")
    context = {"title": title, "words": words}
    status = 200 if token == SAMPLE else 404
    return unkept(render(request, "campaigns/public/said.html", context, status=status))


def unkept(answer: HttpResponse) -> HttpResponse:
    """Neither caches nor search engines nor the next page learn of such an address."""
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
