"""The bench of the import measures what it says."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.db import connection

from config.scratch import scratch_database
from customers.bench import ImportBench
from customers.bench.memory import measure
from customers.models import Customer, Event, Identity


@pytest.mark.django_db
def test_lines() -> None:
    customers, events = ImportBench().measure({"rows": 300, "memory_rows": 0})
    for what, line in (("customers", customers), ("events", events)):
        assert line["what"] == what
        assert float(line["rows_per_s"]) > 0
        assert line["ratio"] == pytest.approx(
            float(line["rows_per_s"]) / float(line["floor_rows_per_s"]), rel=0.05
        )
    assert Event.objects.count() == 300
    assert Identity.objects.filter(namespace__code="email").count() == 300
    assert Customer.objects.count() == 300


def test_memory_of_a_process_that_loads_a_file(
    django_db_setup: None, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock(), scratch_database(f"memory_{os.getpid()}") as scratch:
        line = measure(scratch.database, 2_000)
        connection.close()
    assert (line["what"], line["rows"]) == ("memory", 2_000)
    assert 20 < line["rss_mb_at_a_tenth"] <= line["rss_mb"]
    assert line["ratio"] == pytest.approx(line["rss_mb"] / line["rss_mb_at_a_tenth"], rel=0.01)
