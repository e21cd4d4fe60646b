"""Offers and the codes of their pools."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from campaigns.models import Offer, OfferCode
from campaigns.offers import pool_of
from customers.access import Right
from customers.admin.base import Desk, History
from customers.admin.filters import brand, choice, is_there, lookup, period
from customers.admin.search import ExactSearch


@admin.register(Offer)
class OfferAdmin(Desk):
    icon = "redeem"
    position = 50
    right_to_change = Right.PUBLISH
    list_display = ["name", "code", "brand", "kind", "value", "minimum", "starts_at", "ends_at"]
    list_filter = [brand(), choice("kind"), period("starts_at"), period("ends_at")]
    list_select_related = ["brand"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["brand"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code", "brand", "pool"] if obj else ["pool"]

    @admin.display(description=_("codes"))
    def pool(self, offer: Offer) -> str:
        """How full the pool is, with the way to the page that fills it."""
        if not offer.pk:
            return "–"
        pool, url = pool_of(offer), reverse("campaigns:offer_codes", args=[offer.pk])
        words = _("%(free)s of %(all)s are free") % {"free": pool.free, "all": pool.all}
        return format_html('<a href="{}">{}</a>', url, words)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not obj.codes.exists()


@admin.register(OfferCode)
class OfferCodeAdmin(ExactSearch, History):
    """Codes are worth money: they are shown only in part, and issued by journeys alone."""

    icon = "confirmation_number"
    position = 51
    brand_path = "offer__brand"
    list_display = ["shown_code", "offer", "customer_number", "issued_at", "redeemed_at"]
    list_filter = [
        brand("offer__brand"), lookup("offer"), is_there("issued_at", _("issued")),
        is_there("redeemed_at", _("redeemed")),
    ]  # fmt: skip
    list_select_related = ["offer", "offer__brand"]
    number_lookups = ["customer_id"]
    text_lookups = ["code"]
    search_help_text = _("A whole code, or the number of a customer.")
    fields = ["shown_code", "offer", "customer_number", "issued_at", "redeemed_at"]
    readonly_fields: ClassVar[Any] = fields
    ordering = ["-id"]

    @admin.display(description=_("code"))
    def shown_code(self, code: OfferCode) -> str:
        """The code with its end hidden until it has been redeemed."""
        return code.code if code.redeemed_at else f"{code.code[:4]}…"

    @admin.display(description=_("customer"), ordering="customer_id")
    def customer_number(self, code: OfferCode) -> str:
        """The number of who got it."""
        return f"C-{code.customer_id}" if code.customer_id else ""
