"""The people of a step, kept as a list for other rooms."""

from __future__ import annotations

from datetime import datetime

from customers.access import Actor
from customers.actions.segment_lists import keep_as_list
from customers.models import Segment
from customers.rules import Compiled
from journeys.actions.people import Who
from journeys.models import Journey
from journeys.queries.people import STATES


def keep_people(actor: Actor, who: Who, name: str, now: datetime) -> Segment:
    """A new list of those walks' customers, or of everybody who stands at the step now. They stay
    where they are. Raises RightMissing, and ValidationError for the name or when nobody is there.
    """
    journey = Journey.objects.select_related("brand").get(pk=who.version.journey_id)
    sql = (
        "SELECT e.customer_id FROM journeys_enrollment e"
        " WHERE e.journey_id = %s AND e.version_id = %s AND e.node = %s AND e.state = ANY(%s)"
    )
    params: tuple[object, ...] = (journey.pk, who.version.pk, who.node, STATES)
    if who.walks is not None:
        sql, params = f"{sql} AND e.id = ANY(%s)", (*params, list(who.walks))
    told = f"{journey.code}/{who.version.number}/{who.node}"
    return keep_as_list(actor, journey.brand, name, Compiled(sql, params), told=told, now=now)
