"""Calls that may be repeated without harm: the header Idempotency-Key.

Its first use does the work; the answer is kept for a day, in the transaction of the change. Used
again with the same call it gives the same answer and does nothing. An answer of 400 and above
changed nothing, so it isn't kept: the call may be mended and sent again.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Final

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from config.clock import utc_now
from customers.api.body import raw_body
from customers.api.problems import Problem, bad_request
from customers.models import AnsweredCall, ApiKey

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
KEPT: Final = timedelta(hours=24)
AGAIN_SECONDS: Final = 1
# What a client needs of an answer beside its body.
_HEADERS: Final = ("Content-Type", "ETag", "Location", "Cache-Control")
# Written bare or in quotes, as a string of structured fields (RFC 8941) is.
_FORM: Final = re.compile(r'"([\x20\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')


class Answered(Exception):
    """A call that was answered before; `response` says the same again."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


class Attempt:
    """One call with an idempotency key, inside a transaction."""

    def __init__(self, request: HttpRequest, api_key: ApiKey) -> None:
        """Raises Problem: 400 for a key of another form, 409 while the same call is at work, 422
        when the key stands for another call; Answered when this one was answered."""
        self.api_key = api_key
        self.key = read_key(request.headers[HEADER])
        self.fingerprint = fingerprint(request)
        self._lock()
        held = AnsweredCall.objects.filter(api_key=api_key, key=self.key).first()
        if held is None:
            return
        if held.at <= utc_now() - KEPT:
            held.delete()
            return
        if bytes(held.fingerprint) != self.fingerprint:
            words = _("The key “%(key)s” was used for another call. Take a new key for each call.")
            raise Problem(422, _("Used for another call"), words % {"key": self.key[:60]})
        raise Answered(
            HttpResponse(
                bytes(held.body), status=held.status, headers={**held.headers, REPLAYED: "true"}
            )
        )

    def keep(self, response: HttpResponse) -> None:
        """Keep a good answer."""
        if response.status_code < 400:
            headers = {name: response[name] for name in _HEADERS if name in response}
            AnsweredCall.objects.create(
                api_key=self.api_key,
                key=self.key,
                fingerprint=self.fingerprint,
                status=response.status_code,
                headers=headers,
                body=response.content,
                at=utc_now(),
            )

    # helpers

    def _lock(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"answered:{self.api_key.pk}:{self.key}"],
            )
            (is_ours,) = cursor.fetchone()
        if not is_ours:
            raise Problem(
                409,
                _("At work"),
                _("The same call is being carried out. Send it again in a moment."),
                headers={"Retry-After": str(AGAIN_SECONDS)},
            )


def read_key(text: str) -> str:
    """The idempotency key in its header. Raises Problem (400)."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise bad_request(_("Idempotency-Key is a text of at most 255 characters, such as a UUID."))
    return found[1] or found[2]


def fingerprint(request: HttpRequest) -> bytes:
    """What makes two calls the same: method, address, kind and body."""
    parts = [
        (request.method or "").encode(),
        request.get_full_path().encode(),
        request.headers.get("Content-Type", "").encode(errors="replace"),
        request.headers.get("Content-Encoding", "").encode(errors="replace"),
        raw_body(request),
    ]
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.digest()


def forget() -> int:
    """Remove answers older than a day; returns how many."""
    count, _by_model = AnsweredCall.objects.filter(at__lte=utc_now() - KEPT).delete()
    return count
