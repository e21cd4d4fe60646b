"""Who calls: the bearer of an API key, and how often she may."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from config.clock import utc_now
from customers.access import Actor, keys
from customers.models import ApiKey

CALLS_PER_MINUTE = 6_000


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer wp_…`. Unknown, expired and revoked keys get the same answer."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = keys.verify(token.strip(), now=utc_now())
        if key is None:
            raise AuthenticationFailed(
                _("This key is not valid (any more). Make one on the page Developers.")
            )
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Waypost"'


class MayIngest(BasePermission):
    """The key must have the scope of the view (`scope`)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            raise NotAuthenticated(
                _("Send the header “Authorization: Bearer wp_…” with a key of your brand.")
            )
        self.message = _("This key does not have the scope “%(scope)s”.") % {"scope": view.scope}
        return view.scope in request.auth.scopes


class PerKey(BaseThrottle):
    """So many calls a minute per key; each process of the server counts for itself if it must."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, ApiKey):
            spend_call(request.auth)
        return True


def spend_call(key: ApiKey) -> None:
    """Count a call of the key in this minute. Raises Throttled when there were too many."""
    most = getattr(settings, "API_CALLS_PER_MINUTE", CALLS_PER_MINUTE)
    minute = int(time.time() // 60)
    name = f"api_calls:{key.pk}:{minute}"
    cache.add(name, 0, 120)
    try:
        allowed = cache.incr(name) <= most
    except ValueError:  # evicted between the two
        allowed = True
    if not allowed:
        raise Throttled(
            wait=60 - time.time() % 60,
            detail=_("More than %(most)s calls a minute. Send batches.") % {"most": most},
        )


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document names the key."""

    target_class = "customers.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "wp_…"}


def actor_of(request: Request) -> Actor:
    """The bearer as the actor of a change."""
    if not isinstance(request.auth, ApiKey):
        raise NotAuthenticated
    return Actor.of_key(request.auth)
