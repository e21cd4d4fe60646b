"""Bulk jobs of one person, the latest first."""

from __future__ import annotations

from django.db.models import QuerySet

from customers.models import BulkJob, User

PAGE = 50


def jobs_of(user: User) -> QuerySet[BulkJob]:
    """Her own jobs; those of others are nobody's business but the audit's."""
    return BulkJob.objects.filter(created_by=user).select_related("brand").order_by("-pk")


def page_of(user: User, after: int | None) -> tuple[list[BulkJob], str]:
    """A page of them, and the id behind which the next one begins."""
    found = jobs_of(user)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found[: PAGE + 1])
    return rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else ""
