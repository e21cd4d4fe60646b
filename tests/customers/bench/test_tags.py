"""The bench of tags measures what it says."""

from __future__ import annotations

import pytest

from customers.bench import TagsBench
from customers.models import CustomerTag, Event


@pytest.mark.django_db(transaction=True)
def test_lines() -> None:
    first, again = TagsBench().measure({"customers": 50, "events": 500})
    assert Event.objects.count() == first["events"] == 500
    assert first["customers"] == first["came"] == CustomerTag.objects.count() == 50
    assert (again["customers"], again["came"]) == (50, 0)
    assert float(first["s"]) > 0
