"""What "Jump to…" finds: one query per kind, each with a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Lower, StrIndex
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from customers.access.people import Sight
from customers.formats import masked
from customers.models import Segment
from customers.queries.listing import best
from customers.queries.search import searched
from customers.scope import Scope
from journeys.models import Journey

LIMIT = 6
NOBODY = Sight(False, frozenset())


@dataclass(frozen=True)
class Hit:
    """One place to jump to."""

    id: str
    icon: str
    name: str
    note: str
    url: str


@dataclass(frozen=True)
class Group:
    """Hits of one kind, under a heading."""

    kind: str
    hits: Sequence[Hit]


def find(
    words: str, scope: Scope, pages: Sequence[dict[str, Any]], sight: Sight = NOBODY
) -> list[Group]:
    """Groups with hits for `words`; without words the pages only. Customers are found by
    beginnings where `sight` reaches. A fixed number of queries."""
    groups = [Group(_("Pages"), [page for page in page_hits(pages) if matches(words, page.name)])]
    if words:
        groups += [
            Group(_("Journeys"), journeys(words, scope)),
            Group(_("Campaigns"), campaigns(words, scope)),
            Group(_("Segments"), segments(words, scope)),
            Group(_("Customers"), customers(words, scope, sight)),
        ]
    return [group for group in groups if group.hits]


# helpers


def matches(words: str, name: str) -> bool:
    return words.casefold() in name.casefold()


def page_hits(pages: Sequence[dict[str, Any]]) -> list[Hit]:
    named = [(page["key"], page["icon"], str(page["name"]), page["url"]) for page in pages]
    named.append(("account", "person", _("Your account"), reverse("account")))
    return [Hit(f"jump-page-{key}", icon, name, "", url) for key, icon, name, url in named]


def journeys(words: str, scope: Scope) -> list[Hit]:
    rows = nearest(Journey.objects.filter(brand__in=scope.brand_ids), words)
    return hits(rows.select_related("brand"), "journey", "journeys:detail", scope)


def campaigns(words: str, scope: Scope) -> list[Hit]:
    rows = nearest(Campaign.objects.filter(brand__in=scope.brand_ids), words)
    return hits(rows.select_related("brand"), "campaign", "campaigns:detail", scope)


def segments(words: str, scope: Scope) -> list[Hit]:
    return hits(nearest(segments_of(scope), words), "segment", "customers:segment", scope)


def segments_of(scope: Scope) -> QuerySet[Segment]:
    return Segment.objects.filter(Q(brand__isnull=True) | Q(brand__in=scope.brand_ids))


def customers(words: str, scope: Scope, sight: Sight) -> list[Hit]:
    """As the list of customers finds them, the best fit first; names stay masked here."""
    if not scope.mine or not (q := searched(words)):
        return []
    return [
        Hit(
            f"jump-customer-{row.pk}",
            "person",
            masked(row.display_name, "name") or row.reference,
            row.reference,
            url,
        )
        for row in best(q, sight, LIMIT)
        if (url := address("customers:detail", row.pk))
    ]


def nearest(rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    """Rows whose name holds the words, those that begin with them first."""
    at = StrIndex(Lower(F("name")), Value(words.lower()))
    return rows.filter(name__icontains=words).order_by(at, "name")


def hits(rows: QuerySet[Any], icon: str, route: str, scope: Scope) -> list[Hit]:
    several = len(scope.mine) > 1
    found = []
    for row in rows[:LIMIT]:
        url = address(route, row.pk)
        brand = row.brand if several and row.brand_id else ""
        if url:
            found.append(Hit(f"jump-{icon}-{row.pk}", icon, str(row), str(brand), url))
    return found


def address(route: str, pk: int) -> str:
    """The page of a thing, or nothing while there is none."""
    try:
        return reverse(route, args=[pk])
    except NoReverseMatch:
        return ""
