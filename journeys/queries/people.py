"""The people of a journey: who stands at a step, since when, and when each of them goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q, QuerySet

from customers.formats import masked
from customers.models import Customer, Identity
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
    personal: bool = False,
    limit: int = PAGE,
) -> People:
    """Who stands at *node*, those first who entered first. Five queries, however many there are.

    *words*: a customer's number, the beginning of her name, or a whole phone number or address.
    """
    rows = Enrollment.objects.filter(
        journey=journey, version=version, node=node, state__in=["active", "set_aside"]
    )
    if words:
        rows = rows.filter(customer__in=customers_called(words))
    rows = rows.filter(pk__gt=after).select_related("customer").order_by("pk")
    found = list(rows.defer("context")[: limit + 1])
    shown = found[:limit]
    return People(persons(shown, personal), shown[-1].pk if len(found) > limit else 0)


def persons(walks: Sequence[Enrollment], personal: bool) -> list[Person]:
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
            name_of(walk.customer, personal),
            initials_of(walk.customer),
            address_of(addresses.get(walk.customer_id), personal),
            due.get((walk.pk, walk.visit)),
            (walk.pk, walk.visit) in heard,
        )
        for walk in walks
    ]


def name_of(customer: Customer, personal: bool) -> str:
    """Her name, masked unless *personal*; her number when she has none."""
    if not customer.display_name:
        return customer.reference
    return customer.display_name if personal else masked(customer.display_name, "name")


def initials_of(customer: Customer) -> str:
    """Two letters of a Latin name, the first character of a Chinese one (it stays unmasked)."""
    name = customer.display_name
    if not name:
        return "–"
    if name[0] > "\u2e7f":
        return name[0]
    return "".join(word[0] for word in name.split()[:2]).upper()


def addresses_of(customers: Iterable[int]) -> dict[int, tuple[str, str]]:
    """customer → (namespace, value) of her phone, else her e-mail address."""
    rows = Identity.objects.filter(customer__in=customers, namespace__code__in=NAMESPACES)
    found: dict[int, tuple[str, str]] = {}
    for customer, namespace, value in rows.values_list("customer", "namespace__code", "value"):
        if customer not in found or namespace == "phone":
            found[customer] = (namespace, value)
    return found


def address_of(identity: tuple[str, str] | None, personal: bool) -> str:
    """An address as the reader may see it."""
    if identity is None:
        return ""
    namespace, value = identity
    return value if personal else masked(value, namespace)


# helpers


def customers_called(words: str) -> QuerySet[Customer]:
    digits = "".join(words.upper().removeprefix("C-").split()).replace(",", "")
    wanted = Q(sort_key__startswith=words.casefold()) | Q(display_name=words)
    values = [words, words.lower(), digits, f"+86{digits}"]
    wanted |= Q(identities__value__in=values, identities__namespace__code__in=NAMESPACES)
    if digits.isascii() and digits.isdigit() and len(digits) < 18:
        wanted |= Q(pk=int(digits))
    return Customer.objects.filter(wanted)
