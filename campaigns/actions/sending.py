"""Changes to what a brand wants done to the links of its messages, and to confirmations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from campaigns.models import BrandSending
from customers.access import Actor, Right, record, require
from customers.models import Brand

FIELDS: Final = (
    "tracks_clicks", "tracks_opens", "adds_utm", "utm_source", "utm_medium", "utm_campaign",
    "double_opt_in",
)  # fmt: skip


def set_sending(
    actor: Actor, brand: Brand, values: Mapping[str, Any], *, now: datetime
) -> BrandSending:
    """Set the *values* of a brand, which had the defaults until somebody set some. Messages that
    go out from now on follow them. Raises RightMissing or ValidationError."""
    require(actor, Right.SET_CHANNEL, brand)
    with transaction.atomic():
        # Two who set it at once wait for each other.
        Brand.objects.select_for_update().get(pk=brand.pk)
        kept = BrandSending.objects.filter(brand=brand).first() or BrandSending(brand=brand)
        before = {name: getattr(kept, name) for name in FIELDS}
        for name in FIELDS:
            if name in values:
                setattr(kept, name, values[name])
        kept.full_clean(validate_unique=False)
        changes = {
            name: [before[name], getattr(kept, name)]
            for name in FIELDS
            if before[name] != getattr(kept, name)
        }
        if changes:
            kept.save()
            record(actor, "sending.change", brand, now=now, changes=changes)
    return kept
