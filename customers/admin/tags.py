"""Tags and the shelves they stand on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from import_export import fields, widgets

from config.clock import utc_now
from customers.access import Right
from customers.actions.tag_evaluation import FIELDS, set_weights
from customers.admin.base import Desk
from customers.admin.exchange import Exchange, Sheet, brand_field
from customers.admin.filters import brand, choice, lookup, period
from customers.admin.scoped import actor_of
from customers.models import Tag, TagCategory, TagSettings


class CategorySheet(Sheet):
    brand_path = None
    parent = fields.Field(
        attribute="parent",
        column_name="parent",
        widget=widgets.ForeignKeyWidget(TagCategory, "name"),
    )

    class Meta:
        model = TagCategory
        import_id_fields = ["name"]
        fields = ["name", "names", "parent", "position"]
        clean_model_instances = True
        skip_unchanged = True


@admin.register(TagCategory)
class TagCategoryAdmin(Exchange, Desk):
    icon = "folder"
    position = 31
    brand_path = None
    resource_classes = [CategorySheet]
    list_display = ["name", "parent", "position"]
    list_select_related = ["parent"]
    list_filter = [lookup("parent")]
    search_fields = ["name"]
    autocomplete_fields = ["parent"]


class TagSheet(Sheet):
    brand = brand_field()
    category = fields.Field(
        attribute="category",
        column_name="category",
        widget=widgets.ForeignKeyWidget(TagCategory, "name"),
    )

    class Meta:
        model = Tag
        import_id_fields = ["code"]
        fields = [
            "code", "name", "names", "kind", "data_type", "is_multiple", "category", "brand",
            "description", "valid_days",
        ]  # fmt: skip
        clean_model_instances = True
        skip_unchanged = True


@admin.register(Tag)
class TagAdmin(Exchange, Desk):
    """Tags. One that customers carry can't be removed."""

    icon = "sell"
    position = 30
    resource_classes = [TagSheet]
    list_display = ["name", "code", "kind", "data_type", "category", "brand", "refreshed_at"]
    list_filter = [brand(), choice("kind"), lookup("category"), period("refreshed_at")]
    list_select_related = ["category", "brand"]
    search_fields = ["name", "code", "description"]
    autocomplete_fields = ["category", "brand", "owner"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = ["refreshed_at", "created_at"]
        return ["code", "data_type", *fixed] if obj else fixed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not obj.customers.exists()


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
