"""Handing out everything that is known of a customer."""

from __future__ import annotations

from datetime import datetime
from typing import IO

from django.db import transaction

from customers.access import Actor, Right, brands_of, record
from customers.access.people import require_with
from customers.models import Customer
from customers.profile.dossier import WRITERS


def export(
    actor: Actor, customer: Customer, into: IO[bytes], *, form: str, now: datetime
) -> dict[str, int]:
    """Write all that the brands of *actor* know of *customer* into a file, unmasked, as "json" or
    as "zip" of CSV; the rows of each kind. Raises RightMissing and KeyError."""
    write = WRITERS[form]
    require_with(actor, Right.EXPORT, customer)
    require_with(actor, Right.SEE_PERSONAL, customer)
    brands = list(brands_of(actor, Right.EXPORT).values_list("pk", flat=True))
    with transaction.atomic():
        counts = write(into, customer.pk, brands)
        changes = {"form": form, "rows": counts}
        record(actor, "customer.export", customer, now=now, changes=changes)
    return counts
