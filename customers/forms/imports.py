"""The form of columns: what was posted as a mapping, and a mapping as rows and choices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.imports.conditions import OPS, UNARY
from customers.imports.suggest import attribute_code
from customers.imports.values import read_number
from customers.models import Attribute, Brand, ImportKind, Namespace, Tag

# Columns on one page of the form; a file may have a thousand.
PAGE: Final = 25
CONDITIONS: Final = 20
TYPE_NAMES: Final = {
    "text": pgettext_lazy("type of a column", "text"),
    "number": gettext_lazy("number"),
    "yes_no": gettext_lazy("yes or no"),
    "phone": gettext_lazy("phone"),
    "email": pgettext_lazy("type of a column", "e-mail"),
    "list": gettext_lazy("several values"),
    "date": gettext_lazy("day, as 2026-01-31"),
    "date_dmy": gettext_lazy("day, as 31/01/2026"),
    "date_mdy": gettext_lazy("day, as 01/31/2026"),
    "date_excel": gettext_lazy("day, as Excel's number 46053"),
    "datetime": gettext_lazy("moment, as 2026-01-31 09:30"),
    "datetime_dmy": gettext_lazy("moment, as 31/01/2026 09:30"),
    "datetime_mdy": gettext_lazy("moment, as 01/31/2026 09:30"),
    "datetime_excel": gettext_lazy("moment, as Excel's number 46053.4"),
    "datetime_unix": gettext_lazy("moment, as seconds since 1970"),
}
OP_NAMES: Final = {
    "exists": gettext_lazy("is filled"),
    "missing": gettext_lazy("is empty"),
    "eq": gettext_lazy("is"),
    "ne": gettext_lazy("is not"),
    "gt": gettext_lazy("is more than"),
    "gte": gettext_lazy("is at least"),
    "lt": gettext_lazy("is less than"),
    "lte": gettext_lazy("is at most"),
    "starts": gettext_lazy("begins with"),
    "not_starts": gettext_lazy("does not begin with"),
}
ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "gb18030": "GB18030 / GBK",
    "big5": "Big5",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "shift_jis": "Shift JIS",
    "euc_kr": "EUC-KR",
    "cp1252": "Windows-1252",
}
DELIMITERS: Final = {
    ",": gettext_lazy("comma"),
    ";": gettext_lazy("semicolon"),
    "\t": gettext_lazy("tab"),
    "|": gettext_lazy("vertical bar"),
    " ": gettext_lazy("blanks"),
}
# Targets whose name is typed beside them.
OPEN: Final = ("attribute:", "property:")


@dataclass(frozen=True, slots=True)
class TargetField:
    """One thing that a column becomes: the chosen option, and the name typed beside it."""

    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column of the file in the form."""

    index: int
    name: str
    samples: Sequence[str]
    type: str
    recognised: str
    targets: list[TargetField]
    is_key: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """Groups of options that a column may become: (heading, [(value, label)])."""

    groups: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    values: frozenset[str] = frozenset()


def choices_for(kind: str, brand: Brand) -> Choices:
    """What columns may become with this kind of import into this brand."""
    plain = [("ignore", _("leave it out"))]
    if kind == ImportKind.EVENTS:
        plain += [("time", _("when it happened")), ("event", _("which event it was"))]
    spaces = Namespace.objects.filter(brand__isnull=True) | Namespace.objects.filter(brand=brand)
    groups = [
        ("", plain),
        (_("Who it is"), [(f"identity:{one.code}", one.title) for one in spaces.order_by("pk")]),
    ]
    if kind == ImportKind.EVENTS:
        groups.append((_("Of the event"), [("property:", _("a property, called…"))]))
    known = [
        (f"attribute:{one.code}", one.title) for one in Attribute.objects.order_by("name", "code")
    ]
    groups.append((_("Attribute"), [("attribute:", _("a new attribute, called…")), *known]))
    tags = Tag.objects.filter(kind="assigned")
    mine = tags.filter(brand__isnull=True) | tags.filter(brand=brand)
    if options := [(f"tag:{one.code}", one.title) for one in mine.order_by("name")]:
        groups.append((_("Tag"), options))
    values = frozenset(value for _heading, options in groups for value, _label in options)
    return Choices(groups, values)


