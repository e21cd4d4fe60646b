"""The audit entry that every change leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from customers.access.actor import Actor
from customers.models import AuditEntry, Brand


def record(
    actor: Actor,
    action: str,
    target: models.Model,
    *,
    now: datetime,
    brand: Brand | None = None,
    changes: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write that *actor* did *action* ('noun.verb') to *target*; call inside the transaction.

    `changes` maps a field to [before, after] or to what else helps a reader; values must be
    JSON and never hold secrets or personal data.
    """
    return AuditEntry.objects.create(
        at=now,
        actor=actor.user,
        actor_label=str(actor)[:160],
        via=actor.via,
        action=action,
        brand=brand or getattr(target, "brand", None),
        object_type=target._meta.model_name or "",
        object_id=str(target.pk),
        object_label=str(target)[:200],
        changes=changes or {},
        request_id=actor.request_id,
    )
