"""Tags, their refreshes, and how they are judged."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from config.clock import utc_now
from customers.access import Actor, Right
from customers.actions import tags
from customers.actions.tag_evaluation import FIELDS, set_weights
from customers.actions.tags import FIELDS as FIELDS_OF_TAGS
from customers.admin.acting import Acting
from customers.admin.base import Desk, History
from customers.admin.exchange import Exchange
from customers.admin.filters import brand, choice, lookup, period
from customers.admin.scoped import actor_of
from customers.admin.tag_forms import TagAdminForm, TagSheet
from customers.models import Tag, TagRun, TagSettings
from customers.usage import uses_of_tags


@admin.register(Tag)
class TagAdmin(Exchange, Acting, Desk):
    """Tags. One that customers carry or something uses can't be removed."""

    icon = "sell"
    position = 30
    resource_classes = [TagSheet]
    list_display = ["name", "code", "kind", "data_type", "category", "brand", "refreshed_at"]
    list_filter = [brand(), choice("kind"), lookup("category"), period("refreshed_at")]
    list_select_related = ["category", "brand"]
    search_fields = ["name", "code", "description"]
    autocomplete_fields = ["category", "brand", "owner"]

    form = TagAdminForm
    fields: ClassVar[Any] = [
        "code", "brand", "kind", *FIELDS_OF_TAGS, "definition", "refreshed_at", "next_refresh_at",
        "created_at",
    ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = ["refreshed_at", "next_refresh_at", "created_at"]
        return ["code", "brand", "kind", *fixed] if obj else fixed

    def remove(self, actor: Actor, row: Tag) -> None:
        tags.remove(actor, row, now=utc_now())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        if not allowed or obj is None:
            return False
        return not (obj.customers.exists() or uses_of_tags([obj.code])[obj.code])


@admin.register(TagRun)
class TagRunAdmin(History):
    """Every refresh of a tag: how long it took, what came and went, or why it failed."""

    icon = "history"
    position = 33
    brand_path = "tag__brand"
    list_display = [
        "tag", "scope", "state", "started_at", "seconds", "customers", "came", "went", "error",
    ]  # fmt: skip
    list_filter = [brand("tag__brand"), choice("state"), choice("scope"), period("started_at")]
    list_select_related = ["tag"]
    search_fields = ["tag__name", "tag__code"]
    ordering = ["-pk"]
    fields: ClassVar[Any] = [
        "tag", "scope", "state", "started_at", "finished_at", "seconds", "customers", "came",
        "went", "figures", "error", "stop_asked_by", "stop_asked_at",
    ]  # fmt: skip


@admin.register(TagSettings)
class TagSettingsAdmin(Desk):
    """One row: the weights by which tags are judged, and when one is stale or unused."""

    icon = "balance"
    position = 32
    brand_path = None
    right_to_change = Right.SET_POLICY
    list_display = ["__str__", "coverage", "use", "accuracy", "success", "stale_days"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The one action does it; it weighs every score anew."""
        values = {name: getattr(obj, name) for name in FIELDS}
        set_weights(actor_of(request), values, now=utc_now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
