"""Forms of "How customers are recognised"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Attribute, Brand, Namespace, Source

CHINESE = "zh-hans"


class _InBothLanguages(forms.ModelForm):
    """A name in English and in Chinese; the model keeps the second among its translations."""

    chinese = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["chinese"] = self.instance.names.get(CHINESE, "")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        names = {key: name for key, name in self.instance.names.items() if key != CHINESE}
        if values.get("chinese"):
            names[CHINESE] = values["chinese"]
        values["names"] = names
        return values


class NamespaceForm(_InBothLanguages):
    """A kind of identity. Its code, and what it stands for, are chosen once."""

    class Meta:
        model = Namespace
        fields = [
            "name", "code", "strength", "limit", "normaliser", "is_personal", "brand", "general",
        ]  # fmt: skip
        labels = {"general": _("Stands for"), "normaliser": _("How values are compared")}

    def __init__(
        self,
        *args: Any,
        brands: Sequence[Brand],
        whole_group: bool,
        has_values: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        brand = cast(forms.ModelChoiceField, self.fields["brand"])
        brand.queryset = Brand.objects.filter(pk__in=[each.pk for each in brands])
        brand.empty_label = str(_("all brands"))
        brand.required = not whole_group
        general = cast(forms.ModelChoiceField, self.fields["general"])
        general.queryset = Namespace.objects.filter(brand__isnull=True).order_by("name")
        general.empty_label = str(_("nothing else: facts name it by its own code"))
        self.fields["limit"].widget.attrs["max"] = 1000
        if self.instance.pk:
            for name in ("code", "general"):
                del self.fields[name]
            if has_values:
                self.fields["normaliser"].disabled = True
                self.fields["normaliser"].help_text = _(
                    "There are values in this form, so it stays. Make another kind for another one."
                )
        order = ["name", "chinese", "code", "strength", "limit", "normaliser", "is_personal"]
        self.order_fields(order)

    def clean_limit(self) -> int:
        limit = int(self.cleaned_data["limit"])
        if not 1 <= limit <= 1000:
            raise forms.ValidationError(_("At least 1 and at most 1,000 per customer."))
        return limit

    def _post_clean(self) -> None:
        """The action checks the row, so that page, admin and command say the same."""


class RuleForm(_InBothLanguages):
    """Which value of an attribute stays."""

    class Meta:
        model = Attribute
        fields = ["name", "conflict", "is_personal"]
        labels = {"conflict": _("When two values differ, this one stays")}
        widgets = {"conflict": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["conflict", "name", "chinese", "is_personal"])

    def _post_clean(self) -> None:
        """The action checks the row."""


class SourceForm(_InBothLanguages):
    """How far a source is trusted."""

    class Meta:
        model = Source
        fields = ["name", "trust"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["trust", "name", "chinese"])

    def clean_trust(self) -> int:
        trust = int(self.cleaned_data["trust"])
        if not 0 <= trust <= 100:
            raise forms.ValidationError(_("Trust is a number from 0 to 100."))
        return trust

    def _post_clean(self) -> None:
        """The action checks the row."""
