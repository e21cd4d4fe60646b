"""The count beside a rule: by kept sets among many, by rows among few, and never another number."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from customers.bits.build import build
from customers.ingest import Batch, EventFact, Item, TagFact, ingest
from customers.models import BitSet, Brand, Tag
from customers.rules import Rule, read_rule
from customers.segments import count as counting
from customers.segments.count import count, counts

pytestmark = [pytest.mark.django_db, pytest.mark.backends]
GOLD = {"tag": "tier", "op": "eq", "value": "gold"}
KEEN = {"event": "bought", "count": {"gte": 2}, "within": "30d"}


def rule(data: object) -> Rule:
    found, problems = read_rule(data)
    assert found is not None, problems
    return found


def come(brand: Brand, numbers: range, at: datetime) -> None:
    """Each buys as often as her number says; every third one is gold."""
    items = [
        Item(
            str(n),
            [("user_id", f"p{n}")],
            tags=[TagFact("tier", "gold")] if n % 3 == 0 else [],
            events=[EventFact("bought", at, {"n": each}) for each in range(n)],
        )
        for n in numbers
    ]
    assert not ingest(Batch("shop", items, brand_id=brand.pk), now=at).refused


def test_kept_sets_answer_among_many(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    brand = Brand.objects.create(code="tea", name="Tea")
    Tag.objects.create(code="tier", name="Tier", kind="assigned")
    come(brand, range(6), now - timedelta(days=3))
    asked = [rule(GOLD), rule(KEEN), rule({"all": [GOLD, KEEN]})]
    assert [each and (each.number, each.by) for each in counts(asked, now=now)] == [
        (2, "rows"), (4, "rows"), (1, "rows")
    ]  # fmt: skip
    assert not BitSet.objects.exists()

    monkeypatch.setattr(counting, "MANY", -2)  # a table without statistics has -1 rows
    assert count(asked[2], now=now).by == "rows"
    build(BitSet.objects.all(), now=now)
    assert [each and (each.number, each.by) for each in counts(asked, now=now)] == [
        (2, "bits"), (4, "bits"), (1, "bits")
    ]  # fmt: skip
    # What came since then counts at once, before any follower has been there.
    come(brand, range(6, 10), now)
    later = now + timedelta(minutes=1)
    found = count(asked[2], now=later)
    assert (found.number, found.by, found.is_exact) == (3, "bits", True)
    assert count(rule({"not": GOLD}), now=later).number == 6


def test_no_sets_are_made_for_what_is_being_typed(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    brand = Brand.objects.create(code="tea", name="Tea")
    Tag.objects.create(code="tier", name="Tier", kind="assigned")
    come(brand, range(4), now - timedelta(days=3))
    monkeypatch.setattr(counting, "MANY", -2)
    typed = rule(GOLD | {"value": "gol"})
    found = count(typed, now=now, asks=False)
    assert (found.number, found.by, found.could_be_faster) == (0, "rows", True)
    assert counts([typed], now=now) is not None
    assert not BitSet.objects.exists()
    assert count(rule(GOLD), now=now).could_be_faster
    build(BitSet.objects.all(), now=now)
    found = count(rule(GOLD), now=now, asks=False)
    assert (found.number, found.by, found.could_be_faster) == (2, "bits", False)
