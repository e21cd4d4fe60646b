"""The form of a tag: only what fits its kind, with names prefilled in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.forms import tag_lines as lines
from customers.forms.tag_rows import Rows
from customers.models import Brand, DataType, RefreshEvery, Tag, TagCategory
from customers.rules import Problem, read_duration
from customers.tags.definition.nodes import STATISTICS

KINDS = {
    "assigned": (_("Assigned"), _("People, imports, the API or journeys give it.")),
    "fact": (_("Fact"), _("A statistic over events: how often, how much, first, last, favourite.")),
    "rfm": (_("RFM"), _("Who bought lately, often and for much, with named cells.")),
    "lifecycle": (_("Lifecycle"), _("New, active, loyal, sleeping and lost.")),
    "tiers": (_("Value tiers"), _("Classes of a fact, such as bronze, silver and gold.")),
    "aipl": (_("AIPL stages"), _("Aware, interest, purchase, loyal.")),
    "aarrr": (_("AARRR stages"), _("Acquisition, activation, retention, revenue, referral.")),
    "custom": (_("Stages of your own"), _("The last stage whose condition holds.")),
    "rules": (_("Values by rules"), _("The first value whose condition holds.")),
    "scorecard": (_("Scorecard"), _("Points for conditions, added up into classes.")),
}
STATISTIC_NAMES = {
    "count": _("How often"),
    "sum": _("Sum of a property"),
    "average": _("Average of a property"),
    "first": _("First: its day or a property"),
    "last": _("Last: its day or a property"),
    "favourite": _("Most frequent value of a property"),
    "days_since": _("Days since the last"),
    "distinct": _("Different values of a property"),
}
SCORES = (("recency", _("R: days")), ("frequency", _("F: times")), ("monetary", _("M: sum")))
DAYS = (
    ("new_days", _("New for days")),
    ("active_days", _("Active for days")),
    ("sleeping_days", _("Sleeping until days")),
    ("loyal_times", _("Loyal from times")),
)
_WHERE = '{"property": "channel", "op": "eq", "value": "app"}'


class TagForm(Rows):
    """`of` is one of KINDS. `definition` is what was typed, for the action to check."""

    name = forms.CharField(label=_("Name"), max_length=120)
    chinese = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
    code = forms.CharField(
        label=_("Code"), max_length=40, help_text=_("How rules and the API name it.")
    )
    brand = forms.ChoiceField(label=_("Brand"), required=False)
    category = forms.ModelChoiceField(
        TagCategory.objects.all(), label=_("Category"), required=False, empty_label="–"
    )
    description = forms.CharField(label=_("Description"), max_length=240, required=False)
    valid_days = forms.IntegerField(
        label=_("Valid for days"), min_value=1, max_value=3660, required=False,
        help_text=_("Empty: until it is changed."),
    )  # fmt: skip
    refresh_every = forms.ChoiceField(
        label=_("Refreshed"), choices=RefreshEvery.choices, initial=RefreshEvery.DAY
    )
    refresh_time = forms.TimeField(
        label=_("At"), initial="03:00", help_text=_("On the clock of the brand."),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    follows_events = forms.BooleanField(label=_("Follow events within seconds"), required=False)

    def __init__(
        self, data: Any = None, *, of: str, brands: Sequence[Brand | None], tag: Tag | None = None
    ) -> None:
        super().__init__(data)
        self.of, self.tag = of, tag
        self.by_id = {str(each.pk) if each else "": each for each in brands}
        choice = cast(forms.ChoiceField, self.fields["brand"])
        choice.choices = [
            (pk, each.title if each else _("All brands")) for pk, each in self.by_id.items()
        ]
        if of == "assigned":
            for name in ("refresh_every", "refresh_time", "follows_events"):
                del self.fields[name]
            kinds = [choice for choice in DataType.choices if choice[0] != DataType.LIST]
            self.fields["data_type"] = forms.ChoiceField(label=_("Type"), choices=kinds)
            self.fields["is_multiple"] = forms.BooleanField(
                label=_("Several values at once"), required=False
            )
        if tag is not None:
            del self.fields["code"], self.fields["brand"]
            self.initial = {name: getattr(tag, name, "") for name in self.fields}
            self.initial["chinese"] = tag.names.get(lines.CHINESE, "")
        stored = tag.definition if tag else {}
        held = stored.get("fact") or stored.get("model") or lines.start(of)
        self._build = self._parts(held)

    # what the action wants

    @property
    def definition(self) -> dict[str, Any]:
        """The definition as typed, good or not."""
        self.is_valid()
        if self.of == "assigned":
            return {}
        return {"schema": 1, "fact" if self.of == "fact" else "model": self._build()}

    @property
    def values(self) -> dict[str, Any]:
        """The rest, for `create` and `change`."""
        names = {"category", "description", "valid_days", "refresh_every", "refresh_time",
                 "follows_events", "data_type", "is_multiple", "name"}  # fmt: skip
        found = {name: value for name, value in self.cleaned_data.items() if name in names}
        others = self.tag.names if self.tag else {}
        chinese = {lines.CHINESE: self.cleaned_data["chinese"]}
        found["names"] = {key: value for key, value in (others | chinese).items() if value}
        return found

    @property
    def chosen_brand(self) -> Brand | None:
        return self.tag.brand if self.tag else self.by_id.get(self.cleaned_data.get("brand", ""))

    def show(self, problems: Sequence[Problem]) -> None:
        """Put each problem beside the field whose name its place ends with, else above all."""
        for each in problems:
            if not each.is_warning:
                parts = [part for part in each.place.replace("[", ".").split(".") if part]
                named = [part for part in reversed(parts) if part in self.fields]
                cuts = [f"{part}_cuts" for part in parts if f"{part}_cuts" in self.fields]
                fitting = [*cuts, *named, None]
                where = f"{each.place.removeprefix('definition.')}: " if not fitting[0] else ""
                self.add_error(fitting[0], where + each.text)

    # parts

    def _parts(self, held: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
        if self.of == "fact":
            self._fact(held)
            return self._read_fact
        if self.of == "rfm":
            self._events(held)
            self.add("amount", forms.CharField(label=_("Amount, a property"), max_length=120),
                     held.get("amount", ""))  # fmt: skip
            for name, label in SCORES:
                self._cuts(name, label, held.get(name, {}))
            self.rfm_cells(held)
            return self._read_rfm
        if self.of == "lifecycle":
            self._events(held)
            for name, label in DAYS:
                field = forms.IntegerField(label=label, min_value=1, max_value=10_000)
                self.add(name, field, held.get(name))
            return self._read_lifecycle
        if self.of == "tiers":
            self._fact(held["fact"])
            self._cuts("cuts", _("Classes"), held.get("cuts", {}))
            self.add_lines(held["names"], lines.BLANK, {})
            return self._read_tiers
        if self.of == "assigned":
            return dict
        self.ruled(held)
        return self.read_ruled

    def _read_rfm(self) -> dict[str, Any]:
        found = {"of": "rfm", **self._read_events(), "amount": self.typed("amount")}
        return found | {name: self._read_cuts(name) for name, _label in SCORES} | self.read_cells()

    def _read_lifecycle(self) -> dict[str, Any]:
        days = {name: (lines.figures(self.typed(name)) or [None])[0] for name, _label in DAYS}
        return {"of": "lifecycle", **self._read_events(), **days}

    def _events(self, held: Mapping[str, Any]) -> None:
        seen = forms.TextInput({"list": "events-seen", "autocomplete": "off"})
        self.add("event", forms.CharField(label=_("Event"), widget=seen), held.get("event", ""))
        days = read_duration(held["window"]).days if held.get("window") else None
        window = forms.IntegerField(
            label=_("In the last days"), min_value=1, max_value=3660,
            help_text=_("Empty: since ever."),
        )  # fmt: skip
        self.add("window", window, days)
        where = forms.CharField(
            label=_("Only events that fit"), widget=forms.Textarea({"rows": 2}),
            help_text=_("Empty, or a condition such as %(example)s.") % {"example": _WHERE},
        )  # fmt: skip
        self.add("where", where, lines.rule_text(held.get("where")))

    def _read_events(self) -> dict[str, Any]:
        typed = self.typed
        found: dict[str, Any] = {"event": typed("event")}
        if typed("window"):
            found["window"] = f"{typed('window')}d"
        if typed("where"):
            found["where"] = lines.rule_of("", typed("where"))
        return found

    def _fact(self, held: Mapping[str, Any]) -> None:
        choices = [(each, STATISTIC_NAMES[each]) for each in STATISTICS]
        self.add("stat", forms.ChoiceField(label=_("What"), choices=choices), held.get("of"))
        self._events(held)
        name = forms.CharField(label=_("Property"), max_length=120,
                               help_text=_("Such as amount or category."))  # fmt: skip
        self.add("property", name, held.get("property", ""))
        kinds = [(each.value, each.label)
                 for each in (DataType.TEXT, DataType.NUMBER, DataType.DATE)]  # fmt: skip
        self.add("as", forms.ChoiceField(label=_("Read as"), choices=kinds), held.get("as"))

    def _read_fact(self) -> dict[str, Any]:
        of, name = self.typed("stat"), self.typed("property")
        found = {"of": of, **self._read_events()}
        if name and of not in ("count", "days_since"):
            found["property"] = name
            if of in ("first", "last", "favourite"):
                found["as"] = self.typed("as") or "text"
        return found

    def _read_tiers(self) -> dict[str, Any]:
        names = [lines.value_of(each) for each in self.read_lines()]
        while names and names[-1] is None:
            names.pop()
        return {"of": "tiers", "fact": self._read_fact(), "cuts": self._read_cuts("cuts"),
                "names": names}  # fmt: skip

    def _cuts(self, name: str, label: Any, held: Mapping[str, Any]) -> None:
        groups = [("", _("own cuts")), *((str(n), _("%(n)d equal groups") % {"n": n})
                                         for n in range(2, 11))]  # fmt: skip
        field = forms.ChoiceField(label=label, choices=groups)
        self.add(f"{name}_groups", field, str(held.get("quantiles", "")))
        text = forms.CharField(label=_("Cuts"), max_length=400,
                               help_text=_("Rising, such as 30, 90, 180."))  # fmt: skip
        self.add(f"{name}_cuts", text, lines.written(held.get("values", [])))

    def _read_cuts(self, name: str) -> dict[str, Any]:
        return lines.cuts_of(self.typed(f"{name}_groups"), self.typed(f"{name}_cuts"))
