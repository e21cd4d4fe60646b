"""Suppressing a customer, and letting messages go to her again."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Suppression, SuppressionReason, SuppressionScope
from customers.access import Actor, Right, record, require
from customers.models import Brand, Channel, Customer

NOTE = 240


def suppress(
    actor: Actor,
    customer: Customer,
    *,
    brand: Brand | None,
    channel: str = "",
    note: str = "",
    now: datetime,
) -> Suppression:
    """Nothing goes out to her for this brand (None: any) and channel (empty: any), whatever it is
    for. Doing it twice changes nothing. Raises RightMissing and ValidationError."""
    require(actor, Right.SUPPRESS, brand)
    if channel and channel not in Channel.values:
        raise ValidationError({"channel": _("Choose a channel, or all of them.")})
    if customer.erased_at is not None or customer.merged_into_id is not None:
        raise ValidationError(_("She was erased or merged with somebody already."))
    with transaction.atomic():
        entry, made = Suppression.objects.get_or_create(
            scope=SuppressionScope.CUSTOMER,
            customer=customer,
            value="",
            brand=brand,
            channel=channel,
            defaults={
                "reason": SuppressionReason.MANUAL,
                "note": " ".join(note.replace("\x00", "").split())[:NOTE],
                "at": now,
                "by": actor.user,
            },
        )
        if made:
            changes = {"channel": channel or "all"}
            record(actor, "customer.suppress", customer, now=now, brand=brand, changes=changes)
    return entry


def lift(actor: Actor, entry: Suppression, *, now: datetime) -> None:
    """Take an entry off the list. Raises RightMissing."""
    require(actor, Right.SUPPRESS, entry.brand)
    with transaction.atomic():
        target = entry.customer or entry
        record(actor, "customer.unsuppress", target, now=now, brand=entry.brand,
               changes={"channel": entry.channel or "all", "reason": entry.reason})  # fmt: skip
        entry.delete()
