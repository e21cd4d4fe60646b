"""The question "when is she next due?" does not read everybody's timers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Min

from journeys.models import Timer


@pytest.mark.django_db
def test_timers_of_a_few_walks_are_found_by_an_index(now: datetime) -> None:
    Timer.objects.bulk_create(
        Timer(
            version_id=1,
            enrollment_id=n,
            visit=1,
            bucket=n % 256,
            due_at=now + timedelta(hours=n),
            kind=1,
        )
        for n in range(1, 5001)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE journeys_timer")
    one = Timer.objects.filter(enrollment_id=4000, visit=1).order_by("due_at")
    some = Timer.objects.filter(enrollment_id__in=range(50, 100)).values("enrollment_id", "visit")
    for asked in (one, some.annotate(due=Min("due_at"))):
        assert "timer_by_enrollment" in asked.explain()
