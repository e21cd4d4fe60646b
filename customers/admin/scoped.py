"""Who sees and changes what in the admin: the role decides, and brands are kept apart.

Superusers may do everything. Other staff see the brands in which their role gives `right_to_see`
and change what lies in brands where it gives `right_to_change`. A group of rights adds to the
role, but never shows another brand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.db.models import ForeignKey, Model, Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from customers.access import Actor, Right, brands_of, may
from customers.models import Brand, Via

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as Base
else:
    Base = object


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in user as the one who changes something by way of the admin."""
    actor = getattr(request, "_admin_actor", None)
    if actor is None:
        actor = Actor.of_request(request, Via.ADMIN)
        request._admin_actor = actor  # type: ignore[attr-defined]
    return cast(Actor, actor)


class Scoped(Base):
    """Rights and rows by brand."""

    # Lookup from a row to its brand; None for things of the whole group.
    brand_path: ClassVar[str | None] = "brand"
    # Whether rows without a brand are there for every brand to see.
    shared_is_visible: ClassVar[bool] = True
    right_to_see: ClassVar[Right] = Right.SEE
    right_to_change: ClassVar[Right] = Right.EDIT

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        actor = actor_of(request)
        if self.brand_path is None or may(actor, self.right_to_see, None):
            return rows
        mine = Q(**{f"{self.brand_path}__in": brands_of(actor, self.right_to_see)})
        if self.shared_is_visible and self.brand_path != "pk":
            mine |= Q(**{f"{self.brand_path}__isnull": True})
        return rows.filter(mine)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.right_to_see, obj) or (
            super().has_view_permission(request, obj) and self._sees(request, obj)
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.right_to_change, obj) or (
            super().has_change_permission(request, obj) and self._sees(request, obj, strictly=True)
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.right_to_change, None) or super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer only what the reader may use: her brands, and what lies in them."""
        actor = actor_of(request)
        related = self.admin_site._registry.get(db_field.related_model)
        if db_field.related_model is Brand:
            kwargs["queryset"] = choosable_brands(actor, self.right_to_change)
        elif isinstance(related, Scoped) and "queryset" not in kwargs:
            kwargs["queryset"] = related.get_queryset(request)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        # Leaving the brand open means "every brand", which needs a role in all of them.
        if (
            field is not None
            and db_field.related_model is Brand
            and not may(actor, self.right_to_change, None)
        ):
            field.required = True
        return field

    # helpers

    def _may(self, request: HttpRequest, right: Right, obj: Model | None) -> bool:
        """Whether the role gives *right* for *obj*, or anywhere when there is no object."""
        actor = actor_of(request)
        if may(actor, right, None):
            return True
        looks = right == self.right_to_see
        if self.brand_path is None or obj is None:
            # Things of the group are seen by everybody and changed with a role in every brand.
            return (looks or self.brand_path is not None) and has_anywhere(actor, right)
        brand = brand_of(obj, self.brand_path)
        if brand is None:
            return looks and self.shared_is_visible and has_anywhere(actor, right)
        return may(actor, right, brand)

    def _sees(self, request: HttpRequest, obj: Model | None, *, strictly: bool = False) -> bool:
        """Whether *obj* lies where the reader looks; *strictly*: in a brand of hers, not shared."""
        if obj is None or self.brand_path is None:
            return True
        brand = brand_of(obj, self.brand_path)
        if brand is None and strictly:
            return may(actor_of(request), self.right_to_see, None)
        return brand is None or may(actor_of(request), self.right_to_see, brand)


def brand_of(obj: Model, path: str) -> Brand | None:
    """The brand that *path* leads to from *obj*, if it has one."""
    if path == "pk":
        return cast(Brand, obj)
    found: Any = obj
    for name in path.split("__"):
        found = getattr(found, name, None)
    return cast("Brand | None", found)


def choosable_brands(actor: Actor, right: Right) -> QuerySet[Brand]:
    """The brands for which *actor* may make or change something that needs *right*."""
    return brands_of(actor, right)


def has_anywhere(actor: Actor, right: Right) -> bool:
    """Whether *actor* has *right* in at least one brand. Asks the database at most once."""
    user = actor.user
    if user is None or not user.is_active:
        return False
    if user.is_superuser:
        return True
    known: dict[Right, bool] = user.__dict__.setdefault("_has_anywhere", {})
    if right not in known:
        known[right] = brands_of(actor, right).exists()
    return known[right]
