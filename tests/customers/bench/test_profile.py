"""The bench of a customer's page measures what it says."""

from __future__ import annotations

import pytest

from customers.bench import ProfileBench
from customers.models import Event


@pytest.mark.django_db(transaction=True)
def test_lines() -> None:
    [line] = ProfileBench().measure({"events": [40]})
    assert line["events"] == Event.objects.count() == 40
    assert float(line["cold_ms"]) > 0
    assert float(line["warm_ms"]) > 0
    assert float(line["kb"]) > 5
