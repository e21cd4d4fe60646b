"""Pairs to be decided, and the merges of one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.identity.merge import later_merge
from customers.models import Customer, Merge, MergeReview, Namespace, ReviewState
from customers.queries.people import Person, describe
from customers.scope import Scope

PAGE = 25
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """A review with both sides as this reader may see them, the older one first."""

    review: MergeReview
    sides: list[Person]
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """A merge in the history of a customer; only the last can be undone."""

    merge: Merge
    is_last: bool


def reviews(*, scope: Scope, after: int | None = None, unmask: bool) -> tuple[list[Pair], str]:
    """Pairs to be decided, the newest first, and the id behind which the next page begins.

    Sides that were merged with others meanwhile are shown as who they are now.
    """
    rows = MergeReview.objects.filter(state=ReviewState.OPEN).annotate(
        now_one=Coalesce("one__merged_into_id", "one_id"),
        now_two=Coalesce("two__merged_into_id", "two_id"),
    )
    rows = rows.exclude(now_one=F("now_two"))
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    page = found[:PAGE]
    ids = {id for row in page for id in (row.now_one, row.now_two)}
    people = list(Customer.objects.filter(pk__in=ids).order_by("created_at", "pk"))
    described = describe(people, scope=scope, unmask=unmask)
    names = {space.code: space for space in Namespace.objects.all()}
    pairs = [
        Pair(
            row,
            [each for each in described if each.customer.pk in (row.now_one, row.now_two)],
            say_reason(row.namespaces, names),
        )
        for row in page
    ]
    return pairs, str(page[-1].pk) if len(found) > PAGE else ""


def count_reviews() -> int:
    """How many pairs wait for a decision."""
    return MergeReview.objects.filter(state=ReviewState.OPEN).count()


def say_reason(codes: Sequence[str], names: dict[str, Namespace]) -> str:
    """Why a person has to decide, in a sentence."""
    said = [
        ngettext(
            "%(kind)s: at most %(n)d per customer", "%(kind)s: at most %(n)d per customer",
            names[code].limit,
        ) % {"kind": names[code].title, "n": names[code].limit}
        for code in codes if code in names
    ]  # fmt: skip
    return " · ".join(said) or _("A limit stood against it.")


def merges_of(customer: Customer) -> list[Done]:
    """The last merges into a customer that stand, newest first; two queries."""
    rows = customer.merges.filter(undone_at__isnull=True).select_related("by", "other")
    found = list(rows.order_by("-pk")[:SHOWN])
    is_free = bool(found) and later_merge(found[0]) is None
    return [Done(each, is_free and each is found[0]) for each in found]
