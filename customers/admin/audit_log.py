"""The audit log: who changed what, when and by which way."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.access import Right
from customers.admin.base import History
from customers.admin.filters import brand, choice, lookup, period
from customers.models import AuditEntry


@admin.register(AuditEntry)
class AuditAdmin(History):
    """What a brand's admins did is seen by them; what concerns the group by admins of the group."""

    group = "system"
    icon = "fact_check"
    position = 10
    right_to_see = Right.SET_RIGHTS
    shared_is_visible = False
    list_display = ["at", "actor_label", "via", "action", "object_type", "object_label", "brand"]
    list_filter = [period("at"), brand(), choice("via"), lookup("actor")]
    list_select_related = ["brand"]
    search_fields = ["=action", "=object_id", "actor_label", "object_label", "=request_id"]
    search_help_text = _("An action such as journey.publish, a name, an id or a request id.")
    fields = [
        "at", "actor_label", "actor", "via", "action", "brand", "object_type", "object_id",
        "object_label", "changes", "request_id",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("actor", "brand")
