"""A journey as text: pasted or uploaded YAML, with its brand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Brand
from journeys.graph.yaml import LONGEST


class WrittenJourney(forms.Form):
    """The text of a journey, typed or uploaded; the file wins."""

    brand = forms.ModelChoiceField(
        Brand.objects.none(), label=gettext_lazy("Brand"), empty_label=None
    )
    text = forms.CharField(
        label=gettext_lazy("Journey as YAML"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 28, "spellcheck": "false", "autocapitalize": "off", "class": "code"}
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml,text/yaml"}),
        help_text=gettext_lazy("A file takes the place of the text above."),
    )

    def __init__(self, *args: Any, brands: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["brand"]
        if isinstance(choice, forms.ModelChoiceField):
            choice.queryset = brands
        if brands.count() == 1:
            choice.widget = forms.HiddenInput()
            choice.initial = brands.first()

    def clean(self) -> dict[str, Any]:
        """Take the text out of the file when there is one."""
        cleaned = super().clean() or {}
        upload = cleaned.get("file")
        if upload:
            if upload.size > LONGEST * 4:
                raise forms.ValidationError(_("Expected a file of at most 256 kB of text."))
            try:
                cleaned["text"] = upload.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise forms.ValidationError(_("The file is not UTF-8 text.")) from error
        if not (cleaned.get("text") or "").strip():
            raise forms.ValidationError(_("Write or upload a journey first."))
        return cleaned
