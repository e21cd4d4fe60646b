"""Asking for a count of a tag."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.wake import wake
from customers.access import Actor, Right, record, require
from customers.models import Tag


def recount(actor: Actor, tag: Tag, *, now: datetime) -> None:
    """Ask for a count as soon as a worker is free. Raises RightMissing."""
    require(actor, Right.EDIT, tag.brand)
    with transaction.atomic():
        record(actor, "tag.recount", tag, now=now)
        wake("customers.tags.count", tag.pk)
