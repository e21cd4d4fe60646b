"""Channel accounts. A secret can be entered and replaced here, and is never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from campaigns.actions import accounts
from campaigns.models import ChannelAccount, Message
from campaigns.secrets import seal
from config.clock import utc_now
from customers.access import Right
from customers.admin.base import Desk, each
from customers.admin.filters import brand, choice, is_there

if TYPE_CHECKING:
    from django.forms import PasswordInput
else:
    from unfold.widgets import UnfoldAdminPasswordWidget as PasswordInput


class AccountForm(forms.ModelForm):
    """The settings of an account, and a field for a secret that only takes."""

    new_secret = forms.CharField(
        label=_("secret"),
        required=False,
        strip=True,
        max_length=4000,
        widget=PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_("Kept encrypted and never shown again. Empty: as it is."),
    )
    new_callback_secret = forms.CharField(
        label=_("secret of reports"),
        required=False,
        strip=True,
        max_length=4000,
        widget=PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_(
            "What proves the provider's posts where that is another secret than the one for "
            "sending: a key, or name:password. Kept encrypted. Empty: as it is."
        ),
    )
    forget_secret = forms.BooleanField(label=_("forget the secret"), required=False)

    class Meta:
        model = ChannelAccount
        exclude = ["secret", "callback_secret", "paused_at"]  # noqa: DJ006  # the page's fieldsets choose

    def save(self, commit: bool = True) -> ChannelAccount:
        """Keep the account, with what was entered as a secret sealed."""
        if self.cleaned_data.get("new_secret"):
            self.instance.secret = seal(self.cleaned_data["new_secret"])
        elif self.cleaned_data.get("forget_secret"):
            self.instance.secret = None
        if self.cleaned_data.get("new_callback_secret"):
            self.instance.callback_secret = seal(self.cleaned_data["new_callback_secret"])
        account: ChannelAccount = super().save(commit)
        return account


@admin.register(ChannelAccount)
class AccountAdmin(Desk):
    icon = "outgoing_mail"
    position = 30
    right_to_see = Right.SET_CHANNEL
    right_to_change = Right.SET_CHANNEL
    form = AccountForm
    secret_fields = frozenset({"new_secret", "new_callback_secret"})
    list_display = [
        "name", "channel", "brand", "provider", "has_secret", "is_default", "rate_per_second",
        "paused_at",
    ]  # fmt: skip
    list_filter = [brand(), choice("channel"), is_there("paused_at", _("paused"))]
    list_select_related = ["brand"]
    search_fields = ["name", "provider"]
    autocomplete_fields = ["brand"]
    readonly_fields = ["has_secret", "paused_at", "test", "address"]
    fieldsets = [
        (None, {"fields": ["name", "channel", "brand", "provider", "is_default", "test"]}),
        (_("Sending"), {"fields": ["rate_per_second", "paused_at"]}),
        (_("Connection"), {"fields": ["settings", "has_secret", "new_secret", "forget_secret"]}),
        (_("Reports of the provider"), {"fields": ["address", "new_callback_secret"]}),
    ]
    actions = ["pause", "resume"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not Message.objects.filter(account=obj).exists()

    @admin.display(description=_("has a secret"), boolean=True)
    def has_secret(self, account: ChannelAccount) -> bool:
        """Whether a secret is kept."""
        return bool(account.secret)

    @admin.display(description=_("address for its posts"))
    def address(self, account: ChannelAccount) -> str:
        """Where the provider posts what became of messages."""
        return account.callback_url if account.pk else str(_("Save the account first."))

    @admin.display(description=_("test"))
    def test(self, account: ChannelAccount) -> str:
        """The way to the page that sends a test."""
        if not account.pk:
            return str(_("Save the account first."))
        url = reverse("campaigns:account_test", args=[account.pk])
        return format_html('<a href="{}">{}</a>', url, _("Send a test…"))

    @admin.action(description=_("Pause the chosen accounts"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[ChannelAccount]) -> None:
        """Hold everything that goes out through them."""
        now, done = utc_now(), str(_("%(n)d accounts are paused."))
        rows = queryset.select_related("brand")
        each(self, request, rows, lambda actor, row: accounts.pause(actor, row, now), done)

    @admin.action(description=_("Resume the chosen accounts"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[ChannelAccount]) -> None:
        """Let what waits go out."""
        now, done = utc_now(), str(_("%(n)d accounts send again."))
        rows = queryset.select_related("brand")
        each(self, request, rows, lambda actor, row: accounts.resume(actor, row, now), done)
