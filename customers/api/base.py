"""What every call with a key goes through: the key, its brake, its repeats, its conditions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from django.db import OperationalError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api.authentication import ApiKeyAuthentication, MayIngest, PerKey, limit_headers
from customers.api.problems import answer_problem
from customers.api.repeats import HEADER, Answered, Attempt
from customers.models import ApiKey

TRIES: Final = 3
DEADLOCKS: Final = ("40P01", "40001")


class Keyed(APIView):
    """A view that is called with a key of a brand."""

    authentication_classes = [ApiKeyAuthentication]
    permission_classes = [MayIngest]
    throttle_classes = [PerKey]
    attempt: Attempt | None = None

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_problem

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer the call. With an idempotency key the change and its answer are one transaction,
        so whoever is cut off may ask again."""
        if request.method == "POST" and HEADER in request.headers:
            return self._once(request, *args, **kwargs)
        response = super().dispatch(request, *args, **kwargs)
        if request.method == "GET" and isinstance(response, Response):
            return _if_changed(request, response.render())
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in whoever may call; a call that was answered before goes no further."""
        super().initial(request, *args, **kwargs)
        plain = request._request
        if plain.method == "POST" and HEADER in plain.headers and isinstance(request.auth, ApiKey):
            self.attempt = Attempt(plain, request.auth)

    def handle_exception(self, exc: Exception) -> Any:
        """What was answered before is said again; the rest are problems."""
        if isinstance(exc, Answered):
            return exc.response
        return super().handle_exception(exc)

    def _once(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer a call with an idempotency key; again when the database broke off a deadlock,
        since nothing of it was done then."""
        for tries in range(TRIES):
            self.attempt = None
            try:
                with transaction.atomic():
                    response = super().dispatch(request, *args, **kwargs)
                    self._keep(response)
                return response
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", "")
                if state not in DEADLOCKS or tries == TRIES - 1:
                    raise
        raise AssertionError("The last try answers or raises.")

    def _keep(self, response: HttpResponseBase) -> None:
        if self.attempt is not None and isinstance(response, Response):
            self.attempt.keep(response.render())

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell how many calls are left in this minute."""
        done = super().finalize_response(request, response, *args, **kwargs)
        for name, value in limit_headers(request).items():
            done.headers[name] = value
        return done


# helpers


def _if_changed(request: HttpRequest, response: Response) -> HttpResponseBase:
    """Mark an answer with what it says, unless the view has; 304 when the caller has it."""
    if response.status_code != 200:
        return response
    if "ETag" not in response.headers:
        response.headers["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    found = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    return response if found is None else found
