"""Changes to seed addresses: where colleagues look at a message before customers get it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from campaigns.models import SeedAddress
from customers.access import Actor, Right, record, require
from customers.formats import masked
from customers.models import Brand

KIND_OF = {"email": "email", "sms": "phone"}


def add_seed(
    actor: Actor, brand: Brand, *, channel: str, address: str, name: str = "", now: datetime
) -> SeedAddress:
    """Add an address. Raises RightMissing or ValidationError."""
    require(actor, Right.EDIT, brand)
    seed = SeedAddress(brand=brand, channel=channel, address=address, name=name)
    seed.full_clean()
    with transaction.atomic():
        seed.save()
        record(actor, "seed.add", seed, now=now, changes=_said(seed))
    return seed


def remove_seed(actor: Actor, seed: SeedAddress, *, now: datetime) -> None:
    """Remove an address. Raises RightMissing."""
    require(actor, Right.EDIT, seed.brand)
    with transaction.atomic():
        record(actor, "seed.remove", seed, now=now, changes=_said(seed))
        seed.delete()


def masked_seed(seed: SeedAddress) -> str:
    """The address as lists and the audit log show it."""
    return masked(seed.address, KIND_OF[seed.channel])


# helpers


def _said(seed: SeedAddress) -> dict[str, str]:
    return {"channel": seed.channel, "name": seed.name, "address": masked_seed(seed)}
