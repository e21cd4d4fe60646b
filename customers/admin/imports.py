"""Imports: looked at, stopped and resumed; and the mappings that are offered again."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.access import Right
from customers.actions import imports
from customers.admin.base import Desk, History, Lines, each
from customers.admin.filters import brand, choice, period
from customers.imports import BadMapping, read_mapping
from customers.models import Import, ImportRefusal, RememberedMapping

WHAT = [
    "file_name", "brand", "kind", "source", "state", "problem", "created_by", "created_at",
    "started_at", "moved_at", "finished_at", "size", "lines", "position", "rows", "accepted",
    "refused", "duplicates", "passed_over", "customers_created", "merged", "clashes", "digest",
    "header", "mapping",
]  # fmt: skip


class RefusalLines(Lines):
    """Reasons alone: the rows themselves are personal data."""

    model = ImportRefusal
    fields = ["line", "text"]
    ordering = ["line"]
    per_page = 50


@admin.register(Import)
class ImportAdmin(History):
    icon = "upload_file"
    position = 30
    right_to_change = Right.INGEST
    list_display = [
        "file_name", "brand", "kind", "state", "created_by", "created_at", "rows", "accepted",
        "refused", "customers_created",
    ]  # fmt: skip
    list_filter = [brand(), choice("kind"), choice("state"), period("created_at")]
    list_select_related = ["brand", "created_by"]
    search_fields = ["file_name", "source"]
    fields: ClassVar[Any] = WHAT
    inlines = [RefusalLines]
    actions = ["stop", "go_on"]  # type: ignore[assignment]

    @admin.action(description=_("Stop the chosen imports"))
    def stop(self, request: HttpRequest, queryset: QuerySet[Import]) -> None:
        """Stop after the batch that is on its way."""
        now = utc_now()
        each(
            self,
            request,
            queryset.select_related("brand"),
            lambda actor, found: imports.stop(actor, found, now=now),
            str(_("%(n)d imports stop after the rows that are on their way.")),
        )

    @admin.action(description=_("Go on with the chosen imports"))
    def go_on(self, request: HttpRequest, queryset: QuerySet[Import]) -> None:
        """Let stopped and failed ones run from where they are."""
        now = utc_now()
        each(
            self,
            request,
            queryset.select_related("brand"),
            lambda actor, found: imports.go_on(actor, found, now=now),
            str(_("%(n)d imports go on as soon as a worker is free.")),
        )


class MappingForm(forms.ModelForm):
    """Checks a mapping as an import does."""

    class Meta:
        model = RememberedMapping
        fields = ["mapping"]

    def clean_mapping(self) -> Any:
        """The mapping, if an import could use it."""
        data = self.cleaned_data["mapping"]
        try:
            read_mapping(data, self.instance.kind, self.instance.header or list(_columns(data)))
        except BadMapping as error:
            raise ValidationError(error.problems) from error
        return data


@admin.register(RememberedMapping)
class RememberedMappingAdmin(Desk):
    icon = "account_tree"
    position = 31
    form = MappingForm
    right_to_change = Right.INGEST
    list_display = ["__str__", "brand", "kind", "used_at"]
    list_filter = [brand(), choice("kind"), period("used_at")]
    list_select_related = ["brand"]
    ordering = ["-used_at"]
    fields: ClassVar[Any] = ["brand", "kind", "header", "used_at", "mapping"]
    readonly_fields: ClassVar[Any] = ["brand", "kind", "header", "used_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


# helpers


def _columns(data: Any) -> list[str]:
    columns = data.get("columns") if isinstance(data, dict) else None
    return [str(name) for name in columns] if isinstance(columns, dict) else []
