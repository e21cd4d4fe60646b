"""What is typed on the page of an expected event, and how what is set aside is mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from customers.models import BreachKind, PropertyType
from customers.queries.catalogue import Found, Sample

ROWS_MOST: Final = 220
BLANKS: Final = 2
MENDS: Final = 3
MARKS: Final = [("", _("by its name")), ("yes", _("personal")), ("no", _("not personal"))]
DOES: Final = [
    ("", "–"),
    ("convert", _("becomes a")),
    ("rename", _("is renamed to")),
    ("set", _("is set, where it is missing, to")),
    ("remove", _("is left out")),
]


@dataclass(slots=True)
class PropertyRow:
    """One property on the page: as it comes, and as it is expected."""

    name: str
    found: Found | None
    type: str
    required: bool
    values: str
    mark: str

    @property
    def is_new(self) -> bool:
        """Whether its name is still to be typed."""
        return not self.name


def rows_of(
    sample: Sample, expected: Mapping[str, Any], marks: Mapping[str, bool]
) -> list[PropertyRow]:
    """The properties that are expected or were found, and rows for others."""
    names = [*expected, *(name for name in sample.properties if name not in expected)]
    rows = [
        PropertyRow(
            name,
            sample.properties.get(name),
            expected.get(name, {}).get("type", ""),
            expected.get(name, {}).get("required", False),
            ", ".join(str(value) for value in expected.get(name, {}).get("values", [])),
            {True: "yes", False: "no"}.get(marks[name], "") if name in marks else "",
        )
        for name in names
    ]
    return rows + [PropertyRow("", None, "", False, "", "") for _blank in range(BLANKS)]


def read_rows(data: QueryDict) -> tuple[dict[str, Any], dict[str, bool]]:
    """What was typed: what is expected by property, and which are personal. A row about which
    nothing is said is none."""
    expected: dict[str, Any] = {}
    marks: dict[str, bool] = {}
    for number in range(ROWS_MOST):
        name = data.get(f"name-{number}", "").strip()
        if not name:
            continue
        kind = data.get(f"type-{number}", "")
        says: dict[str, Any] = {"type": kind} if kind else {}
        if data.get(f"required-{number}"):
            says["required"] = True
        if values := _values(data.get(f"values-{number}", ""), kind):
            says["values"] = values
        if says:
            expected[name] = says
        if (mark := data.get(f"personal-{number}", "")) in ("yes", "no"):
            marks[name] = mark == "yes"
    return expected, marks


def read_mends(data: QueryDict) -> list[dict[str, Any]]:
    """The changes that were chosen, in their order."""
    found = []
    for number in range(MENDS):
        does, name = data.get(f"does-{number}", ""), data.get(f"property-{number}", "").strip()
        if does and name:
            to = data.get(f"to-{number}", "").strip()
            value: Any = _value(to) if does == "set" else to
            found.append({"does": does, "property": name, "to": value})
    return found


def suggested(breaches: Sequence[Any], properties: Mapping[str, Any]) -> list[dict[str, str]]:
    """The mending that what is wrong asks for most: a text that should be a number becomes one."""
    found = []
    for breach in breaches:
        wanted = properties.get(breach.property, {}).get("type", "")
        into = {"number": "number", "whole": "number", "boolean": "boolean", "text": "text"}
        if breach.kind == BreachKind.TYPE and wanted in into:
            found.append({"does": "convert", "property": breach.property, "to": into[wanted]})
        elif breach.kind == BreachKind.MISSING:
            found.append({"does": "set", "property": breach.property, "to": ""})
    blank = {"does": "", "property": "", "to": ""}
    return (found[:MENDS] + [blank] * MENDS)[:MENDS]


# helpers


def _values(text: str, kind: str) -> list[Any]:
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    numeric = kind in (PropertyType.NUMBER, PropertyType.WHOLE)
    return [_value(part) if numeric else part for part in parts if part]


def _value(text: str) -> Any:
    """What was typed as the number or yes and no that it is."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text) if len(text) < 18 else text
    except ValueError:
        pass
    try:
        return float(text) if len(text) < 40 and text.lower().strip("+-")[:1].isdigit() else text
    except ValueError:
        return text
