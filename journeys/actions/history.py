"""How long the raw steps of walks are kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from journeys.actions.change import JourneyRefused
from journeys.models import HistoryPolicy

LEAST, MOST = 7, 3_650


def set_keep_days(actor: Actor, days: int | None, now: datetime) -> HistoryPolicy:
    """Keep raw steps for *days* (None: for ever); sums per step and hour are always kept. Older
    ones are dropped by the next clean-up and can't be brought back. Raises RightMissing (it needs
    the right in the whole group), and JourneyRefused outside of a week to ten years."""
    require(actor, Right.SET_POLICY, None)
    if days is not None and not LEAST <= days <= MOST:
        text = _("Expected %(least)s to %(most)s days, or none for ever; got %(days)s.")
        raise JourneyRefused(text % {"least": LEAST, "most": MOST, "days": days})
    with transaction.atomic():
        policy, _made = HistoryPolicy.objects.select_for_update().get_or_create(pk=1)
        before = policy.keep_days
        policy.keep_days, policy.changed_at = days, now
        policy.save()
        record(actor, "history.keep", policy, now=now, changes={"keep_days": [before, days]})
    return policy
