"""Subscriptions with how they stand, and the log of their calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Q

from journeys.models import CallState, Delivery, Subscription

DAY = timedelta(days=1)
READ = 51  # a page of the log, and whether there is more


def subscriptions(brand_ids: Sequence[int], now: datetime) -> list[Subscription]:
    """Those of these brands by name, each with `day` and `waiting`: calls of a day, and to come."""
    rows = Subscription.objects.filter(webhook__brand__in=brand_ids)
    return list(
        rows.select_related("webhook__brand")
        .annotate(
            day=Count("deliveries", filter=Q(deliveries__at__gt=now - DAY)),
            waiting=Count("deliveries", filter=Q(deliveries__state=CallState.WAITING)),
        )
        .order_by("webhook__name", "pk")
    )


def log(held: Subscription, state: str, before: int | None) -> list[Delivery]:
    """Calls, newest first; of one state, and before an id."""
    rows = Delivery.objects.filter(subscription=held)
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[:READ])


def counts(held: Subscription) -> dict[str, int]:
    """How many calls of two weeks are in each state."""
    rows = Delivery.objects.filter(subscription=held).values_list("state")
    return dict.fromkeys(CallState.values, 0) | dict(rows.annotate(n=Count("pk")).order_by())
