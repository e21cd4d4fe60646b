"""What a page may load: only what this server serves, and no script inside a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

HEADER: Final = "Content-Security-Policy"

PAGES: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        # A bar's width or a node's place is a style of one element; a style can't run anything.
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

# A page that shows an e-mail: a mail brings its styles and loads its pictures. It stands in a frame
# that may run nothing, and the frame has the policy of its page.
MAILS: Final = PAGES.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "img-src 'self' data:", "img-src 'self' data: https:"
)

# The admin's library writes scripts into its pages and evaluates expressions in their attributes.
ADMIN: Final = PAGES.replace(
    "script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'"
).replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


def shows_mails(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the answers of *view* the policy of pages that show e-mails."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response.headers[HEADER] = MAILS
        return response

    return wrapped


class ContentSecurityPolicyMiddleware:
    """Adds the policy to every answer that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._admin: str | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if HEADER not in response.headers:
            response.headers[HEADER] = ADMIN if self._is_admin(request) else PAGES
        return response

    def _is_admin(self, request: HttpRequest) -> bool:
        if self._admin is None:
            try:
                self._admin = reverse("admin:index")
            except NoReverseMatch:
                self._admin = "/admin/"
        return request.path.startswith(self._admin)
