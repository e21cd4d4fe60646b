"""What developers look at: keys of their brands, what arrives now, which events there are."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from customers.models import ApiKey, Event, EventType
from customers.scope import Scope

LATEST = 20
WINDOW = timedelta(hours=1)


def keys_of(scope: Scope) -> QuerySet[ApiKey]:
    """Keys of the brands in scope, those in use first."""
    return (
        ApiKey.objects.filter(brand__in=scope.brand_ids)
        .select_related("brand", "created_by")
        .order_by("revoked_at", "-created_at")
    )


def latest_events(scope: Scope, now: datetime) -> list[Event]:
    """The events that arrived in the last hour, of the brands in scope or of none, newest first.

    The BRIN index on received_at finds them without a look at the rest.
    """
    return list(
        Event.objects.filter(
            Q(brand__isnull=True) | Q(brand__in=scope.brand_ids),
            received_at__gt=now - WINDOW,
        )
        .select_related("event_type", "source")
        .order_by("-received_at", "-id")[:LATEST]
    )


def event_types() -> QuerySet[EventType]:
    """Event types, the one that came last first."""
    return EventType.objects.order_by("-last_seen_at", "code")
