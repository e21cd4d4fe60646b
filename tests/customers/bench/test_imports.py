"""The bench of the import measures what it says."""

from __future__ import annotations

import pytest

from customers.bench import ImportBench
from customers.models import Customer, Event, Identity


@pytest.mark.django_db
def test_lines() -> None:
    customers, events = ImportBench().measure({"rows": 300})
    for what, line in (("customers", customers), ("events", events)):
        assert line["what"] == what
        assert float(line["rows_per_s"]) > 0
        assert line["ratio"] == pytest.approx(
            float(line["rows_per_s"]) / float(line["floor_rows_per_s"]), rel=0.05
        )
    assert Event.objects.count() == 300
    assert Identity.objects.filter(namespace__code="email").count() == 300
    assert Customer.objects.count() == 300
