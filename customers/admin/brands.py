"""Brands of the group, and where facts come from: sources and namespaces of identities."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.access import Right
from customers.admin.base import Desk
from customers.admin.exchange import Exchange, Sheet, brand_field
from customers.admin.filters import brand, choice
from customers.models import Brand, Namespace, Source
from customers.queries.recognition import effect_of


class BrandSheet(Sheet):
    right = Right.SET_RIGHTS
    brand_path = None

    class Meta:
        model = Brand
        import_id_fields = ["code"]
        fields = ["code", "name", "names", "timezone", "language", "currency", "sender_name",
                  "order_event", "order_amount"]  # fmt: skip
        clean_model_instances = True
        skip_unchanged = True


@admin.register(Brand)
class BrandAdmin(Exchange, Desk):
    """Brands. One that is in use can't be removed: journeys and messages name it."""

    group = "people"
    icon = "storefront"
    position = 10
    brand_path = "pk"
    right_to_change = Right.SET_RIGHTS
    resource_classes = [BrandSheet]
    list_display = ["name", "code", "timezone", "language", "currency", "sender_name"]
    search_fields = ["name", "code"]
    readonly_fields = ["created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SourceSheet(Sheet):
    right = Right.SET_RIGHTS
    brand = brand_field()

    class Meta:
        model = Source
        import_id_fields = ["code"]
        fields = ["code", "name", "names", "kind", "brand", "trust"]
        clean_model_instances = True
        skip_unchanged = True


@admin.register(Source)
class SourceAdmin(Exchange, Desk):
    icon = "input"
    position = 70
    right_to_change = Right.SET_RIGHTS
    resource_classes = [SourceSheet]
    list_display = ["name", "code", "kind", "brand", "trust"]
    list_filter = [brand(), choice("kind")]
    list_select_related = ["brand"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["brand"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NamespaceSheet(Sheet):
    right = Right.SET_POLICY
    brand = brand_field()

    class Meta:
        model = Namespace
        import_id_fields = ["code"]
        fields = [
            "code", "name", "names", "strength", "normaliser", "limit", "is_personal", "brand",
        ]  # fmt: skip
        clean_model_instances = True
        skip_unchanged = True


class NamespaceForm(forms.ModelForm):
    """Says what a change of strength or limit does before it is saved."""

    effect_seen = forms.BooleanField(
        label=_("I have read what this does"),
        required=False,
        help_text=_("Asked for when strength or limit change: the page says it then."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.instance.pk and not values.get("effect_seen"):
            held = Namespace.objects.get(pk=self.instance.pk)
            effect = effect_of(held, values)
            if effect:
                self.add_error("effect_seen", " ".join(effect))
        return values


@admin.register(Namespace)
class NamespaceAdmin(Exchange, Desk):
    """Kinds of identities. How a value is compared can't change once there are values."""

    form = NamespaceForm
    icon = "fingerprint"
    position = 60
    right_to_change = Right.SET_POLICY
    resource_classes = [NamespaceSheet]
    list_display = ["name", "code", "strength", "normaliser", "limit", "is_personal", "brand"]
    list_filter = [brand(), choice("strength"), choice("normaliser")]
    list_select_related = ["brand"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["brand"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code", "normaliser", "general"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [
            (None, {"fields": ["code", "name", "names", "brand", "general"]}),
            (
                _("How values are compared"),
                {"fields": ["strength", "normaliser", "limit", "is_personal", "effect_seen"]},
            ),
        ]
