"""What each brand wants done to the links of its messages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import BrandSending, SeedAddress
from customers.access import Right
from customers.admin.base import Desk
from customers.admin.filters import brand, choice
from customers.formats import masked


@admin.register(BrandSending)
class BrandSendingAdmin(Desk):
    """A brand without a row has the defaults: clicks and opens are followed, UTM is added."""

    icon = "link"
    position = 31
    right_to_change = Right.SET_CHANNEL
    list_display = ["brand", "tracks_clicks", "tracks_opens", "adds_utm", "double_opt_in"]
    list_filter = [brand(), "tracks_clicks", "tracks_opens", "adds_utm"]
    list_select_related = ["brand"]
    search_fields = ["brand__name", "brand__code"]
    fieldsets = [
        (None, {"fields": ["brand", "tracks_clicks", "tracks_opens", "double_opt_in"]}),
        (_("UTM parameters"), {"fields": ["adds_utm", "utm_source", "utm_medium", "utm_campaign"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand"] if obj else []


@admin.register(SeedAddress)
class SeedAddressAdmin(Desk):
    """Addresses of colleagues to whom samples of contents are sent."""

    icon = "forward_to_inbox"
    position = 32
    personal_fields = frozenset({"address"})
    list_display = ["name", "shown_address", "channel", "brand"]
    list_filter = [brand(), choice("channel")]
    list_select_related = ["brand"]
    search_fields = ["name"]

    @admin.display(description=_("address"))
    def shown_address(self, seed: SeedAddress) -> str:
        """Masked, as everywhere in lists."""
        return masked(seed.address, {"email": "email", "sms": "phone"}[seed.channel])
