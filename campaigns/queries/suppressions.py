"""The list of suppressions, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from campaigns.actions.suppression_list import read_target
from campaigns.models import Suppression, SuppressionReason, SuppressionScope
from customers.models import Brand

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked for; empty: whatever it is. `words` is a whole address or the like."""

    words: str = ""
    scope: str = ""
    reason: str = ""

    @classmethod
    def read(cls, given: dict[str, str]) -> Asked:
        scope, reason = given.get("scope", ""), given.get("reason", "")
        return cls(
            given.get("q", "").strip()[:320],
            scope if scope in SuppressionScope.values else "",
            reason if reason in SuppressionReason.values else "",
        )

    @property
    def any(self) -> bool:
        return bool(self.words or self.scope or self.reason)


def suppressions_of(brands: Sequence[Brand], asked: Asked) -> QuerySet[Suppression]:
    """Entries for these brands and for every one, the newest first. An address is found whole
    only: parts of one would read out the list."""
    rows = Suppression.objects.filter(Q(brand=None) | Q(brand__in=[each.pk for each in brands]))
    rows = rows.select_related("brand", "by").order_by("-pk")
    if asked.scope:
        rows = rows.filter(scope=asked.scope)
    if asked.reason:
        rows = rows.filter(reason=asked.reason)
    if asked.words:
        try:
            target = read_target(asked.words)
        except ValidationError:
            return rows.filter(value=asked.words)
        rows = rows.filter(scope=target.scope, value=target.value, customer=target.customer_id)
    return rows
