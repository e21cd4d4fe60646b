"""Signs of life of recurring work, for the health page and the home page."""

from datetime import datetime, timedelta
from typing import Any

from config.models import Heartbeat


def beat(name: str, now: datetime, **details: Any) -> None:
    """Note that `name` was alive at `now`; `details` must fit into JSON.

    A beat never moves backwards: of two workers, the later one is kept.
    """
    if not Heartbeat.objects.filter(name=name, at__lte=now).update(at=now, details=details):
        Heartbeat.objects.bulk_create(
            [Heartbeat(name=name, at=now, details=details)], ignore_conflicts=True
        )


def age(name: str, now: datetime) -> timedelta | None:
    """Return how long ago `name` was last alive; None when it never was."""
    at = Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()
    return None if at is None else max(now - at, timedelta())
