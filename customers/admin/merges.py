"""Merges with their undoing, and the queue of reviews. Names stay masked: numbers are shown."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.access import Right, may
from customers.admin.base import History, each
from customers.admin.filters import brand, choice, is_there, period
from customers.admin.scoped import actor_of
from customers.admin.search import ExactSearch
from customers.formats import reference
from customers.identity.merge import unmerge
from customers.identity.reviews import decide_merge, keep_apart, take_back
from customers.models import Merge, MergeReview


class Deciding(ExactSearch, History):
    """A history on which somebody decides who may edit customers of every brand."""

    search_help_text = _("The number of a customer.")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Customers belong to the group, so a role in every brand decides."""
        return may(actor_of(request), Right.EDIT_CUSTOMER, None)


@admin.register(Merge)
class MergeAdmin(Deciding):
    icon = "merge"
    position = 13
    brand_path = None
    list_display = ["at", "kept_reference", "other_reference", "reason", "note", "by", "undone_at"]
    list_filter = [choice("reason"), period("at"), is_there("undone_at", _("was undone"))]
    list_select_related = ["by"]
    number_lookups: ClassVar[Any] = ["kept_id", "other_id"]
    ordering = ["-id"]
    fields: ClassVar[Any] = [
        "kept_reference", "other_reference", "at", "reason", "note", "by", "undone_at", "undone_by",
    ]  # fmt: skip
    readonly_fields: ClassVar[Any] = fields
    actions = ["undo"]  # type: ignore[assignment]

    @admin.action(description=_("Undo the chosen merges"), permissions=["decide"])
    def undo(self, request: HttpRequest, queryset: QuerySet[Merge]) -> None:
        """The last merge of each customer first, so that several can be chosen."""
        now = utc_now()
        each(
            self,
            request,
            queryset.order_by("-pk"),
            lambda actor, row: unmerge(actor, row, now=now),
            str(_("%(n)d merges are undone.")),
        )

    @admin.display(description=_("kept customer"), ordering="kept_id")
    def kept_reference(self, merge: Merge) -> str:
        """The number of who stayed."""
        return reference(merge.kept_id)

    @admin.display(description=_("other customer"), ordering="other_id")
    def other_reference(self, merge: Merge) -> str:
        """The number of who became part of her."""
        return reference(merge.other_id)


@admin.register(MergeReview)
class MergeReviewAdmin(Deciding):
    icon = "group_search"
    position = 14
    list_display = [
        "opened_at", "one_reference", "two_reference", "limits", "source", "place", "brand",
        "state", "decided_at", "decided_by",
    ]  # fmt: skip
    list_filter = [brand(), choice("state"), period("opened_at"), period("decided_at")]
    list_select_related = ["brand", "decided_by"]
    number_lookups: ClassVar[Any] = ["one_id", "two_id"]
    ordering = ["-id"]
    fields: ClassVar[Any] = [
        "one_reference", "two_reference", "limits", "source", "place", "brand", "state",
        "opened_at", "decided_at", "decided_by",
    ]  # fmt: skip
    readonly_fields: ClassVar[Any] = fields
    actions = ["merge_both", "keep_both", "open_again"]  # type: ignore[assignment]

    @admin.action(description=_("Merge the chosen pairs"), permissions=["decide"])
    def merge_both(self, request: HttpRequest, queryset: QuerySet[MergeReview]) -> None:
        """Each pair becomes one customer, whatever the limit."""
        now = utc_now()
        done = str(_("%(n)d pairs are merged."))
        each(self, request, queryset, lambda actor, row: decide_merge(actor, row, now=now), done)

    @admin.action(description=_("Keep the chosen pairs apart"), permissions=["decide"])
    def keep_both(self, request: HttpRequest, queryset: QuerySet[MergeReview]) -> None:
        """No fact joins the two of a pair any more."""
        now = utc_now()
        done = str(_("%(n)d pairs are kept apart."))
        each(self, request, queryset, lambda actor, row: keep_apart(actor, row, now=now), done)

    @admin.action(description=_("Take the decisions back"), permissions=["decide"])
    def open_again(self, request: HttpRequest, queryset: QuerySet[MergeReview]) -> None:
        """The pairs stand in the queue again."""
        now = utc_now()
        done = str(_("%(n)d pairs are to be decided again."))
        each(self, request, queryset, lambda actor, row: take_back(actor, row, now=now), done)

    @admin.display(description=_("one customer"), ordering="one_id")
    def one_reference(self, review: MergeReview) -> str:
        """The number of one side."""
        return reference(review.one_id)

    @admin.display(description=_("other customer"), ordering="two_id")
    def two_reference(self, review: MergeReview) -> str:
        """The number of the other side."""
        return reference(review.two_id)

    @admin.display(description=_("limits in the way"))
    def limits(self, review: MergeReview) -> str:
        """The codes of the kinds whose limit a merge would break."""
        return ", ".join(review.namespaces)
