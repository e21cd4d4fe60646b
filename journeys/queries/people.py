"""The people of a journey: who stands at a step, since when, and when each of them goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
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
TICKED = 200  # so many walks one may tick
STATES = ["active", "set_aside"]
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
    state: str = "",
    sight: Sight,
    shown: Shown,
    limit: int = PAGE,
) -> People:
    """Who stands at *node*, those first who entered first. As many queries, however many there are.

    *words* find as they do in the list of customers, as far as `sight` reaches; *state* "active"
    or "set_aside" shows those only; those of `shown` are not masked.
    """
    states = [state] if state in STATES else STATES
    rows = Enrollment.objects.filter(journey=journey, version=version, node=node, state__in=states)
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


# Of a part of the timers that fall due next: those of one step among them. Bounded, so that a
# journey of millions costs no more.
NEXT = """
WITH soon AS (
    SELECT enrollment_id, visit, due_at FROM journeys_timer
     WHERE due_at > %(now)s ORDER BY due_at LIMIT %(most)s
), mine AS (
    SELECT soon.due_at FROM soon JOIN journeys_enrollment e ON e.id = soon.enrollment_id
     WHERE e.journey_id = %(journey)s AND e.version_id = %(version)s AND e.node = %(node)s
       AND e.visit = soon.visit AND e.state = 'active'
)
SELECT min(due_at), count(*) FILTER (
    WHERE due_at < (SELECT min(due_at) FROM mine) + interval '1 minute') FROM mine
"""
LOOK_AHEAD = 20_000


def next_wave(
    journey_id: int, version_id: int, node: str, now: datetime
) -> tuple[datetime, int] | None:
    """When the next people go on from a step and how many do within that minute; None when that
    is not among the next 20,000 timers of all journeys."""
    values: dict[str, Any] = {
        "journey": journey_id,
        "version": version_id,
        "node": node,
        "now": now,
        "most": LOOK_AHEAD,
    }
    with connection.cursor() as cursor:
        cursor.execute(NEXT, values)
        due, n = cursor.fetchone()
    return (due, n) if due else None


def ticked(given: Sequence[str]) -> list[int]:
    """The numbers of walks that a form sent; what is no number is left out."""
    texts = [text for text in given[:TICKED] if text.isascii() and text.isdigit()]
    return sorted({int(text) for text in texts if len(text) < 18})


# helpers


def fitting(words: str, sight: Sight) -> tuple[str, tuple[Any, ...]]:
    """SQL of the ids of the customers whom the words fit, with its parameters."""
    found = everybody(branches_of(searched(words), "", sight), EVERYBODY)
    return found.sql, found.params
