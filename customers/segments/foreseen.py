"""What a build will take, from what earlier builds took on this server with these data."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Sum

from customers.models import Segment
from customers.rules import Rule
from customers.rules.cost import SECONDS_A_UNIT, Cost, cost

# Smaller builds are over before they tell anything.
UNITS_LEAST: Final = 1_000.0
# What was measured before this much counts as if the usual rate had been measured beside it.
UNITS_BELIEVED: Final = 20_000.0


def foresee(rule: Rule, *, now: datetime, brand_id: int | None = None) -> Cost:
    """The cost of a build of the rule, in seconds of this server; one EXPLAIN and one query."""
    return cost(rule, now=now, brand_id=brand_id, seconds_a_unit=seconds_a_unit())


def seconds_a_unit() -> float:
    """What a unit of PostgreSQL's cost takes here: all measured seconds over all foreseen units.

    A few small builds move it little away from the usual rate, and many or large ones replace it.
    """
    found = Segment.objects.filter(full_cost__gte=UNITS_LEAST, full_seconds__gt=0).aggregate(
        seconds=Sum("full_seconds"), units=Sum("full_cost")
    )
    seconds, units = found["seconds"] or 0.0, found["units"] or 0.0
    believed = UNITS_BELIEVED * SECONDS_A_UNIT
    return float((seconds + believed) / (units + UNITS_BELIEVED))
