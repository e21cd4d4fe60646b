"""What of the customers floor needs somebody: segments that could not be built."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from customers.links import address
from customers.models import Segment
from customers.needs import Need, register
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
