"""Merges that were done: those of one customer, and what one of them did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.identity.merge import later_merge
from customers.models import Customer, Event, Identity, Merge, MergeRow

SHOWN = 5
# What a table is called when a merge has moved or taken away its rows. Rows of tables that are not
# named here hang on those that are (steps on walks, decisions on messages).
TABLES = {
    "customers_identity": gettext_lazy("Identities"),
    "customers_event": gettext_lazy("Events"),
    "customers_consent": gettext_lazy("Consents"),
    "customers_consentchange": gettext_lazy("Changes of consents"),
    "customers_customertag": gettext_lazy("Tags"),
    "customers_segmentmember": gettext_lazy("Segments"),
    "journeys_enrollment": gettext_lazy("Walks in journeys"),
    "campaigns_candidate": gettext_lazy("Messages wanted"),
    "campaigns_message": gettext_lazy("Messages"),
    "campaigns_suppression": pgettext_lazy("list", "Suppressions"),
    "campaigns_offercode": gettext_lazy("Offer codes"),
}


@dataclass(frozen=True, slots=True)
class Done:
    """A merge in the history of a customer; only the last can be undone."""

    merge: Merge
    is_last: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """What a merge did to the rows of one table."""

    name: str
    moved: int
    changed: int
    removed: int


def merges_of(customer: Customer) -> list[Done]:
    """The last merges into a customer that stand, newest first; two queries."""
    rows = customer.merges.filter(undone_at__isnull=True).select_related("by", "other")
    found = list(rows.order_by("-pk")[:SHOWN])
    is_free = bool(found) and later_merge(found[0]) is None
    return [Done(each, is_free and each is found[0]) for each in found]


def moved_by(merge: Merge) -> list[Moved]:
    """Counts by table: rows that went over, that were changed, and that gave way; one query."""
    is_over = Q(was="changed", before__has_key="customer_id")
    counted = (
        MergeRow.objects.filter(merge=merge, table__in=TABLES)
        .values_list("table")
        .annotate(
            moved=Count("pk", filter=is_over),
            changed=Count("pk", filter=Q(was="changed") & ~is_over),
            removed=Count("pk", filter=Q(was="removed")),
        )
    )
    by_table = {row[0]: row[1:] for row in counted}
    return [
        Moved(str(name), *by_table[table]) for table, name in TABLES.items() if table in by_table
    ]


def attributes_changed(merge: Merge) -> list[str]:
    """Codes of the attributes of the kept customer that the merge changed."""
    row = merge.rows.filter(table="customers_customer", after__isnull=False).first()
    if row is None or row.before is None or row.after is None:
        return []
    before, after = row.before["attributes"], row.after["attributes"]
    return sorted(code for code in {**before, **after} if before.get(code) != after.get(code))


def came_since(merge: Merge) -> Sequence[tuple[str, int]]:
    """What the kept customer got since the merge, which stays with her when it is undone."""
    counts = (
        (
            TABLES["customers_event"],
            Event.objects.filter(customer=merge.kept_id, received_at__gt=merge.at).count(),
        ),
        (
            TABLES["customers_identity"],
            Identity.objects.filter(customer=merge.kept_id, created_at__gt=merge.at).count(),
        ),
    )
    return [(str(name), count) for name, count in counts if count]
