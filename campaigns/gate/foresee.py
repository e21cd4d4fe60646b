"""What the gate's caps would say, asked without a candidate: nothing is counted or written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

from campaigns.gate import limits
from campaigns.gate.rules.frequency_cap import active_caps
from campaigns.gate.work import Work


def capped(
    customer_ids: Collection[int],
    content_id: int,
    *,
    journey_id: int,
    campaign_id: int | None = None,
    now: datetime,
) -> set[int]:
    """Who of the customers would be stopped by a frequency cap if *content_id* came now.

    Messages that were accepted count, as for the gate; candidates that still wait do not. Who
    would lose to another message is not asked: that is a matter of the moment.
    """
    # The tables of the gate are emptied by the end of a transaction, so there must be one.
    with transaction.atomic(), connection.cursor() as cursor:
        work = Work(cursor, now)
        if not work.imagine(sorted(customer_ids), content_id, journey_id, campaign_id):
            return set()
        limits.put(work, active_caps())
        found = limits.used_up(work) if limits.count(work) else set()
        work.clear()
        return found
