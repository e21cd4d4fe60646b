"""Names of the values of a tag, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.formats import day, number
from customers.models import DataType, Tag, TagKind
from customers.rules.nodes import Title

LIFECYCLE = {
    "new": gettext_lazy("New customer"),
    "active": gettext_lazy("Active customer"),
    "loyal": gettext_lazy("Loyal customer"),
    "sleeping": gettext_lazy("Sleeping customer"),
    "lost": gettext_lazy("Lost customer"),
}
# What models outside say most; whatever else they say is shown as it came.
LEVELS = {
    "low": pgettext_lazy("level", "low"),
    "medium": pgettext_lazy("level", "medium"),
    "high": pgettext_lazy("level", "high"),
}


def value_label(tag: Tag, value: str) -> str:
    """The name of *value* in the active language; a value without a name is written as its type
    asks for, or as it is."""
    if not value:
        return ""
    found = _names(tag).get(value)
    if found is not None:
        return found
    if tag.data_type == DataType.NUMBER:
        return _figure(value)
    if tag.data_type == DataType.DATE:
        try:
            return day(date.fromisoformat(value[:10]))
        except ValueError:
            return value
    if tag.data_type == DataType.BOOLEAN:
        return {"true": _("yes"), "false": _("no")}.get(value, value)
    return value


def value_order(tag: Tag) -> list[str]:
    """The codes of the values in the order in which the definition lists them; [] for others."""
    return list(_names(tag))


# helpers


def _names(tag: Tag) -> dict[str, str]:
    """Value → name, read from the stored definition, which was checked when it was saved."""
    if tag.kind == TagKind.PREDICTIVE:
        return {code: str(name) for code, name in LEVELS.items()}
    model = tag.definition.get("model") if isinstance(tag.definition, Mapping) else None
    if not isinstance(model, Mapping):
        return {}
    if model.get("of") == "lifecycle":
        return {code: str(name) for code, name in LIFECYCLE.items()}
    lists = (model.get(key) for key in ("cells", "stages", "values", "names"))
    listed: list[Any] = [each for held in lists if isinstance(held, list) for each in held]
    return {
        str(each["code"]): _title(each)
        for each in [*listed, model.get("else")]
        if isinstance(each, Mapping) and "code" in each
    }


def _title(value: Mapping[str, Any]) -> str:
    name = value.get("name")
    if isinstance(name, Mapping):
        first = str(name.get("en") or next(iter(name.values()), value["code"]))
        return str(Title(first, tuple(name.items())))
    return str(name or value["code"])


def _figure(value: str) -> str:
    try:
        read = Decimal(value)
    except InvalidOperation:
        return value
    return number(read, 0 if read == read.to_integral_value() else 2)
