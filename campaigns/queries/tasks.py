"""Tasks of the reader's brands: what is open, the most urgent first, and what was finished."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from campaigns.models import Task, TaskState

PAGE = 50


def open_tasks(brand_ids: Collection[int]) -> QuerySet[Task]:
    """What is to be done, the earliest due first."""
    rows = Task.objects.filter(brand_id__in=brand_ids, state=TaskState.OPEN)
    return rows.select_related("customer", "brand").order_by("due_at", "id")


def finished_tasks(brand_ids: Collection[int]) -> QuerySet[Task]:
    """What was finished, the latest first."""
    rows = Task.objects.filter(brand_id__in=brand_ids).exclude(state=TaskState.OPEN)
    related = rows.select_related("customer", "brand", "finished_by")
    return related.order_by("-finished_at", "-id")


def late_count(brand_ids: Collection[int], now: datetime) -> int:
    """How many open tasks are past their time."""
    return open_tasks(brand_ids).filter(due_at__lt=now).count()
