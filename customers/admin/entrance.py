"""The way into the admin: the product's own sign-in, which slows down who guesses passwords."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _


def sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Send a visitor to the sign-in and back; refuse users who don't belong to the staff."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next") or request.path)
    if not admin.site.has_permission(request):
        raise PermissionDenied(
            _("The administration is for staff. A superuser can make you one of them.")
        )
    return redirect("admin:index")


admin.site.login = sign_in  # type: ignore[method-assign]
