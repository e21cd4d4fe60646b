"""Groups of rights: what somebody may do in the admin on top of her role."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest

from customers.admin.base import Desk

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(Desk):
    """Only superusers see and change groups: whoever gives rights could give them to herself."""

    group = "people"
    icon = "groups"
    position = 30
    brand_path = None
    list_display = ["name"]
    search_fields = ["name"]
    filter_horizontal = ["permissions"]

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        # Each choice names its content type; without this that is a query for each of them.
        if db_field.name == "permissions":
            rows: QuerySet[Any] = db_field.remote_field.model.objects.all()
            kwargs["queryset"] = rows.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)


# helpers


def _is_superuser(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_active and getattr(user, "is_superuser", False))
