"""The people of a journey: who stands at a step, since when, and when each of them goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min
from django.db.models.expressions import RawSQL

from customers.access.people import Shown, Sight
from customers.formats import masked
from customers.models import Identity
from customers.queries.branches import everybody
from customers.queries.listing import EVERYBODY, branches_of
from customers.queries.people import initials_of, name_of
from customers.queries.search import searched
from journeys.models import Enrollment, Journey, JourneyVersion, Listener, Timer

PAGE = 20
NAMESPACES = ("phone", "email")


@dataclass(frozen=True)
class Person:
    """One walk as a list shows it. Name and address are masked unless the reader may see them."""

    walk: Enrollment
    name: str
    initials: str
    address: str
    goes_on: datetime | None  # when time is up; None when only an event moves her, or nothing
    listens: bool


@dataclass(frozen=True)
class People:
    """A page of people; `after` is where the next page begins, or 0."""

    rows: Sequence[Person]
    after: int = 0


def people_at(
    journey: Journey,
    version: JourneyVersion,
    node: str,
    *,
    after: int = 0,
    words: str = "",
    sight: Sight,
    shown: Shown,
    limit: int = PAGE,
) -> People:
    """Who stands at *node*, those first who entered first. As many queries, however many there are.

    *words* find as they do in the list of customers, as far as `sight` reaches; those of `shown`
    are not masked.
    """
    rows = Enrollment.objects.filter(
        journey=journey, version=version, node=node, state__in=["active", "set_aside"]
    )
    if words:
        rows = rows.filter(customer__in=RawSQL(*fitting(words, sight)))  # noqa: S611 - built from parts
    rows = rows.filter(pk__gt=after).select_related("customer").order_by("pk")
    found = list(rows.defer("context")[: limit + 1])
    page = found[:limit]
    return People(persons(page, shown), page[-1].pk if len(found) > limit else 0)


def persons(walks: Sequence[Enrollment], shown: Shown) -> list[Person]:
    """Walks with what a list says about each; three queries."""
    addresses = addresses_of([walk.customer_id for walk in walks])
    ids = [walk.pk for walk in walks]
    due: dict[tuple[int, int], datetime] = {
        (enrollment, visit): moment
        for enrollment, visit, moment in Timer.objects.filter(enrollment_id__in=ids)
        .values_list("enrollment_id", "visit")
        .annotate(due=Min("due_at"))
    }
    heard = set(
        Listener.objects.filter(enrollment_id__in=ids).values_list("enrollment_id", "visit")
    )
    return [
        Person(
            walk,
            name_of(walk.customer, unmask=shown.of(walk.customer)),
            initials_of(walk.customer) or "–",
            address_of(addresses.get(walk.customer_id), shown.of(walk.customer)),
            due.get((walk.pk, walk.visit)),
            (walk.pk, walk.visit) in heard,
        )
        for walk in walks
    ]


def addresses_of(customers: Iterable[int]) -> dict[int, tuple[str, str]]:
    """customer → (namespace, value) of her phone, else her e-mail address."""
    rows = Identity.objects.filter(customer__in=customers, namespace__code__in=NAMESPACES)
    found: dict[int, tuple[str, str]] = {}
    for customer, namespace, value in rows.values_list("customer", "namespace__code", "value"):
        if customer not in found or namespace == "phone":
            found[customer] = (namespace, value)
    return found


def address_of(identity: tuple[str, str] | None, is_open: bool) -> str:
    """An address as the reader may see it."""
    if identity is None:
        return ""
    namespace, value = identity
    return value if is_open else masked(value, namespace)


# helpers


def fitting(words: str, sight: Sight) -> tuple[str, tuple[Any, ...]]:
    """SQL of the ids of the customers whom the words fit, with its parameters."""
    found = everybody(branches_of(searched(words), "", sight), EVERYBODY)
    return found.sql, found.params
