"""What is known about customers: attributes, and the types of events."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.access import Right
from customers.admin.base import Desk
from customers.admin.exchange import Exchange, Sheet
from customers.admin.filters import choice, period
from customers.models import Attribute, EventType


class AttributeSheet(Sheet):
    brand_path = None

    class Meta:
        model = Attribute
        import_id_fields = ["code"]
        fields = ["code", "name", "names", "data_type", "conflict", "is_personal", "description"]
        clean_model_instances = True
        skip_unchanged = True


@admin.register(Attribute)
class AttributeAdmin(Exchange, Desk):
    """Attributes. Values are kept under the code, so that it stays once it is there."""

    icon = "label"
    position = 40
    brand_path = None
    right_to_change = Right.EDIT
    resource_classes = [AttributeSheet]
    list_display = ["name", "code", "data_type", "conflict", "is_personal", "description"]
    list_filter = [choice("data_type"), "is_personal"]
    search_fields = ["name", "code", "description"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code", "data_type"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EventTypeSheet(Sheet):
    brand_path = None

    class Meta:
        model = EventType
        import_id_fields = ["code"]
        fields = ["code", "name", "names", "description", "personal"]
        clean_model_instances = True
        skip_unchanged = True

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if instance.first_seen_at is None:
            instance.first_seen_at = instance.last_seen_at = kwargs["now"]
        super().before_save_instance(instance, row, **kwargs)


@admin.register(EventType)
class EventTypeAdmin(Exchange, Desk):
    """Types of events. They appear by themselves with their first event."""

    icon = "bolt"
    position = 50
    brand_path = None
    resource_classes = [EventTypeSheet]
    list_display = ["called", "code", "description", "first_seen_at", "last_seen_at"]
    list_filter = [period("last_seen_at")]
    search_fields = ["name", "code", "description"]
    readonly_fields = ["code", "first_seen_at", "last_seen_at"]

    @admin.display(description=_("name"), ordering="name")
    def called(self, row: EventType) -> str:
        return row.title

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_import_data_kwargs(**kwargs), "now": utc_now()}
