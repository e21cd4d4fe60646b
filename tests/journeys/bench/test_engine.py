"""The benches of the engine measure what they say."""

from __future__ import annotations

import pytest
from django.db import connection

from journeys.bench import EngineBench
from journeys.bench.engine import check
from journeys.models import Enrollment, Journey


@pytest.mark.django_db(transaction=True)
def test_line() -> None:
    [line] = EngineBench().measure({"customers": 300, "workers": 2})
    assert (line["customers"], line["workers"]) == (300, 2)
    assert all(float(line[key]) > 0 for key in line)
    walks = Enrollment.objects.values_list("exit_reason", flat=True)
    # Three of ten are gold, and half of those have bought.
    assert sum(reason in ("thanked", "not_bought") for reason in walks) == 90
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM floor_journeys_stretch")
        assert cursor.fetchone() == (300 + 90,)
        for table in ("stretch", "enrollment", "timer", "nodecount"):
            cursor.execute(f"DROP TABLE floor_journeys_{table}")
        cursor.execute("DROP TABLE floor_campaigns_candidate, floor_waited")
    journey = Journey.objects.get()
    with pytest.raises(RuntimeError, match="Only 300 of 301"):
        check(journey.pk, 301)
