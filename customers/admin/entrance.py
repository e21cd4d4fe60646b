"""What the admin's site does in our way.

Its way in is the product's own sign-in, which slows down who guesses passwords. And its list of
apps is made when somebody reads it: Django makes it for every page, a sixth of the time of each,
but since the sidebar is ours only the first page, the page of one app and the search need it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
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


_list_of_apps = admin.site.get_app_list


def list_of_apps(request: HttpRequest, app_label: str | None = None) -> Any:
    """Django's list of apps and their pages that the reader may open, made when it is read."""
    return SimpleLazyObject(lambda: _list_of_apps(request, app_label))


admin.site.get_app_list = list_of_apps  # type: ignore[method-assign]
admin.site.login = sign_in  # type: ignore[method-assign]
