"""The list of customers and what stands on the page of one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from customers import formats
from customers.access import Actor, Right, brands_of
from customers.identity.normalise import NotAnIdentity, normalise
from customers.models import (
    Attribute,
    Consent,
    Customer,
    CustomerTag,
    Identity,
    Namespace,
    SegmentMember,
    Source,
    Tag,
)
from customers.scope import Scope

PAGE = 50
SHOWN_IDENTITIES = 2
SHOWN = 3
PREFIX_FROM = 3  # characters; a shorter beginning fits too many identities
_REFERENCE = re.compile(r"(?i)c-\s*([\d\s]{1,20})")
MASKS = {"phone": "phone", "email": "email"}
ICONS = {"phone": "sms", "email": "mail", "device": "bell", "unionid": "chat", "openid": "chat"}


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the list."""

    customer: Customer
    name: str
    identities: list[dict[str, str]]
    more_identities: int
    tags: list[str]
    more_tags: int


@dataclass(frozen=True, slots=True)
class People:
    """A page of the list; `after` is the id behind which the next page begins."""

    rows: list[Person]
    after: str


def sees_personal(actor: Actor) -> bool:
    """Whether personal data are shown to *actor*: the customers belong to the whole group."""
    return brands_of(actor, Right.SEE_PERSONAL).exists()


def people(
    *, scope: Scope, q: str = "", tag: Tag | None = None, after: int | None = None, unmask: bool
) -> People:
    """Customers who fit, the newest first; the number of queries is the same for any page."""
    found: QuerySet[Customer] = Customer.objects.filter(
        merged_into__isnull=True, erased_at__isnull=True
    )
    if q := q.strip().replace("\x00", ""):
        found = found.filter(_fits(q, unmask))
    if tag is not None:
        held = CustomerTag.objects.filter(tag=tag).values("customer_id")
        found = found.filter(pk__in=held)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    page = rows[:PAGE]
    return People(
        describe(page, scope=scope, unmask=unmask), str(page[-1].pk) if len(rows) > PAGE else ""
    )


def describe(customers: Sequence[Customer], *, scope: Scope, unmask: bool) -> list[Person]:
    """Rows for these customers, with two queries for all of them."""
    ids = [customer.pk for customer in customers]
    identities = defaultdict(list)
    for identity in Identity.objects.filter(customer__in=ids).select_related("namespace"):
        identities[identity.customer_id].append(identity)
    tags = defaultdict(list)
    mine = Q(tag__brand__isnull=True) | Q(tag__brand__in=scope.brand_ids)
    for held in CustomerTag.objects.filter(mine, customer__in=ids).select_related("tag"):
        tags[held.customer_id].append(held)
    return [
        Person(
            customer,
            name_of(customer, unmask=unmask),
            [
                shown_identity(each, unmask=unmask)
                for each in identities[customer.pk][:SHOWN_IDENTITIES]
            ],
            max(len(identities[customer.pk]) - SHOWN_IDENTITIES, 0),
            [words_of_tag(each) for each in tags[customer.pk][:SHOWN]],
            max(len(tags[customer.pk]) - SHOWN, 0),
        )
        for customer in customers
    ]


