"""The form of a segment, beside its rule: what it is called, whose it is, how it is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pypinyin import lazy_pinyin

from customers.formats import duration
from customers.models import Brand, Segment, SegmentKind, User
from customers.models.brand import code_validator

CHINESE: Final = "zh-hans"
OWNERS_MOST: Final = 300
BY_HAND: Final = ""
LIVE: Final = "live"
REFRESHED: Final = (
    (LIVE, _("Live: within seconds")),
    ("900", _("Every quarter of an hour")),
    ("3600", _("Every hour")),
    ("21600", _("Every six hours")),
    ("86400", _("Every day")),
    (BY_HAND, _("Only by hand")),
)


class SegmentForm(forms.Form):
    """The rule itself is the editor's. Without a code, a new segment gets one made of its name."""

    name = forms.CharField(label=_("Name"), max_length=120)
    chinese = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
    brand = forms.ChoiceField(label=_("Brand"), required=False)
    refresh = forms.ChoiceField(label=_("Kept up to date"), required=False)
    owner = forms.ModelChoiceField(
        User.objects.none(), label=_("Owner"), required=False, empty_label="–"
    )
    description = forms.CharField(
        label=_("Description"), max_length=240, required=False,
        widget=forms.Textarea({"rows": 2}),
    )  # fmt: skip
    code = forms.CharField(
        label=_("Code"), max_length=40, required=False, validators=[code_validator],
        help_text=_("How rules and the API name it. Empty: made of the name."),
    )  # fmt: skip

    def __init__(
        self,
        data: Any = None,
        *,
        brands: Sequence[Brand | None],
        segment: Segment | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial or (_initial(segment) if segment else {}))
        self.segment = segment
        if segment is not None and segment.brand not in brands:
            brands = [segment.brand, *brands]
        self.by_id = {str(each.pk) if each else "": each for each in brands}
        self._choices("brand", [
            (pk, each.title if each else str(_("All brands"))) for pk, each in self.by_id.items()
        ])  # fmt: skip
        kept = _kept(segment) if segment else ""
        refreshed = [(code, str(words)) for code, words in REFRESHED]
        if kept not in dict(refreshed):
            words = _("Every %(span)s") % {"span": duration(int(kept))}
            refreshed.insert(0, (kept, str(words)))
        self._choices("refresh", refreshed)
        if "refresh" not in self.initial:
            self.initial["refresh"] = LIVE
        owners = Q(memberships__brand__isnull=True) | Q(
            memberships__brand__in=[each.pk for each in brands if each]
        )
        mine = Q(pk=segment.owner_id) if segment and segment.owner_id else Q()
        people = User.objects.filter(owners | mine, is_active=True).distinct().order_by("email")
        field = cast("forms.ModelChoiceField[User]", self.fields["owner"])
        field.queryset = User.objects.filter(pk__in=people.values("pk")[:OWNERS_MOST])
        if segment is not None:
            del self.fields["code"]
            if segment.kind == SegmentKind.LIST:
                del self.fields["refresh"]

    @property
    def chosen_brand(self) -> Brand | None:
        """Whose it is; None: shared by all."""
        return self.by_id.get(self.cleaned_data.get("brand", ""))

    @property
    def values(self) -> dict[str, Any]:
        """What the actions take, but brand and code."""
        said = self.cleaned_data
        others = self.segment.names if self.segment else {}
        names = {**others, CHINESE: said["chinese"]}
        found = {
            "name": said["name"],
            "names": {language: name for language, name in names.items() if name},
            "description": said["description"],
            "owner": said["owner"],
        }
        if "refresh" in self.fields:
            every = said["refresh"]
            found["is_live"] = every == LIVE
            found["refresh_seconds"] = int(every) if every.isdecimal() else None
        return found

    @property
    def new_code(self) -> str:
        """The code that was typed, else one made of the name that is still free."""
        return self.cleaned_data.get("code") or free_code(self.cleaned_data["name"])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices


def free_code(name: str) -> str:
    """A code made of a name, Chinese in pinyin, that no segment has yet: "gold_going_quiet"."""
    plain = unicodedata.normalize("NFKD", " ".join(lazy_pinyin(name))).encode("ascii", "ignore")
    base = re.sub("[^a-z0-9]+", "_", plain.decode().lower()).strip("_")[:34]
    if not base or not base[0].isalpha():
        base = f"s_{base}".strip("_")[:34]
    taken = set(Segment.objects.filter(code__startswith=base).values_list("code", flat=True))
    return next(
        code for code in (base, *(f"{base}_{n}" for n in range(2, 100_000))) if code not in taken
    )


# helpers


def _kept(segment: Segment) -> str:
    """How it is kept up to date, as the choice has it."""
    return LIVE if segment.is_live else str(segment.refresh_seconds or BY_HAND)


def _initial(segment: Segment) -> dict[str, Any]:
    return {
        "name": segment.name,
        "chinese": segment.names.get(CHINESE, ""),
        "brand": str(segment.brand_id or ""),
        "refresh": _kept(segment),
        "owner": segment.owner_id,
        "description": segment.description,
    }
