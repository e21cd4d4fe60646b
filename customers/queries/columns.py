"""The columns of the list of customers, and of a file of them: what can be shown, and its cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _

from customers import formats
from customers.access.people import Shown
from customers.models import Attribute, Customer, CustomerTag, Identity, Namespace, Tag
from customers.queries.attributes import masked_value
from customers.queries.attributes import say as say_attribute
from customers.queries.filters import Choices
from customers.queries.people import MASKS, name_of, shown_identity
from customers.scope import Scope
from customers.tags.labels import value_label

MOST: Final = 16
TAGS_SHOWN: Final = 3
DEFAULT: Final = ("id.phone", "id.email", "tags", "seen", "created")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its code in the address, its name, the shelf on which it is offered, and what
    it shows."""

    code: str
    title: str
    shelf: str = ""
    of: Namespace | Attribute | Tag | None = None

    @property
    def css(self) -> str:
        """How the page sets it."""
        if self.code in ("seen", "created"):
            return "when"
        if self.code == "tags":
            return "tags"
        if isinstance(self.of, Attribute | Tag) and self.of.data_type == "number":
            return "num"
        return "cut" if isinstance(self.of, Namespace) and self.of.normaliser == "email" else ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place: words, or a moment; `whole` when the words are shortened."""

    column: Column
    text: str = ""
    at: datetime | None = None
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A customer with her cells in the order of the columns."""

    customer: Customer
    name: str
    cells: list[Cell]


def columns_of(choices: Choices) -> list[Column]:
    """Every column that this reader can have, shelf by shelf."""
    found = [
        Column("tags", _("Tags"), _("Customer")),
        Column("seen", _("Last seen"), _("Customer")),
        Column("created", _("Since"), _("Customer")),
        Column("known", _("Known"), _("Customer")),
    ]
    found += [
        Column(f"id.{each.code}", each.title, _("Identities"), each) for each in choices.namespaces
    ]
    found += [
        Column(f"at.{each.code}", each.title, _("Attributes"), each)
        for each in Attribute.objects.exclude(code="name").order_by("name")
    ]
    found += [Column(f"tag.{each.code}", each.title, _("Tags"), each) for each in choices.tags]
    return found


def chosen(codes: Sequence[str], every: Sequence[Column]) -> list[Column]:
    """The columns of these codes in this order, each once; without any the usual ones."""
    by_code = {column.code: column for column in every}
    wanted = [by_code[code] for code in dict.fromkeys(codes) if code in by_code]
    return (wanted or [by_code[code] for code in DEFAULT if code in by_code])[:MOST]


def rows_of(
    customers: Sequence[Customer], columns: Sequence[Column], *, scope: Scope, shown: Shown
) -> list[Row]:
    """Rows of these customers, as far as this reader sees each of them: at most one query for
    identities and one for tags."""
    ids = [customer.pk for customer in customers]
    identities = identities_of(ids, columns)
    tags = tags_of(ids, columns, scope)
    return [
        Row(
            customer,
            name_of(customer, unmask=shown.of(customer)),
            [
                _cell(
                    customer,
                    column,
                    identities[customer.pk],
                    tags[customer.pk],
                    shown.of(customer),
                )
                for column in columns
            ],
        )
        for customer in customers
    ]


def identities_of(
    ids: Sequence[int], columns: Sequence[Column]
) -> dict[int, dict[int, list[Identity]]]:
    """Customer id → namespace id → identities, of the columns that show any."""
    found: dict[int, dict[int, list[Identity]]] = defaultdict(lambda: defaultdict(list))
    spaces = {column.of.pk: column.of for column in columns if isinstance(column.of, Namespace)}
    if spaces:
        rows = Identity.objects.filter(customer__in=ids, namespace__in=spaces).order_by("pk")
        for identity in rows:
            identity.namespace = spaces[identity.namespace_id]
            found[identity.customer_id][identity.namespace_id].append(identity)
    return found


def tags_of(
    ids: Sequence[int], columns: Sequence[Column], scope: Scope
) -> dict[int, list[CustomerTag]]:
    """Customer id → tags by name, of the columns that show any."""
    found: dict[int, list[CustomerTag]] = defaultdict(list)
    rows = CustomerTag.objects.filter(customer__in=ids).select_related("tag")
    if any(column.code == "tags" for column in columns):
        rows = rows.filter(Q(tag__brand__isnull=True) | Q(tag__brand__in=scope.brand_ids))
    elif wanted := [column.of.pk for column in columns if isinstance(column.of, Tag)]:
        rows = rows.filter(tag__in=wanted)
    else:
        return found
    for held in rows.order_by("tag__name", "value"):
        found[held.customer_id].append(held)
    return found


def _cell(
    customer: Customer,
    column: Column,
    identities: dict[int, list[Identity]],
    tags: list[CustomerTag],
    unmask: bool,
) -> Cell:
    match column.of:
        case Namespace():
            held = identities.get(column.of.pk, [])
            if not held:
                return Cell(column)
            shown = [shown_identity(each, unmask=unmask) for each in held]
            more = f" +{len(shown) - 1}" if len(shown) > 1 else ""
            whole = ", ".join(each["whole"] for each in shown if each["whole"])
            return Cell(column, shown[0]["value"] + more, whole=whole)
        case Attribute():
            return Cell(column, attribute_words(column.of, customer, unmask=unmask))
        case Tag():
            values = [_value(each) for each in tags if each.tag_id == column.of.pk]
            return Cell(column, ", ".join(value or _("yes") for value in values))
    match column.code:
        case "seen":
            return Cell(column, at=customer.last_seen_at)
        case "created":
            return Cell(column, at=customer.created_at)
        case "known":
            return Cell(column, _("yes") if customer.is_known else _("no"))
        case "tags":
            words = [f"{each.tag.title} {_value(each)}".strip() for each in tags]
            more = f" +{len(words) - TAGS_SHOWN}" if len(words) > TAGS_SHOWN else ""
            return Cell(column, " · ".join(words[:TAGS_SHOWN]) + more, whole=" · ".join(words))
    return Cell(column)


def attribute_words(attribute: Attribute, customer: Customer, *, unmask: bool) -> str:
    """The value of an attribute as this reader may see it."""
    value: Any = customer.attributes.get(attribute.code)
    if value in (None, "", []):
        return ""
    if attribute.is_personal and not unmask:
        return masked_value(attribute.code, value)
    return say_attribute(attribute.code, value, attribute.data_type)


def _value(held: CustomerTag) -> str:
    return value_label(held.tag, held.value)


def masks(space: Namespace, value: str) -> str:
    """An identity as it stands in a masked file."""
    return formats.masked(value, MASKS.get(space.normaliser, "")) if space.is_personal else value
