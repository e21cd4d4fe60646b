"""Forms of a user's own account: sign in, new password, preferences."""

from __future__ import annotations

import math
import zoneinfo
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers import attempts
from customers.models import User

if TYPE_CHECKING:
    ModelFormOfUser = forms.ModelForm[User]
else:  # generic only for the type checker
    ModelFormOfUser = forms.ModelForm


class SignInForm(AuthenticationForm):
    """Sign in by e-mail in any case, with a limit on attempts."""

    username = forms.EmailField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": _(
            "This e-mail and password do not belong together. Check both, or set a new password."
        ),
        "inactive": _("This account is closed. Ask an admin of your brand to open it again."),
    }

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        email = self.cleaned_data.get("username", "")
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        now = timezone.now()
        left = attempts.wait_for(email, address, now)
        if left:
            minutes = max(1, math.ceil(left.total_seconds() / 60))
            raise ValidationError(
                ngettext(
                    "Too many attempts. Wait %(minutes)s minute, or set a new password.",
                    "Too many attempts. Wait %(minutes)s minutes, or set a new password.",
                    minutes,
                ),
                code="too_many",
                params={"minutes": minutes},
            )
        try:
            cleaned = super().clean()
        except ValidationError:
            attempts.note_failure(email, address, now)
            raise
        attempts.forget(email, address)
        return cleaned


class ResetForm(PasswordResetForm):
    """Asks for the address; the mail is written in the language of its reader."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        language = context["user"].language or translation.get_language()
        with translation.override(language):
            super().send_mail(
                subject_template_name,
                email_template_name,
                context,
                from_email,
                to_email,
                html_email_template_name,
            )


class AccountForm(ModelFormOfUser):
    """Name, language, theme and time zone of the signed-in user."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("All times on your pages are shown on this clock."),
    )

    class Meta:
        model = User
        fields = ["display_name", "language", "theme", "timezone"]
        labels = {"display_name": _("Name"), "theme": _("Light or dark")}
        help_texts = {"display_name": _("As colleagues see it. Empty: your e-mail address.")}
        widgets = {"display_name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = cast(forms.ChoiceField, self.fields["language"])
        zone = cast(forms.ChoiceField, self.fields["timezone"])
        names = {"en": "English", "zh-hans": "简体中文"}
        language.choices = [
            ("", _("As the browser asks")),
            *((code, names.get(code, name)) for code, name in settings.LANGUAGES),
        ]
        zone.choices = [(name, name.replace("_", " ")) for name in zones()]


# helpers


@cache
def zones() -> tuple[str, ...]:
    """Names of places, such as Asia/Shanghai, and UTC."""
    regions = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    named = [name for name in zoneinfo.available_timezones() if name.partition("/")[0] in regions]
    return ("UTC", *sorted(named))
