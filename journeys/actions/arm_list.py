"""The people of one arm of an experiment, kept as a list for other rooms."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from customers.access import Actor
from customers.actions.segment_lists import keep_as_list
from customers.models import Segment
from journeys.models import Journey
from journeys.queries.experiment_places import Place
from journeys.queries.experiments import people_sql


def keep_arm(
    actor: Actor, journey: Journey, place: Place, arm: str, name: str, now: datetime
) -> Segment:
    """A new list of the people who are counted in *arm* now. Raises RightMissing, and
    ValidationError for the name, for an arm that is not there or when nobody is in it."""
    if arm not in place.shares:
        known = ", ".join(place.shares)
        raise ValidationError(
            _("There is no arm “%(arm)s”. Expected one of: %(known)s.")
            % {"arm": arm[:40], "known": known}
        )
    told = f"{journey.code}/{place.slug}/{arm}"
    people = people_sql(journey, place, arm, now)
    return keep_as_list(actor, journey.brand, name, people, told=told, now=now)
