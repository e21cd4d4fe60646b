"""Every rule of the bench is foreseen, built, and told with both figures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.bench.audience import NOW
from customers.bench.foresight import RULES, foreseen_and_taken
from customers.ingest import Batch, EventFact, Item, TagFact, ingest
from customers.models import Attribute, Tag

pytestmark = pytest.mark.django_db


def test_every_rule_is_foreseen_and_built() -> None:
    Attribute.objects.create(code="city", name="City")
    for code in "ab":
        Tag.objects.create(code=code, name=code)
    bought = [
        EventFact("order_paid", NOW - timedelta(days=days), {"amount": 10}) for days in (9, 5)
    ]
    items = [
        Item(str(n), [("member_id", f"m{n}")], attributes={"city": f"c{n}"},
             tags=[TagFact("a")], events=bought[: n % 3])
        for n in range(9)
    ]  # fmt: skip
    assert not ingest(Batch("test", items), now=NOW).refused
    told = {name: foreseen_and_taken(name, data, 1) for name, data in RULES.items()}
    sizes = {name: line["rows"] for name, line in told.items()}
    assert sizes == {
        "city": 1, "tag": 9, "no_tag": 9, "bought": 6, "bought_twice": 3, "spent": 3,
        "gone_quiet": 0, "second_in_30_days": 3, "all_of_it": 0,
    }  # fmt: skip
    assert all(float(line["took_s"]) > 0 for line in told.values())
    assert all(float(line["foreseen_s"]) >= 0 for line in told.values())
