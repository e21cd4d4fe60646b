"""Segments: their rule, their size and its history."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.actions import segments
from customers.admin.base import Desk, Lines, each
from customers.admin.filters import brand, choice, is_there, period
from customers.models import Segment, SegmentSize


class SizeLines(Lines):
    model = SegmentSize
    fields = ["at", "size"]
    ordering = ["-at"]
    per_page = 30


@admin.register(Segment)
class SegmentAdmin(Desk):
    icon = "group_work"
    position = 20
    list_display = ["name", "code", "kind", "brand", "size", "built_at", "problem"]
    list_filter = [
        brand(), choice("kind"), period("built_at"), is_there("built_at", _("was built")),
    ]  # fmt: skip
    list_select_related = ["brand"]
    search_fields = ["name", "code", "description"]
    autocomplete_fields = ["brand", "owner"]
    inlines = [SizeLines]
    actions = ["rebuild"]
    exclude = ["version"]

    @admin.action(description=_("Rebuild the chosen segments"), permissions=["change"])
    def rebuild(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        """Ask for a build as soon as a worker is free."""
        now = utc_now()
        each(
            self,
            request,
            queryset.select_related("brand"),
            lambda actor, row: segments.rebuild(actor, row, now=now),
            str(_("%(n)d segments are built as soon as a worker is free.")),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = [
            "size", "built_at", "build_seconds", "full_built_at", "build_scope", "entered", "left",
            "problem", "created_at", "archived_at",
        ]  # fmt: skip
        return ["code", "kind", *fixed] if obj else fixed

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Whoever has its page open just now learns of it when she saves."""
        obj.version += change
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
