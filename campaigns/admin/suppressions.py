"""Suppressions: who must not get anything, and why."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import Suppression
from config.clock import utc_now
from customers.access import Right
from customers.admin.base import Desk
from customers.admin.exchange import Exchange, Sheet, brand_field
from customers.admin.filters import brand, choice, period
from customers.admin.scoped import actor_of, has_anywhere
from customers.admin.search import ExactSearch


class SuppressionSheet(Sheet):
    right = Right.SUPPRESS
    brand = brand_field()

    class Meta:
        model = Suppression
        import_id_fields = ["scope", "customer", "value", "brand", "channel"]
        fields = ["scope", "customer", "value", "brand", "channel", "reason", "note"]
        clean_model_instances = True
        skip_unchanged = True

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        super().before_import_row(row, **kwargs)
        row.setdefault("reason", "import")
        for name in ("value", "brand", "channel", "note", "customer"):
            row[name] = row.get(name) or ""

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if instance.at is None:
            instance.at = kwargs["now"]
            instance.by = self.actor.user
        super().before_save_instance(instance, row, **kwargs)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if instance.at is None:
            instance.at = kwargs["now"]
            instance.by = self.actor.user
        super().import_instance(instance, row, **kwargs)

    def without_personal(self, changes: dict[str, Any]) -> dict[str, Any]:
        return {name: pair for name, pair in changes.items() if name != "value"}


@admin.register(Suppression)
class SuppressionAdmin(ExactSearch, Exchange, Desk):
    icon = "block"
    position = 45
    right_to_change = Right.SUPPRESS
    resource_classes = [SuppressionSheet]
    personal_fields = frozenset({"value"})
    list_display = ["shown_target", "scope", "brand", "channel", "reason", "at", "by"]
    list_filter = [brand(), choice("scope"), choice("channel"), choice("reason"), period("at")]
    list_select_related = ["brand", "by"]
    number_lookups = ["customer_id"]
    text_lookups = ["value"]
    search_help_text = _("A whole address or domain, or the number of a customer.")
    autocomplete_fields = ["brand", "customer"]
    fields = ["scope", "customer", "value", "brand", "channel", "reason", "note", "at", "by"]
    ordering = ["-id"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Who is meant stays: another entry is another fact.
        return ["scope", "customer", "value", "brand", "channel", "at", "by"] if obj else ["by"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown: list[Any] = [*self.fields]
        if obj and not has_anywhere(actor_of(request), Right.SEE_PERSONAL):
            shown[shown.index("value")] = "shown_target"
            shown.remove("customer")
        return shown

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"at": utc_now(), "reason": "manual"}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.by = request.user
        super().save_model(request, obj, form, change)

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_import_data_kwargs(**kwargs), "now": utc_now()}

    @admin.display(description=_("who"))
    def shown_target(self, entry: Suppression) -> str:
        """The customer's number, the domain, or the address masked."""
        return str(entry).partition(": ")[2]