def column_rows(
    mapping: dict[str, Any],
    header: Sequence[str],
    samples: Sequence[Sequence[str]],
    recognised: dict[str, str],
    choices: Choices,
    start: int,
) -> list[ColumnRow]:
    """The columns of one page of the form."""
    columns, types = mapping.get("columns") or {}, mapping.get("types") or {}
    keys = mapping.get("key") or ()
    return [
        ColumnRow(
            index,
            name,
            samples[index],
            types.get(name, ""),
            recognised.get(name, "text"),
            [_field(target, choices) for target in _many(columns.get(name)) or ["ignore"]],
            name in keys,
        )
        for index, name in list(enumerate(header))[start : start + PAGE]
    ]


def read_form(post: QueryDict, before: dict[str, Any], header: Sequence[str]) -> dict[str, Any]:
    """The mapping as it was posted, over that of before: columns of other pages stay."""
    mapping = dict(before)
    for name in ("event", "timezone", "segment", "segment_name", "encoding", "delimiter", "sheet"):
        if name in post:
            mapping[name] = str(post[name]).replace("\x00", "")[:120]
            if name != "delimiter":
                mapping[name] = mapping[name].strip()
    line = post.get("header_line", "").strip()
    mapping["header_line"] = int(line) if line.isascii() and line.isdigit() and len(line) < 4 else 0
    columns = dict(before.get("columns") or {})
    types = dict(before.get("types") or {})
    keys = {*(before.get("key") or ())}
    for index, name in enumerate(header):
        if f"what-{index}" not in post:
            continue
        columns[name] = _targets(post, index, name)
        types.pop(name, None)
        if chosen := post.get(f"type-{index}"):
            types[name] = chosen
        keys.discard(name)
        if f"key-{index}" in post:
            keys.add(name)
    mapping["columns"], mapping["types"] = columns, types
    mapping["key"] = [name for name in header if name in keys]
    if "conditions" in post:
        mapping["where"] = _conditions(post, header)
    return mapping


# helpers


def _many(targets: Any) -> list[str]:
    return [targets] if isinstance(targets, str) else list(targets or ())


def _field(target: str, choices: Choices) -> TargetField:
    if target in choices.values:
        return TargetField(target)
    what, _colon, name = target.partition(":")
    opened = f"{what}:"
    return TargetField(opened, name) if opened in choices.values else TargetField("ignore")


def _targets(post: QueryDict, index: int, column: str) -> list[str]:
    names = post.getlist(f"name-{index}")
    found: list[str] = []
    for position, value in enumerate(post.getlist(f"what-{index}")[:5]):
        if value in OPEN:
            typed = names[position].strip() if position < len(names) else ""
            value += typed or _name_for(value, column, index)
        if value and value not in found:
            found.append(value[:200].replace("\x00", ""))
    if post.get("add") == f"target-{index}":
        found.append("ignore")
        return found
    real = [value for value in found if value != "ignore"]
    return real or ["ignore"]


def _name_for(value: str, column: str, index: int) -> str:
    return attribute_code(column, index + 1) if value == "attribute:" else column[:120]


def _conditions(post: QueryDict, header: Sequence[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    rows = zip(
        post.getlist("where-column"),
        post.getlist("where-op"),
        post.getlist("where-value"),
        strict=False,
    )
    gone = post.get("remove", "")
    for position, (index, op, value) in enumerate(rows):
        if gone == f"where-{position}" or op not in OPS:
            continue
        if not (index.isascii() and index.isdigit() and int(index) < len(header)):
            continue
        found.append({"column": header[int(index)], "op": op, "value": _value(op, value)})
    if post.get("add") == "where" and len(found) < CONDITIONS and header:
        found.append({"column": header[0], "op": "exists", "value": ""})
    return found[:CONDITIONS]


def _value(op: str, text: str) -> str | int | float:
    """What a condition compares with: a number where more and less are meant, else the text."""
    text = text.strip().replace("\x00", "")[:200]
    if op in UNARY:
        return ""
    if op in ("gt", "gte", "lt", "lte") and text:
        try:
            number = read_number(text)
        except ValueError:
            return text
        return float(number) if isinstance(number, Decimal) else number
    return text


def shown(values: Iterable[object]) -> list[str]:
    """The first different values of a column, as the page shows them."""
    found: list[str] = []
    for value in values:
        text = "" if value is None else str(value).strip()
        if text and text not in found:
            found.append(text if len(text) <= 40 else f"{text[:39]}…")
        if len(found) == 3:
            break
    return found
