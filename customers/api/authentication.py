"""Who calls: the bearer of an API key, and how often she may."""

from __future__ import annotations

import time
from dataclasses import dataclass
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
    """`Authorization: Bearer wp_…`. Who holds a key that has ended is told so; of others nobody is
    told anything."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = keys.verify(token.strip(), now=utc_now())
        if key is None:
            raise AuthenticationFailed(keys.why_not(token.strip(), now=utc_now()))
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Waypost"'


class MayIngest(BasePermission):
    """The key must have the scope of the view (`scope`), where it has one."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            raise NotAuthenticated(
                _("Send the header “Authorization: Bearer wp_…” with a key of your brand.")
            )
        self.message = _("This key does not have the scope “%(scope)s”.") % {"scope": view.scope}
        return not view.scope or view.scope in request.auth.scopes


class PerKey(BaseThrottle):
    """So many calls a minute per key; each process of the server counts for itself if it must."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, ApiKey):
            try:
                request.allowance = spend_call(request.auth)  # type: ignore[attr-defined]
            except Throttled as error:
                request.allowance = error.allowance  # type: ignore[attr-defined]
                raise
        return True


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many calls a key may make in this minute, and how many of them are left."""

    most: int
    left: int
    seconds: int  # until the next minute

    def headers(self) -> dict[str, str]:
        """As the draft of the IETF names them (RateLimit header fields for HTTP)."""
        return {
            "RateLimit-Policy": f'"minute";q={self.most};w=60',
            "RateLimit": f'"minute";r={self.left};t={self.seconds}',
        }


def spend_call(key: ApiKey) -> Allowance:
    """Count a call of the key in this minute. Raises Throttled when there were too many."""
    usual: int = getattr(settings, "API_CALLS_PER_MINUTE", CALLS_PER_MINUTE)
    most = key.calls_per_minute or usual
    now = time.time()
    name = f"api_calls:{key.pk}:{int(now // 60)}"
    cache.add(name, 0, 120)
    try:
        spent = cache.incr(name)
    except ValueError:  # evicted between the two
        spent = 1
    allowance = Allowance(most, max(0, most - spent), 60 - int(now % 60))
    if spent > most:
        error = Throttled(
            wait=60 - now % 60,
            detail=_("More than %(most)s calls a minute. Send batches.") % {"most": most},
        )
        error.allowance = allowance  # type: ignore[attr-defined]
        raise error
    return allowance


def limit_headers(request: Request) -> dict[str, str]:
    """What the answer to a call with a key tells of its limit; nothing when it had no valid key."""
    spent: Allowance | None = getattr(request, "allowance", None)
    return spent.headers() if spent else {}


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
