"""What links and pictures in messages lead to: `/r/<token>` and `/o/<token>.gif`."""

from __future__ import annotations

import base64
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from campaigns.outbox import visits
from campaigns.tokens import Forged, Kind, read
from campaigns.views.preferences import unkept
from config.clock import utc_now

POINT: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@csrf_exempt
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Send on to the target of a signed link, and note the click. Only what this server has signed
    is a target. Who merely looks ahead (HEAD, prefetch) is sent on and not noted."""
    try:
        read_token = read(token, Kind.CLICK, Kind.SHORT)
        target = visits.target_of(read_token)
    except Forged:
        target = ""
    if not target:
        title = _("This link leads nowhere")
        words = _("It is not complete, or too old. Open the message again and follow its link.")
        context = {"title": title, "words": words}
        answer = render(request, "campaigns/public/said.html", context, status=404)
        return unkept(answer)
    if request.method == "GET" and not _looks_ahead(request):
        agent = request.headers.get("User-Agent", "")[:400]
        visits.clicked(read_token.numbers[0], target, agent, utc_now())
    return unkept(HttpResponseRedirect(target))


@csrf_exempt
@require_safe
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """One transparent point; an open is noted if the token is ours."""
    try:
        number = read(token, Kind.OPEN).numbers[0]
    except Forged:
        return unkept(HttpResponse(POINT, content_type="image/gif", status=404))
    if request.method == "GET":
        visits.opened(number, request.headers.get("User-Agent", "")[:400], utc_now())
    return unkept(HttpResponse(POINT, content_type="image/gif"))


# helpers


def _looks_ahead(request: HttpRequest) -> bool:
    said = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    return "prefetch" in said.lower()
