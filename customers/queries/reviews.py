"""The queue of pairs who may be one customer: what waits, and what was decided lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.access.people import Shown
from customers.models import Customer, Identity, MergeReview, Namespace, ReviewState, Source
from customers.queries.people import Person, describe
from customers.scope import Scope

PAGE = 25
LATELY = 5
AGES = {
    "day": (gettext_lazy("Opened within a day"), timedelta(days=1), False),
    "week": (gettext_lazy("Waits longer than 7 days"), timedelta(days=7), True),
    "month": (gettext_lazy("Waits longer than 30 days"), timedelta(days=30), True),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader wants to see: a brand's pairs, those of one limit, of one age."""

    brand: int | None = None
    reason: str = ""
    age: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A review with both sides as this reader may see them, the older one first."""

    review: MergeReview
    sides: list[Person]
    reason: str
    source: str


def open_reviews(scope: Scope, wanted: Wanted, now: datetime) -> QuerySet[MergeReview]:
    """Pairs to be decided, each with the customers whom the two have become part of since
    (`now_one`, `now_two`). Pairs that became one by other ways are not among them."""
    rows = of_scope(scope).filter(state=ReviewState.OPEN)
    rows = rows.annotate(
        now_one=Coalesce("one__merged_into_id", "one_id"),
        now_two=Coalesce("two__merged_into_id", "two_id"),
    ).exclude(now_one=F("now_two"))
    if wanted.brand is not None:
        rows = rows.filter(brand_id=wanted.brand)
    if wanted.reason:
        rows = rows.filter(namespaces__contains=[wanted.reason])
    if wanted.age in AGES:
        _name, span, older = AGES[wanted.age]
        rows = rows.filter(**{"opened_at__lt" if older else "opened_at__gte": now - span})
    return rows


def of_scope(scope: Scope) -> QuerySet[MergeReview]:
    """Reviews that facts of these brands, or of none, have opened."""
    return MergeReview.objects.filter(Q(brand__isnull=True) | Q(brand__in=scope.brand_ids))


def queue(
    scope: Scope, wanted: Wanted, *, now: datetime, after: int | None = None, unmask: Shown
) -> tuple[list[Pair], str]:
    """A page of the queue, the newest first, and the id behind which the next page begins."""
    rows = open_reviews(scope, wanted, now).select_related("brand")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    page = found[:PAGE]
    ids = {id for row in page for id in (row.now_one, row.now_two)}  # type: ignore[attr-defined]
    people = list(Customer.objects.filter(pk__in=ids).order_by("created_at", "pk"))
    described = describe(people, scope=scope, unmask=unmask)
    names, sources = namespaces(), source_names(page)
    pairs = [
        Pair(
            row,
            [each for each in described if each.customer.pk in (row.now_one, row.now_two)],  # type: ignore[attr-defined]
            say_reason(row, names),
            sources.get(row.source, row.source),
        )
        for row in page
    ]
    return pairs, str(page[-1].pk) if len(found) > PAGE else ""


def next_review(
    scope: Scope, wanted: Wanted, *, now: datetime, behind: int | None = None
) -> MergeReview | None:
    """The one behind *behind* in the order of the queue, then from its head again; None when
    nothing else waits."""
    rows = open_reviews(scope, wanted, now).order_by("-pk")
    if behind is None:
        return rows.first()
    return rows.filter(pk__lt=behind).first() or rows.filter(pk__gt=behind).first()


def count_reviews(scope: Scope | None = None, now: datetime | None = None) -> int:
    """How many pairs wait for a decision; without a scope those of the whole group."""
    if scope is None or now is None:
        return MergeReview.objects.filter(state=ReviewState.OPEN).count()
    return open_reviews(scope, Wanted(), now).count()


def decided(scope: Scope) -> list[MergeReview]:
    """What was decided last, newest first."""
    rows = of_scope(scope).exclude(state=ReviewState.OPEN).filter(decided_at__isnull=False)
    return list(rows.select_related("decided_by", "merge").order_by("-decided_at")[:LATELY])


def namespaces() -> dict[str, Namespace]:
    return {space.code: space for space in Namespace.objects.all()}


def source_names(reviews: Iterable[MergeReview]) -> dict[str, str]:
    """What the sources that opened these reviews are called; one query."""
    codes = {each.source for each in reviews}
    return {each.code: each.title for each in Source.objects.filter(code__in=codes)}


def say_reason(review: MergeReview, names: Mapping[str, Namespace]) -> str:
    """Why a person has to decide, in a few words: "Phone: at most 5 per customer"."""
    said = [
        ngettext(
            "%(kind)s: at most %(n)d per customer", "%(kind)s: at most %(n)d per customer",
            names[code].limit,
        ) % {"kind": names[code].title, "n": names[code].limit}
        for code in review.namespaces if code in names
    ]  # fmt: skip
    return " · ".join(said) or _("A limit stood against it.")


def say_limit(review: MergeReview, ids: tuple[int, int]) -> str:
    """The limit that a merge of the two would break, in a sentence with its figures; one query."""
    names = namespaces()
    spaces = [names[code] for code in review.namespaces if code in names]
    together: dict[int, int] = {}
    rows = Identity.objects.filter(customer__in=ids, namespace__in=spaces)
    for space_id in rows.values_list("namespace_id", flat=True):
        together[space_id] = together.get(space_id, 0) + 1
    said = []
    for space in spaces:
        count = together.get(space.pk, 0)
        words = {"n": count, "kind": space.title, "limit": space.limit}
        if count > space.limit:
            said.append(
                _("Together they have %(n)s of the kind “%(kind)s”, and a customer has at most "
                  "%(limit)s.") % words
            )  # fmt: skip
        else:
            said.append(
                _("The limit of “%(kind)s” was raised to %(limit)s since: it does not stand "
                  "against it any more.") % words
            )  # fmt: skip
    return " ".join(said) or _("A limit stood against it.")
