"""The shelves on which tags stand."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from import_export import fields, widgets

from config.clock import utc_now
from customers.access import Actor
from customers.actions import tag_categories
from customers.admin.acting import Acting, ActingForm
from customers.admin.base import Desk
from customers.admin.exchange import Exchange, Sheet
from customers.admin.filters import lookup
from customers.models import TagCategory

TAKEN = ("name", "names", "parent")


class CategoryForm(ActingForm):
    class Meta:
        model = TagCategory
        fields = TAKEN

    def apply(self) -> TagCategory:
        values = {name: self.cleaned_data[name] for name in TAKEN}
        if not self.instance.pk:
            return tag_categories.create(self.actor, **values, now=utc_now())
        found = TagCategory.objects.get(pk=self.instance.pk)
        tag_categories.change(self.actor, found, **values, now=utc_now())
        return found


class CategorySheet(Sheet):
    """Categories by file, in their order: a new one comes last in its place."""

    brand_path = None
    parent = fields.Field(
        attribute="parent",
        column_name="parent",
        widget=widgets.ForeignKeyWidget(TagCategory, "name"),
    )

    class Meta:
        model = TagCategory
        import_id_fields = ["name"]
        fields = TAKEN
        clean_model_instances = True
        skip_unchanged = True

    def do_instance_save(self, instance: TagCategory, is_create: bool) -> None:
        """The actions do it, and write the audit entry."""
        values = {name: getattr(instance, name) for name in TAKEN}
        if is_create:
            instance.pk = tag_categories.create(self.actor, **values, now=utc_now()).pk
            return
        found = TagCategory.objects.get(pk=instance.pk)
        tag_categories.change(self.actor, found, **values, now=utc_now())

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Nothing more to note: the action has."""


@admin.register(TagCategory)
class TagCategoryAdmin(Exchange, Acting, Desk):
    """The tree of tags. A category goes only when it is empty; its place among its siblings is
    changed on the marketers' page."""

    icon = "folder"
    position = 31
    brand_path = None
    resource_classes = [CategorySheet]
    list_display = ["name", "parent", "position"]
    list_select_related = ["parent"]
    list_filter = [lookup("parent")]
    search_fields = ["name"]
    autocomplete_fields = ["parent"]
    form = CategoryForm
    fields: ClassVar[Any] = [*TAKEN, "position"]
    readonly_fields: ClassVar[Any] = ["position"]

    def remove(self, actor: Actor, row: TagCategory) -> None:
        tag_categories.remove(actor, row, now=utc_now())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not (obj.children.exists() or obj.tags.exists()))
