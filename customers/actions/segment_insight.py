"""Insights into segments: asking for one, stopping it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from customers.access import Actor, Right, record, require
from customers.models import Segment, SegmentInsight
from customers.segments import insight


def ask(actor: Actor, segment: Segment, asked: insight.Asked, *, now: datetime) -> int:
    """Let an insight be worked out (again) as soon as a worker is free; its id. Raises
    RightMissing without the right to see the segment's brand."""
    if segment.brand is not None:
        require(actor, Right.SEE, segment.brand)
    with transaction.atomic():
        pk = insight.ask(asked, by=actor.user, now=now)
        changes = {"other": asked.other_id, "brands": list(asked.brand_ids)}
        record(actor, "segment.insight", segment, now=now, changes=changes)
    return pk


def stop(actor: Actor, row: SegmentInsight, *, now: datetime) -> bool:
    """Stop an insight that is on its way; whether it was. What was found out before stays. Who
    asked for it may, and who may edit the segment. Raises RightMissing."""
    if actor.user is None or row.asked_by_id != actor.user.pk:
        require(actor, Right.EDIT, row.segment.brand)
    with transaction.atomic():
        stopped = insight.stop(row)
        if stopped:
            record(actor, "segment.insight_stop", row.segment, now=now)
    return stopped
