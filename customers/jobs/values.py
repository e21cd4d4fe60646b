"""The cells of a file of customers: whole values, as far as its reader may see each customer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from customers.access.people import Sight
from customers.imports.refusals import harmless
from customers.models import Attribute, Customer, CustomerTag, Identity, Namespace, Tag
from customers.queries.columns import Column, attribute_words, identities_of, masks, tags_of
from customers.queries.people import name_of
from customers.scope import Scope
from customers.tags.labels import value_label

Value = str | int | float
# A figure or a phone number is no formula, whatever sign it begins with.
_FIGURE: Final = re.compile(r"[+-]?\d[\d ]*([.,]\d+)?")


def header(columns: Sequence[Column]) -> list[str]:
    """The first line of a file."""
    return [_("Number"), _("Name"), *(column.title for column in columns)]


def values_of(
    customers: Sequence[Customer],
    columns: Sequence[Column],
    *,
    scope: Scope,
    sight: Sight,
    zone: ZoneInfo,
) -> list[list[Value]]:
    """Lines of these customers: at most one query for identities and one for tags."""
    ids = [customer.pk for customer in customers]
    identities, tags = identities_of(ids, columns), tags_of(ids, columns, scope)
    lines = []
    for customer in customers:
        seen = sight.of(customer)
        name = name_of(customer, unmask=seen) if customer.display_name else ""
        lines.append(
            [
                customer.pk,
                name,
                *(
                    _value(customer, column, identities[customer.pk], tags[customer.pk], seen, zone)
                    for column in columns
                ),
            ]
        )
    return lines


def safe(value: Value) -> Value:
    """A value that no spreadsheet takes for a formula."""
    if not isinstance(value, str) or _FIGURE.fullmatch(value):
        return value
    return harmless(value)


# helpers


def _value(
    customer: Customer,
    column: Column,
    identities: dict[int, list[Identity]],
    tags: list[CustomerTag],
    seen: bool,
    zone: ZoneInfo,
) -> Value:
    match column.of:
        case Namespace() as space:
            held = [each.value for each in identities.get(space.pk, [])]
            return ", ".join(value if seen else masks(space, value) for value in held)
        case Attribute() as attribute:
            value: Any = customer.attributes.get(attribute.code)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return value if seen or not attribute.is_personal else "***"
            if isinstance(value, str) and (seen or not attribute.is_personal):
                return value
            return attribute_words(attribute, customer, unmask=seen)
        case Tag() as tag:
            mine = [each for each in tags if each.tag_id == tag.pk]
            return ", ".join(_words(each) or _("yes") for each in mine)
    match column.code:
        case "seen":
            return _moment(customer.last_seen_at, zone)
        case "created":
            return _moment(customer.created_at, zone)
        case "known":
            return _("yes") if customer.is_known else _("no")
        case "tags":
            return "; ".join(f"{each.tag.title} {_words(each)}".strip() for each in tags)
    return ""


def _words(held: CustomerTag) -> str:
    return held.value if held.tag.data_type == "number" else value_label(held.tag, held.value)


def _moment(value: datetime | None, zone: ZoneInfo) -> str:
    return f"{value.astimezone(zone):%Y-%m-%d %H:%M}" if value else ""
