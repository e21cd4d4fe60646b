"""What a page says of customers: of many in a table, of one on her page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from customers import formats
from customers.access.people import Shown
from customers.models import (
    Channel,
    Consent,
    Customer,
    CustomerTag,
    Identity,
    Purpose,
    SegmentMember,
)
from customers.scope import Scope

PAGE = 50
SHOWN = 3
LONG = 16  # characters; what is longer is a number of machines, which nobody reads
ORDER = ("phone", "email", "member_id", "unionid", "openid", "user_id", "external_id", "device")
MASKS = {"phone": "phone", "email": "email"}
ICONS = {"phone": "sms", "email": "mail", "device": "bell", "unionid": "chat", "openid": "chat"}


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the list."""

    customer: Customer
    name: str
    phone: str
    email: str
    other: str  # an identity that is neither, when there is neither
    tags: list[tuple[str, str]]  # name and value
    more_tags: int
    all_tags: str


@dataclass(frozen=True, slots=True)
class Consents:
    """The consents to one brand: for each channel its code, name and one consent or None for each
    of the purposes."""

    brand: str
    purposes: list[str]
    channels: list[tuple[str, str, list[Consent | None]]]
    changed_at: datetime


def describe(customers: Sequence[Customer], *, scope: Scope, unmask: Shown) -> list[Person]:
    """Rows for these customers, with two queries for all of them."""
    ids = [customer.pk for customer in customers]
    seen = {customer.pk for customer in customers if unmask.of(customer)}
    identities: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Identity.objects.filter(customer__in=ids).select_related("namespace").order_by("pk")
    for identity in rows:
        shown = shown_identity(identity, unmask=identity.customer_id in seen)
        kind = identity.namespace.normaliser
        place = kind if kind in MASKS else "other"
        value = shown["value"] if place != "other" else f"{shown['kind']} {shown['value']}"
        identities[identity.customer_id].setdefault(place, value)
    tags = defaultdict(list)
    mine = Q(tag__brand__isnull=True) | Q(tag__brand__in=scope.brand_ids)
    held_tags = CustomerTag.objects.filter(mine, customer__in=ids).select_related("tag")
    for held in held_tags.order_by("tag__name", "value"):
        tags[held.customer_id].append((held.tag.title, held.value))
    found = []
    for customer in customers:
        known = identities[customer.pk]
        reachable = "phone" in known or "email" in known
        found.append(
            Person(
                customer,
                name_of(customer, unmask=customer.pk in seen),
                known.get("phone", ""),
                known.get("email", ""),
                "" if reachable else known.get("other", ""),
                tags[customer.pk][:SHOWN],
                max(len(tags[customer.pk]) - SHOWN, 0),
                " · ".join(f"{name} {value}".strip() for name, value in tags[customer.pk]),
            )
        )
    return found


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


def initials_of(customer: Customer) -> str:
    """Two letters of a Latin name, the first character of a Chinese one; these stay unmasked."""
    name = customer.display_name
    if not name:
        return ""
    if name[0] > "\u2e7f":
        return name[0]
    return "".join(word[0] for word in name.split()[:2]).upper()


def shown_identity(identity: Identity, *, unmask: bool) -> dict[str, Any]:
    """An identity as a chip: icon, name of its kind, value, masked when it is personal."""
    space = identity.namespace
    hidden = space.is_personal and not unmask
    kind = MASKS.get(space.normaliser, "")
    return {
        "icon": ICONS.get(space.code, "person"),
        "kind": space.title,
        "value": formats.masked(identity.value, kind) if hidden else _short(identity.value, kind),
        "whole": "" if hidden else identity.value,
        "pk": identity.pk,
    }


def identities_of(customer: Customer, *, unmask: bool) -> list[dict[str, Any]]:
    """Identities as chips: those first by which people reach her, devices last."""
    rows = customer.identities.select_related("namespace", "source").order_by("pk")
    place = {code: number for number, code in enumerate(ORDER)}
    in_order = sorted(rows, key=lambda each: place.get(each.namespace.code, len(MASKS)))
    return [
        shown_identity(each, unmask=unmask) | {"source": each.source, "at": each.created_at}
        for each in in_order
    ]


def consents_of(customer: Customer, scope: Scope) -> list[Consents]:
    """Consents to the brands in scope, a table for each brand: channels by purposes; one query."""
    rows = (
        customer.consents.filter(brand__in=scope.brand_ids)
        .select_related("brand", "source")
        .order_by("brand__name", "channel", "purpose")
    )
    found = []
    for _brand, group in groupby(rows, key=lambda row: row.brand_id):
        given = list(group)
        by_place = {(row.channel, row.purpose): row for row in given}
        channels = [code for code in Channel.values if any(row.channel == code for row in given)]
        purposes = [code for code in Purpose.values if any(row.purpose == code for row in given)]
        found.append(
            Consents(
                given[0].brand.title,
                [str(Purpose(code).label) for code in purposes],
                [
                    (code, str(Channel(code).label), [by_place.get((code, p)) for p in purposes])
                    for code in channels
                ],
                max(row.since for row in given),
            )
        )
    return found


def segments_of(customer: Customer, scope: Scope) -> QuerySet[SegmentMember]:
    mine = Q(segment__brand__isnull=True) | Q(segment__brand__in=scope.brand_ids)
    return customer.segments.filter(mine).select_related("segment").order_by("segment__name")


# helpers


def _short(value: str, kind: str) -> str:
    if kind or len(value) <= LONG:
        return value
    return f"{value[:7]}{formats.ELLIPSIS}{value[-4:]}"
