"""Lines of a tag's form: cells, classes, stages and values, each with a name in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from customers.forms import tag_lines as lines
from customers.models import Segment

LINES_MOST = 40
MORE = "more"  # the button that asks for some more lines, and saves nothing
CODE, ENGLISH, IN_CHINESE = _("Code"), _("Name"), _("Name in Chinese")


class Rows(forms.Form):
    """What forms with lines share; `rows` are bound fields, line by line, under `heads`."""

    of: str
    heads: list[Any]

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.heads = []
        self._keys: list[str] = []
        self._count = 0

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The fields of each line, but for its rule, which has an editor."""
        keys = [key for key in self._keys if key != "rule"]
        return [[self[f"{key}_{i}"] for key in keys] for i in range(self._count)]

    @property
    def is_ruled(self) -> bool:
        """Whether each line has a rule, in the field `rule_0` and so on."""
        return "rule" in self._keys

    @property
    def has_room(self) -> bool:
        """Whether there can be more lines."""
        return self._count < LINES_MOST

    def overlook(self) -> None:
        """Complain about nothing: what is typed is not finished yet."""
        self._errors, self.cleaned_data = ErrorDict(), {}

    def add(self, name: str, field: forms.Field, initial: Any = None) -> None:
        """One more field; the definition itself says whether it may stay empty."""
        field.initial, field.required = initial, False
        self.fields[name] = field

    def typed(self, name: str) -> str:
        """What stands in a field, cleaned or not."""
        value = getattr(self, "cleaned_data", {}).get(name, self.data.get(name, ""))
        return "" if value is None else str(value).strip()

    def add_lines(
        self, values: Sequence[Any], blank: int, more: Mapping[str, tuple[Any, Callable[..., Any]]]
    ) -> None:
        """A line for each of *values* and some empty ones. `more`: key → (head, field and what it
        begins with, of a value)."""
        self._keys = ["code", "en", "zh", *more]
        heads = [head for key, (head, _make) in more.items() if key != "rule"]
        self.heads = [CODE, ENGLISH, IN_CHINESE, *heads]
        wanted = len(values) + blank
        if self.is_bound:
            # Lines that came in stay, however many there were; a scorecard's have no codes.
            wanted = sum(
                f"code_{i}" in self.data or f"points_{i}" in self.data for i in range(LINES_MOST)
            ) + (lines.BLANK if MORE in self.data else 0)
        self._count = min(wanted, LINES_MOST)
        for i in range(self._count):
            value = values[i] if i < len(values) else None
            first = (
                ("code", lines.code_of(value)),
                ("en", lines.name_of(value, "en")),
                ("zh", lines.name_of(value, lines.CHINESE)),
            )
            for (key, initial), head in zip(first, self.heads, strict=False):
                self._cell(f"{key}_{i}", forms.CharField(max_length=120), head, initial)
            for key, (head, make) in more.items():
                field, initial = make(value or {})
                self._cell(f"{key}_{i}", field, head, initial)

    def read_lines(self) -> list[dict[str, str]]:
        """What stands in the lines, empty ones too."""
        return [{key: self.typed(f"{key}_{i}") for key in self._keys} for i in range(self._count)]

    # models that are mostly lines

    def rfm_cells(self, held: Mapping[str, Any]) -> None:
        """Cells with their ranges of scores, written as 4-5; the last line is for the rest."""

        def span(letter: str) -> Callable[..., Any]:
            def make(value: Mapping[str, Any]) -> tuple[forms.Field, str]:
                pair = value.get(letter)
                return forms.CharField(max_length=9), "-".join(map(str, pair)) if pair else ""

            return make

        more = {letter: (letter.upper(), span(letter)) for letter in "rfm"}
        self.add_lines([*held.get("cells", []), held.get("else") or {}], 0, more)

    def read_cells(self) -> dict[str, Any]:
        """`cells` and `else`: the line without scores."""
        found: dict[str, Any] = {"cells": [], "else": None}
        for line in self.read_lines():
            value = lines.value_of(line)
            ranges = {letter: _span(line[letter]) for letter in "rfm" if line[letter]}
            if value is not None and ranges:
                found["cells"].append(value | ranges)
            elif value is not None:
                found["else"] = value
        return found

    def ruled(self, held: Mapping[str, Any]) -> None:
        """Stages, values or points, each with a segment or a rule of its own."""
        segments = [
            ("", "–"),
            (lines.EVERYBODY, _("everybody")),
            *Segment.objects.order_by("name").values_list("code", "name"),
        ]

        def segment(value: Mapping[str, Any]) -> tuple[forms.Field, str]:
            chosen = lines.segment_of(value.get("rule"))
            return forms.ChoiceField(choices=segments), chosen

        def text(value: Mapping[str, Any]) -> tuple[forms.Field, str]:
            rule = value.get("rule")
            written = "" if lines.segment_of(rule) else lines.rule_text(rule)
            return forms.CharField(max_length=20_000), written

        def points(value: Mapping[str, Any]) -> tuple[forms.Field, str]:
            return forms.CharField(max_length=12), lines.written([value.get("points", "")])

        more: dict[str, tuple[Any, Callable[..., Any]]] = {
            "segment": (_("In the segment"), segment),
            "rule": (_("or a rule of its own"), text),
        }
        values = held.get("stages") or held.get("values") or held.get("points") or []
        if self.of == "scorecard":
            more = {"points": (_("Points"), points), **more}
        elif self.of == "rules" and held.get("else"):
            values = [*values, held["else"]]
        self.add_lines(values, lines.BLANK, more)
        if self.of == "scorecard":
            names = [lines.code_of(each) for each in held.get("names", [])]
            self.add("score_cuts", forms.CharField(
                label=_("Cuts"), max_length=400, help_text=_("Rising, such as 30, 90, 180."),
            ), lines.written(held.get("cuts", [])))  # fmt: skip
            self.add("score_names", forms.CharField(
                label=_("Names of the classes"), max_length=600,
                help_text=_("From low to high, one more than cuts. Empty: the points themselves."),
            ), ", ".join(names))  # fmt: skip
            self._keys, self.heads = self._keys[3:], self.heads[3:]

    def read_ruled(self) -> dict[str, Any]:
        """The model of the lines."""
        found = [
            (lines.value_of(line), lines.rule_of(line["segment"], line["rule"]), line)
            for line in self.read_lines()
        ]
        if self.of == "scorecard":
            points = [
                {"rule": rule, "points": (lines.figures(line["points"]) or [""])[0]}
                for _value, rule, line in found
                if rule is not None or line["points"]
            ]
            names = self.typed("score_names").replace("，", ",").split(",")
            return {"of": "scorecard", "points": points,
                    "cuts": lines.figures(self.typed("score_cuts")),
                    "names": [each.strip() for each in names if each.strip()]}  # fmt: skip
        if self.of == "rules":
            values = [v | {"rule": rule} for v, rule, _l in found if v and rule is not None]
            rest = [value for value, rule, _l in found if value and rule is None]
            return {"of": "rules", "values": values, "else": rest[-1] if rest else None}
        # A stage of a funnel without a rule is left out.
        stages = [v | {"rule": rule} for v, rule, _l in found if v and rule is not None]
        return {"of": "stages", "kind": self.of, "stages": stages}

    # helpers

    def _cell(self, name: str, field: forms.Field, head: Any, initial: Any) -> None:
        field.widget.attrs |= {"class": "input", "aria-label": str(head)}
        self.add(name, field, initial)


def _span(text: str) -> list[Any]:
    """ "4-5" as two scores; "5" is from 5 to 5."""
    found = lines.figures(text.replace("-", " ").replace("–", " "))
    return found * 2 if len(found) == 1 else found
