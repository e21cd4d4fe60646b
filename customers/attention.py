"""What of the customers floor needs somebody: segments that could not be built, pairs to decide."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.links import address
from customers.models import Segment
from customers.needs import Need, register
from customers.queries.merges import count_reviews
from customers.scope import Scope

MOST = 5


@register
def broken_segments(scope: Scope, now: datetime) -> list[Need]:
    """Segments whose last build failed, at most five."""
    mine = Q(brand__isnull=True) | Q(brand__in=scope.brand_ids)
    return [
        Need(
            "bad",
            _("The segment “%(name)s” could not be built") % {"name": segment},
            segment.problem,
            address("customers:segment", segment.pk),
            _("Open segment"),
        )
        for segment in Segment.objects.filter(mine).exclude(problem="").order_by("name")[:MOST]
    ]


@register
def pairs_to_decide(scope: Scope, now: datetime) -> list[Need]:
    """Customers who may be one, for those who see the whole group."""
    count = count_reviews() if scope.whole_group else 0
    if not count:
        return []
    return [
        Need(
            "warn",
            ngettext(
                "%(n)d pair of customers may be one", "%(n)d pairs of customers may be one", count
            )
            % {"n": count},
            _("Merging them would break a limit, so somebody has to decide."),
            address("customers:reviews"),
            _("Open reviews"),
        )
    ]
