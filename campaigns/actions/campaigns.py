"""Changes to campaigns: the plan itself. Its journeys are changed on their own pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns.models import Campaign
from customers.access import Actor, Right, record, require
from customers.models import Brand

FIELDS = (
    "name",
    "kind",
    "state",
    "goal",
    "target",
    "budget",
    "currency",
    "owner",
    "starts_at",
    "ends_at",
)


def create_campaign(
    actor: Actor, brand: Brand, *, code: str, now: datetime, **values: Any
) -> Campaign:
    """Make a campaign of *brand*; *values* are its other fields.

    Raises RightMissing, ValidationError, or TypeError for a field that a campaign does not have.
    """
    require(actor, Right.EDIT, brand)
    unknown = sorted(set(values) - set(FIELDS))
    if unknown:
        raise TypeError(f"A campaign has the fields {', '.join(FIELDS)}, not {unknown[0]!r}.")
    campaign = Campaign(brand=brand, code=code, **{"currency": brand.currency, **values})
    campaign.full_clean()
    with transaction.atomic():
        campaign.save()
        record(actor, "campaign.create", campaign, now=now)
    return campaign
