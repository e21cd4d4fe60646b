"""How a content fares against others that want the same customer at the same moment."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from campaigns.models import Content
from customers.access import Actor, Right, record, require


def set_competing(
    actor: Actor, content: Content, *, on_loss: str, worth: Decimal, now: datetime
) -> Content:
    """Say what becomes of a message of *content* that loses, and what an answer to it is worth.

    Raises RightMissing or ValidationError. It holds from the gate's next decision on.
    """
    require(actor, Right.EDIT, content.brand)
    before = {"on_loss": content.on_loss, "worth": content.worth}
    content.on_loss, content.worth = on_loss, worth
    content.full_clean()
    changes = {
        name: [str(value), str(getattr(content, name))]
        for name, value in before.items()
        if value != getattr(content, name)
    }
    if changes:
        with transaction.atomic():
            content.save(update_fields=["on_loss", "worth"])
            record(actor, "content.competing", content, now=now, changes=changes)
    return content
