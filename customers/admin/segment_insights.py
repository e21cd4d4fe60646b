"""Insights into segments: who asked for which, how far it is, and why it failed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.clock import utc_now
from customers.actions import segment_insight
from customers.admin.base import History, each
from customers.admin.filters import brand, choice, period
from customers.models import Brand, InsightState, SegmentInsight


@admin.register(SegmentInsight)
class SegmentInsightAdmin(History):
    """One that is on its way can be stopped; the counts themselves are on the segment's page."""

    icon = "insights"
    position = 21
    brand_path = "segment__brand"
    list_display = [
        "segment", "against", "state", "step", "asked_by", "asked_at", "computed_at", "seconds",
        "problem",
    ]  # fmt: skip
    list_filter = [brand("segment__brand"), choice("state"), period("asked_at")]
    list_select_related = ["segment", "other", "asked_by"]
    search_fields = ["segment__name", "segment__code", "other__name", "other__code"]
    ordering = ["-asked_at"]
    fields: ClassVar[Any] = [
        "segment", "against", "known_to", "state", "step", "asked_by", "asked_at", "moved_at",
        "computed_at", "seconds", "problem",
    ]  # fmt: skip
    readonly_fields: ClassVar[Any] = ["against", "known_to"]
    actions = ["stop"]  # type: ignore[assignment]

    @admin.action(description=_("Stop the chosen ones"), permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: QuerySet[SegmentInsight]) -> None:
        """Stop behind the step that is on its way; what was found out before stays."""
        going = queryset.filter(state__in=[InsightState.WAITING, InsightState.RUNNING])
        each(
            self,
            request,
            going.select_related("segment__brand"),
            lambda actor, row: segment_insight.stop(actor, row, now=utc_now()),
            str(_("%(n)d insights are stopped.")),
        )

    def has_stop_permission(self, request: HttpRequest) -> bool:
        """Who asked may stop; the action asks for the right, row by row."""
        return self.has_view_permission(request)

    @admin.display(description=_("against"), ordering="other__name")
    def against(self, row: SegmentInsight) -> str:
        """The other segment, or everybody."""
        return str(row.other or _("everybody"))

    @admin.display(description=_("among the customers of"))
    def known_to(self, row: SegmentInsight) -> str:
        """The brands whose customers were looked at."""
        names = [brand.title for brand in Brand.objects.filter(pk__in=row.brand_ids)]
        return ", ".join(names) or str(_("every brand"))
