"""Forms of the content pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns.actions.contents import SETTINGS, TextDraft
from campaigns.channels import channel
from campaigns.models import Content, ContentBlock, ContentText, SeedAddress
from campaigns.models.seed import CHANNELS
from customers.models import Brand

PARTS = ("subject", "preheader", "body", "html")


class ContentForm(forms.ModelForm):
    """What a new content is for; its texts are in TextForms."""

    class Meta:
        model = Content
        fields = [
            "name", "code", "brand", "channel", "purpose", "on_missing", "on_loss", "worth",
        ]  # fmt: skip

    def __init__(self, *args: Any, brands: Sequence[Brand], **kwargs: Any):
        super().__init__(*args, **kwargs)
        of_brands(self, brands)
        # Left out, they are as the model has them.
        self.fields["on_loss"].required = self.fields["worth"].required = False
        self.fields["code"].help_text = _("How journeys name it, such as offer_reminder.")


class SettingsForm(forms.ModelForm):
    """What may be changed of a content besides its texts."""

    class Meta:
        model = Content
        fields = SETTINGS


class BlockForm(forms.ModelForm):
    """A new block: its name and language stay."""

    class Meta:
        model = ContentBlock
        fields = ["brand", "code", "language", "source"]
        widgets: ClassVar = {"source": forms.Textarea({"rows": 12, "spellcheck": "false",
                                                       "class": "code"})}  # fmt: skip

    def __init__(self, *args: Any, brands: Sequence[Brand], **kwargs: Any):
        super().__init__(*args, **kwargs)
        of_brands(self, brands)
        language = cast(forms.ChoiceField, self.fields["language"])
        language.choices = [("", _("every language without one of its own")), *settings.LANGUAGES]


class BlockTextForm(forms.ModelForm):
    """The text of a block that is there."""

    class Meta:
        model = ContentBlock
        fields = ["source"]
        widgets = BlockForm.Meta.widgets


class SeedForm(forms.ModelForm):
    """An address for samples."""

    class Meta:
        model = SeedAddress
        fields = ["brand", "channel", "address", "name"]

    def __init__(self, *args: Any, brands: Sequence[Brand], **kwargs: Any):
        super().__init__(*args, **kwargs)
        of_brands(self, brands)
        channel_field = cast(forms.ChoiceField, self.fields["channel"])
        channel_field.choices = CHANNELS


def of_brands(form: forms.BaseForm, brands: Sequence[Brand]) -> None:
    """Offer *brands* in the field of that name."""
    field = cast(forms.ModelChoiceField, form.fields["brand"])
    field.label = _("Brand")
    field.queryset = Brand.objects.filter(pk__in=[brand.pk for brand in brands])
    field.empty_label = None


class TextForm(forms.Form):
    """The text in one language. Left empty altogether: no text in this language."""

    subject = forms.CharField(label=_("Subject"), max_length=240, required=False)
    preheader = forms.CharField(label=_("Preheader"), max_length=240, required=False)
    body = forms.CharField(
        label=_("Text"), required=False, widget=forms.Textarea({"rows": 8, "spellcheck": "true"})
    )
    html = forms.CharField(
        label=_("HTML or MJML"),
        required=False,
        widget=forms.Textarea({"rows": 14, "spellcheck": "false", "class": "code"}),
        help_text=_("MJML begins with <mjml>. Without a text, the plain part is made of this."),
    )

    def __init__(
        self, data: Any, *, language: str, channel_code: str, initial: dict[str, str] | None
    ):
        super().__init__(data, prefix=language, initial=initial)
        self.language = language
        self.language_name = dict(settings.LANGUAGES).get(language, language)
        taken = channel(channel_code).parts
        for part in PARTS:
            if part not in taken:
                del self.fields[part]
            else:
                self.fields[part].widget.attrs["lang"] = language

    @property
    def draft(self) -> TextDraft | None:
        """The text as written, or None when nothing was."""
        values = {part: self.cleaned_data.get(part, "") for part in PARTS}
        return TextDraft(self.language, **values) if any(values.values()) else None


def text_forms(
    data: Any,
    channel_code: str,
    texts: Sequence[ContentText] = (),
    *,
    first: Mapping[str, dict[str, str]] | None = None,
) -> list[TextForm]:
    """A form for every language of the product and every other one that has a text; *first* is by
    language what stands in new ones, such as a starter template."""
    held = {
        **(first or {}),
        **{text.language: {part: getattr(text, part) for part in PARTS} for text in texts},
    }
    languages = [code for code, _name in settings.LANGUAGES]
    languages += [code for code in held if code not in languages]
    return [
        TextForm(
            data,
            language=code,
            channel_code=channel_code,
            initial=held.get(code),
        )
        for code in languages
    ]
