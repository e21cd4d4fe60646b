"""Errors of the API as problem+json (RFC 9457), in sentences that help."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

MEDIA_TYPE = "application/problem+json"


class Problem(exceptions.APIException):
    """A problem with its status, a short title and a sentence that says what to do; `more` are
    further members of the answer."""

    def __init__(
        self,
        status_code: int,
        title: str,
        detail: str,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status_code = status_code
        self.title = title
        self.headers = headers or {}
        self.more = more


def answer_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every expected error as problem+json."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    elif isinstance(error, RequestDataTooBig):
        error = too_large()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    headers = dict(getattr(error, "headers", {}))
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    body = {
        "type": "about:blank",
        "title": getattr(error, "title", "") or _title(error.status_code),
        "status": error.status_code,
        "detail": _detail(error.detail),
        **getattr(error, "more", {}),
    }
    return Response(body, status=error.status_code, headers=headers, content_type=MEDIA_TYPE)


def bad_request(detail: str) -> Problem:
    return Problem(status.HTTP_400_BAD_REQUEST, _("The request can't be read"), detail)


def too_large() -> Problem:
    return Problem(
        status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
        _("Too large"),
        _("A call may carry at most 4 MB, and 16 MB when it is unpacked. Send smaller batches."),
    )


# helpers


def _title(code: int) -> str:
    return {
        401: _("No valid key"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("No such method here"),
        415: _("Not JSON"),
        429: _("Too many calls"),
    }.get(code, _("The request failed"))


def _detail(detail: Any) -> str:
    if isinstance(detail, list):
        return " ".join(_detail(each) for each in detail)
    if isinstance(detail, dict):
        return " ".join(f"{key}: {_detail(each)}" for key, each in detail.items())
    return str(detail)