def count_people() -> int:
    """How many customers there are: exact up to a million, then PostgreSQL's own estimate."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE relname = 'customers_customer'"
        )
        estimate = int(cursor.fetchone()[0])
    if estimate > 1_000_000:
        return estimate
    return Customer.objects.filter(merged_into__isnull=True, erased_at__isnull=True).count()


def name_of(customer: Customer, *, unmask: bool) -> str:
    """The name as this reader may see it; a customer without one is called by her number."""
    if not customer.display_name:
        return customer.reference
    return customer.display_name if unmask else formats.mask_name(customer.display_name)


def shown_identity(identity: Identity, *, unmask: bool) -> dict[str, str]:
    """An identity as a chip: icon, name of its kind, value, masked when it is personal."""
    space = identity.namespace
    hidden = space.is_personal and not unmask
    kind = MASKS.get(space.normaliser, "")
    return {
        "icon": ICONS.get(space.code, "person"),
        "kind": space.title,
        "value": formats.masked(identity.value, kind) if hidden else identity.value,
    }


def words_of_tag(held: CustomerTag) -> str:
    """ "Tier Gold", or only the name for a tag without a value."""
    return f"{held.tag.title} {held.value}".strip()


def identities_of(customer: Customer, *, unmask: bool) -> list[dict[str, str]]:
    rows = customer.identities.select_related("namespace").order_by("namespace__code", "pk")
    return [shown_identity(each, unmask=unmask) for each in rows]


def attributes_of(customer: Customer, *, unmask: bool) -> list[dict[str, Any]]:
    """Attributes with their value, source and time, by name."""
    codes = list(customer.attributes)
    known = {each.code: each for each in Attribute.objects.filter(code__in=codes)}
    sources = {each.pk: each for each in Source.objects.all()}
    rows = []
    for code, value in customer.attributes.items():
        definition = known.get(code)
        source_id, at = customer.provenance.get(code, [None, None])
        hidden = definition is not None and definition.is_personal and not unmask
        rows.append(
            {
                "name": definition.title if definition else code,
                "value": _masked_value(code, value) if hidden else _shown_value(value),
                "source": sources.get(source_id, ""),
                "at": datetime.fromisoformat(at) if at else None,
            }
        )
    return sorted(rows, key=lambda row: str(row["name"]).casefold())


def consents_of(customer: Customer, scope: Scope) -> QuerySet[Consent]:
    """Consents to the brands in scope."""
    return (
        customer.consents.filter(brand__in=scope.brand_ids)
        .select_related("brand")
        .order_by("brand__name", "channel", "purpose")
    )


def tags_of(customer: Customer, scope: Scope) -> dict[str, list[CustomerTag]]:
    """Tags of the customer by kind in words."""
    kinds = {
        "assigned": _("Assigned"),
        "fact": _("From facts"),
        "model": _("From models"),
        "predictive": _("Predicted"),
    }
    found: dict[str, list[CustomerTag]] = {}
    mine = Q(tag__brand__isnull=True) | Q(tag__brand__in=scope.brand_ids)
    rows = customer.tags.filter(mine).select_related("tag", "source").order_by("tag__name", "value")
    for held in sorted(rows, key=lambda held: list(kinds).index(held.tag.kind)):
        found.setdefault(kinds[held.tag.kind], []).append(held)
    return found


def segments_of(customer: Customer, scope: Scope) -> QuerySet[SegmentMember]:
    mine = Q(segment__brand__isnull=True) | Q(segment__brand__in=scope.brand_ids)
    return customer.segments.filter(mine).select_related("segment").order_by("segment__name")


# helpers


def _fits(q: str, unmask: bool) -> Q:
    """Customers by number, exact identity, beginning of a name, and of an identity.

    Who may not see personal data finds by the whole value only: beginnings would tell it digit by
    digit.
    """
    if found := _REFERENCE.fullmatch(q):
        return Q(pk=int(re.sub(r"\s", "", found[1])) % 2**62)
    fits = Q(pk__in=Identity.objects.filter(_exact(q)).values("customer_id"))
    if unmask:
        fits |= Q(sort_key__startswith=q.casefold())
        if len(q) >= PREFIX_FROM:
            begins = Identity.objects.filter(namespace__in=_spaces(), value__startswith=q).values(
                "customer_id"
            )
            fits |= Q(pk__in=begins[: PAGE * 4])
    else:
        fits |= Q(sort_key=q.casefold())
    return fits


def _spaces() -> list[int]:
    return list(Namespace.objects.values_list("pk", flat=True))


def _exact(q: str) -> Q:
    wanted = Q(pk__in=[])
    for space in Namespace.objects.all():
        try:
            wanted |= Q(namespace=space, value=normalise(space.normaliser, q))
        except NotAnIdentity:
            continue
    return wanted


def _shown_value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, int | float):
        return formats.number(value, 0 if value == int(value) else 2)
    return str(value)


def _masked_value(code: str, value: Any) -> str:
    kind = "name" if "name" in code else MASKS.get(code, "")
    return formats.masked(str(value), kind)
