"""When a customer was last seen: one row for each, whatever makes her and whatever moves it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from customers.access import Actor
from customers.identity.merge import merge, unmerge
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Customer, Merge, Sighting
from customers.rules import compile_rule, read_rule

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def see(who: str, at: datetime, now: datetime) -> Customer:
    """The customer of this e-mail, after an event at that moment."""
    item = Item("1", [("email", f"{who}@example.com")], events=[EventFact("visited", at)])
    [id] = ingest(Batch("test", [item]), now=now).customer_ids
    return Customer.objects.get(pk=id or 0)


def test_every_customer_has_one_row_however_she_is_made(now: datetime) -> None:
    see("a", now, now)
    Customer.objects.bulk_create(Customer(created_at=now) for _ in range(3))
    alone = Customer.objects.create(created_at=now)
    assert alone.last_seen_at is None
    assert Sighting.objects.count() == Customer.objects.count() == 5
    alone.delete()
    assert Sighting.objects.count() == 4


def test_it_moves_forward_only_and_not_for_moments(now: datetime) -> None:
    first = now - DAY
    assert see("a", first, now).last_seen_at == first
    assert see("a", first - DAY, now).last_seen_at == first
    assert see("a", first + MINUTE, now).last_seen_at == first
    assert see("a", first + 5 * MINUTE, now).last_seen_at == first + 5 * MINUTE


def test_a_merge_keeps_the_later_one_and_its_undoing_gives_both_back(now: datetime) -> None:
    older, younger = see("a", now - 9 * DAY, now - 9 * DAY), see("b", now - DAY, now)
    admin = Actor.of_command("test")
    merge(admin, older, younger, now=now)
    assert Customer.objects.get(pk=older.pk).last_seen_at == now - DAY
    unmerge(admin, Merge.objects.get(), now=now)
    assert Customer.objects.get(pk=older.pk).last_seen_at == now - 9 * DAY
    assert Customer.objects.get(pk=younger.pk).last_seen_at == now - DAY


def test_what_was_seen_since_a_merge_stays_when_it_is_undone(now: datetime) -> None:
    older, younger = see("a", now - 9 * DAY, now - 9 * DAY), see("b", now - 3 * DAY, now)
    admin = Actor.of_command("test")
    merge(admin, older, younger, now=now)
    see("a", now, now)
    unmerge(admin, Merge.objects.get(), now=now)
    assert Customer.objects.get(pk=older.pk).last_seen_at == now
    assert Customer.objects.get(pk=younger.pk).last_seen_at == now - 3 * DAY


def test_a_rule_asks_for_it(now: datetime) -> None:
    lately, long_ago = see("a", now - DAY, now), see("b", now - 40 * DAY, now)
    never = Customer.objects.create(created_at=now)

    def found(condition: dict[str, object]) -> set[int]:
        rule, _problems = read_rule({"customer": "last_seen", **condition})
        assert rule is not None
        sql, params = compile_rule(rule, now=now)
        ids = Customer.objects.raw(f"SELECT c.id FROM customers_customer c WHERE {sql}", params)
        return {each.pk for each in ids}

    assert found({"op": "gte", "value": {"ago": "30d"}}) == {lately.pk}
    assert found({"op": "lt", "value": {"ago": "30d"}}) == {long_ago.pk}
    assert found({"op": "missing"}) == {never.pk}
