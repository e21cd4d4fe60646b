"""API keys: seen by their prefix, and taken back. A key itself is shown once, where it is made."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.access import Right
from customers.access.keys import end_old
from customers.actions import keys
from customers.admin.base import Desk, each
from customers.admin.filters import brand, is_there, period
from customers.models import ApiKey


@admin.register(ApiKey)
class ApiKeyAdmin(Desk):
    group = "people"
    icon = "key"
    position = 40
    right_to_see = Right.USE_KEYS
    right_to_change = Right.SET_RIGHTS
    list_display = [
        "name", "prefix", "brand", "scopes", "created_by", "last_used_at", "expires_at",
        "old_until", "revoked_at",
    ]  # fmt: skip
    list_filter = [brand(), is_there("revoked_at", _("revoked")), period("last_used_at")]
    list_select_related = ["brand", "created_by"]
    search_fields = ["name", "prefix"]
    fields = [
        "name", "prefix", "brand", "scopes", "calls_per_minute", "created_by", "created_at",
        "last_used_at", "expires_at", "rotated_at", "old_prefix", "old_until", "old_used_at",
        "revoked_at",
    ]  # fmt: skip
    readonly_fields: ClassVar[Any] = [
        name for name in fields if name not in ("name", "expires_at", "calls_per_minute")
    ]
    actions = ["revoke", "end_old"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description=_("Revoke the chosen keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Make keys worthless at once."""
        now = utc_now()
        each(
            self,
            request,
            queryset.select_related("brand"),
            lambda actor, key: keys.revoke(actor, key, now),
            str(_("%(n)d keys are revoked.")),
        )

    @admin.action(description=_("End the old secrets of the chosen keys"), permissions=["change"])
    def end_old(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """What was replaced by a new secret opens nothing any more."""
        now = utc_now()
        each(
            self,
            request,
            queryset.select_related("brand").filter(old_until__gt=now),
            lambda actor, key: end_old(actor, key, now=now),
            str(_("The old secrets of %(n)d keys have ended.")),
        )
