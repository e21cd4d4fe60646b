"""What all admin pages share: brands kept apart, rights by role, an audit entry for each change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.access import Actor
from customers.admin.audited import Audited
from customers.admin.paging import BoundedPaginator
from customers.admin.scoped import Scoped, actor_of

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, StackedInline, TabularInline
else:
    from unfold.admin import ModelAdmin, StackedInline, TabularInline

__all__ = ["Desk", "History", "Line", "Lines", "Shelf", "Stack", "each", "safely"]


class Shelf:
    """Where a page stands in the sidebar: the app's floor, or another group by name."""

    group: ClassVar[str] = ""
    icon: ClassVar[str] = "table_rows"
    position: ClassVar[int] = 50


class Desk(Shelf, Scoped, Audited, ModelAdmin):
    """An admin page on which things are made and changed."""

    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 0
    list_filter_submit = True
    warn_unsaved_form = True
    compressed_fields = True


class History(Desk):
    """An admin page that shows what happened. Nothing on it can be added, changed or removed."""

    actions = None
    show_full_result_count = False
    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Line(TabularInline):
    """Rows that are edited together with what they belong to."""

    extra = 0
    show_change_link = False
    tab = True


class Stack(StackedInline):
    """Forms that are edited together with what they belong to."""

    extra = 0
    tab = True


class Lines(Line):
    """Rows that are only looked at."""

    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def each(
    admin: Desk,
    request: HttpRequest,
    rows: Iterable[models.Model],
    change: Callable[[Actor, Any], object],
    done: str,
) -> None:
    """Do *change* to each row as the signed-in user; say how many, and why others were refused.

    *done* is a sentence with `%(n)d`. A row that is refused does not stop the others.
    """
    actor = actor_of(request)
    n = 0
    for row in rows:
        refusal = safely(change, actor, row)
        if refusal is None:
            n += 1
        else:
            admin.message_user(request, f"{row}: {refusal}", messages.ERROR)
    if n:
        admin.message_user(request, done % {"n": n}, messages.SUCCESS)


def safely(change: Callable[[Actor, Any], object], actor: Actor, row: models.Model) -> str | None:
    """Do *change* to *row* in a transaction; return None, or the sentence that refuses it."""
    try:
        with transaction.atomic():
            change(actor, row)
    except ValidationError as error:
        return " ".join(error.messages)
    except (PermissionDenied, ValueError) as error:
        return str(error) or str(_("This is not allowed."))
    return None
