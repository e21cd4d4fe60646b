"""The form of a tag category: its name in both languages, and where it stands."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import TagCategory
from customers.tags.tree import below, in_order

CHINESE = "zh-hans"


class CategoryForm(forms.Form):
    """Name, Chinese name and parent; a category is not offered to stand below itself."""

    name = forms.CharField(label=_("Name"), max_length=120)
    chinese = forms.CharField(
        label=_("Name in Chinese"),
        max_length=120,
        required=False,
        help_text=_("Empty: the name above is shown."),
    )
    parent = forms.ChoiceField(label=_("Stands below"), required=False)

    def __init__(self, *args: Any, category: TagCategory | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branches = in_order(TagCategory.objects.all())
        own = set(below(branches, category.pk)) if category else set()
        self.by_id = {str(b.category.pk): b.category for b in branches if b.category.pk not in own}
        field = cast(forms.ChoiceField, self.fields["parent"])
        field.choices = [
            ("", _("the top")),
            *((str(b.category.pk), b.words) for b in branches if b.category.pk not in own),
        ]

    @property
    def names(self) -> dict[str, str]:
        """The translations, for the action."""
        return {CHINESE: self.cleaned_data["chinese"]}

    @property
    def chosen(self) -> TagCategory | None:
        """The parent, None for the top."""
        return self.by_id.get(self.cleaned_data["parent"])
