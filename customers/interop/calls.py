"""What the calls of other systems' SDKs share: the key, the brakes, taking in what can be taken."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, Throttled

from customers.access import Right, keys
from customers.api.authentication import spend_call
from customers.api.problems import Problem
from customers.ingest import Batch, Item, ingest
from customers.ingest.refusals import note_refused
from customers.models import ApiKey

log = logging.getLogger(__name__)
# So many errors are told in an answer; the rest are counted.
TOLD_MOST: Final = 20
AGAIN_SECONDS: Final = 2
# A browser asks once a day whether it may send to us.
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
    "Access-Control-Max-Age": "86400",
}
DATABASE_AWAY: Final = (OperationalError, InterfaceError)


class Refusal(Exception):
    """A call that is answered with a status, a code and a sentence."""

    def __init__(self, status: int, code: str, text: str, wait: int = 0) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.wait = status, code, text, wait


@dataclass(slots=True)
class Taken:
    """What became of the messages of a call; `errors` are (position, sentence)."""

    accepted: int = 0
    duplicates: int = 0
    ignored: int = 0
    blocked: int = 0
    quarantined: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As the answers tell it, beside what the SDK looks for."""
        told = sorted(self.errors)[:TOLD_MOST]
        return {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "ignored": self.ignored,
            "blocked": self.blocked,
            "quarantined": self.quarantined,
            "refused": len(self.errors),
            "errors": [{"index": index, "text": text} for index, text in told],
        }


@method_decorator(csrf_exempt, name="dispatch")
class Call(View):
    """POST with a write key, also from a page of another site; errors as JSON with code and
    message, which is what the SDKs read."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer every refusal in the words of the wire format."""
        try:
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except Refusal as error:
            answer = refused(error)
        except Throttled as error:
            wait = int(getattr(error, "wait", 0) or 0) + 1
            answer = refused(Refusal(429, "too_many_calls", str(error.detail), wait))
        except (Problem, APIException) as error:
            code = {413: "too_large"}.get(error.status_code, "invalid")
            answer = refused(Refusal(error.status_code, code, str(error.detail)))
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A browser asks whether a page of another site may send: with a write key, yes."""
        return HttpResponse(status=204, headers=_PREFLIGHT)

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """GET and the like."""
        raise Refusal(405, "method_not_allowed", _("Only POST is taken here."))


def refused(error: Refusal) -> HttpResponse:
    """The answer to a call that was refused."""
    headers = {"Retry-After": str(error.wait)} if error.wait else {}
    body = {"code": error.code, "message": error.text}
    return JsonResponse(body, status=error.status, headers=headers)


def key_of(request: HttpRequest, tokens: Iterable[str], now: datetime) -> ApiKey:
    """The key of a call, by the first token that is none of "". Raises Refusal (401, 403, 429).

    What stands in a page everybody can read, so from there a key may do nothing but write.
    """
    token = next((token for token in tokens if token), "")
    key = keys.verify(token, now=now) if token else None
    if key is None:
        raise Refusal(401, "invalid_key", keys.why_not(token, now=now))
    if Right.INGEST not in key.scopes:
        raise Refusal(
            403, "wrong_scope", _("This key does not have the scope “%s”.") % Right.INGEST.value
        )
    if request.headers.get("Origin") and set(key.scopes) != {Right.INGEST.value}:
        raise Refusal(
            403,
            "key_not_for_pages",
            _("Use a key that can only write: everybody can read what stands in a page."),
        )
    spend_call(key)
    return key


def basic_user(request: HttpRequest) -> str:
    """The user name of `Authorization: Basic …`, where these SDKs put the key; empty without."""
    scheme, _blank, packed = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(packed.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def take_in(key: ApiKey, items: list[Item], taken: Taken, *, now: datetime) -> None:
    """Take in what was read; what the door refuses is noted by its place.

    Raises OperationalError or InterfaceError when the database can't be reached.
    """
    if items:
        done = ingest(Batch(f"api:{key.brand.code}", items, brand_id=key.brand_id), now=now)
        taken.accepted += done.accepted
        taken.duplicates += done.duplicates
        taken.blocked += done.blocked
        taken.quarantined += len(done.quarantined)
        taken.errors += [(int(refused.place), refused.text) for refused in done.refused]
    if taken.errors:
        note_refused(
            key.brand_id,
            f"api:{key.brand.code}",
            [("", text) for _place, text in taken.errors],
            now,
        )
        log.warning("%s messages of key %s were refused: %s", len(taken.errors), key.prefix,
                    sorted(taken.errors)[0][1])  # fmt: skip
