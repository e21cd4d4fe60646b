"""Contents and their versions. Messages name a version, so that versions never change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.actions.contents import set_archived
from campaigns.content.blocks import is_included
from campaigns.models import Content, ContentBlock, ContentText, ContentVersion
from config.clock import utc_now
from customers.admin.base import Desk, History, Lines, Stack, each
from customers.admin.filters import brand, choice, period


class VersionLines(Lines):
    model = ContentVersion
    fk_name = "content"
    fields = ["number", "created_at", "created_by"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("content", "created_by")


@admin.register(Content)
class ContentAdmin(Desk):
    """What a content is for; its texts are written on its own page, version by version."""

    icon = "article"
    position = 20
    list_display = ["name", "code", "brand", "channel", "purpose", "current", "is_archived"]
    list_filter = [
        brand(), choice("channel"), choice("purpose"), "is_archived", period("created_at"),
    ]  # fmt: skip
    list_select_related = ["brand", "current", "current__content"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["brand"]
    readonly_fields = ["current", "is_archived", "created_at"]
    inlines = [VersionLines]
    actions = ["put_away", "bring_back"]

    @admin.action(description=_("Archive the chosen contents"), permissions=["change"])
    def put_away(self, request: HttpRequest, queryset: QuerySet[Content]) -> None:
        """What sends them already goes on doing so."""
        self._archive(request, queryset, True, str(_("%(n)d contents are archived.")))

    @admin.action(description=_("Bring the chosen contents back"), permissions=["change"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Content]) -> None:
        """Offer them again."""
        self._archive(request, queryset, False, str(_("%(n)d contents are back.")))

    def _archive(
        self, request: HttpRequest, queryset: QuerySet[Content], archived: bool, done: str
    ) -> None:
        now = utc_now()
        rows = queryset.select_related("brand")
        each(
            self,
            request,
            rows,
            lambda actor, row: set_archived(actor, row, archived, now=now),
            done,
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = [*self.readonly_fields]
        return [*fixed, "code", "brand", "channel"] if obj else fixed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TextStack(Stack):
    model = ContentText
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ContentVersion)
class ContentVersionAdmin(History):
    icon = "description"
    position = 21
    brand_path = "content__brand"
    list_display = ["content", "number", "brand", "created_at", "created_by"]
    list_filter = [brand("content__brand"), period("created_at")]
    list_select_related = ["content", "content__brand", "created_by"]
    search_fields = ["content__name", "content__code"]
    ordering = ["-id"]
    inlines = [TextStack]

    @admin.display(ordering="content__brand")
    def brand(self, version: ContentVersion) -> str:
        """The brand of the content."""
        return str(version.content.brand)


@admin.register(ContentBlock)
class ContentBlockAdmin(Desk):
    """Pieces of text that contents include. A change counts from the next message on."""

    icon = "widgets"
    position = 22
    list_display = ["code", "language", "brand"]
    list_filter = [brand(), choice("language")]
    list_select_related = ["brand"]
    search_fields = ["code", "source"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand", "code", "language"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not one that a text which goes out now still includes."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not is_included(obj)
