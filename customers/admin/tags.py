"""Tags and the shelves they stand on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from import_export import fields, widgets

from customers.admin.base import Desk
from customers.admin.exchange import Exchange, Sheet, brand_field
from customers.admin.filters import brand, choice, lookup, period
from customers.models import Tag, TagCategory


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
