"""Tags that come and go in batches stand as one after the other, by hand, leaves them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from customers.models import Customer, CustomerTag, Tag, TagChange
from customers.tags import TagSet, apply
from customers.tags.writing import change

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
VALUES = ("gold", "silver", "bronze")
Held = dict[tuple[int, int, str], datetime | None]


def customers(n: int) -> list[int]:
    rows = Customer.objects.bulk_create(Customer(created_at=START) for _ in range(n))
    return [row.pk for row in rows]


def by_hand(held: Held, each: TagSet, tag: Tag, now: datetime) -> None:
    """One change after the other; a batch may leave out what its end does not show."""
    mine = [key for key in held if key[:2] == (each.customer_id, each.tag_id)]
    if not each.added:
        for key in mine:
            if each.value in ("", key[2]):
                del held[key]
        return
    until = now + timedelta(days=tag.valid_days) if tag.valid_days else None
    for key in mine:
        if not tag.is_multiple and key[2] != each.value:
            del held[key]
    key = (each.customer_id, each.tag_id, each.value)
    before = held.get(key)
    held[key] = max(before, until) if before and until else until


@pytest.mark.parametrize("seed", range(6))
def test_batches_leave_what_single_changes_leave(seed: int) -> None:
    chance = random.Random(seed)
    tags = [
        Tag.objects.create(code="one", name="One"),
        Tag.objects.create(code="many", name="Many", is_multiple=True),
        Tag.objects.create(code="short", name="Short", valid_days=20),
        Tag.objects.create(code="several", name="Several", valid_days=20, is_multiple=True),
    ]
    ids, held, now = customers(6), Held(), START
    for _step in range(30):
        # Time passes both ways: a file may be of last week, and must not make anything shorter.
        now += timedelta(days=chance.choice([1, 3, -2]))
        # What a customer gets of one tag is told once, or all is taken before: a change that the
        # next one of the batch undoes need not have been.
        batch: list[TagSet] = []
        for customer in ids:
            for tag in chance.sample(tags, 2):
                if chance.random() < 0.2:
                    batch.append(TagSet(customer, tag.pk, "", False))
                    if not tag.is_multiple:
                        continue
                for value in chance.sample(VALUES, 2 if tag.is_multiple else 1):
                    batch.append(TagSet(customer, tag.pk, value, chance.random() < 0.7))
        for each in batch:
            by_hand(held, each, next(tag for tag in tags if tag.pk == each.tag_id), now)
        before = TagChange.objects.count()
        assert apply(batch, source_id=None, now=now) == TagChange.objects.count() - before
        rows = CustomerTag.objects.values_list("customer_id", "tag_id", "value", "expires_at")
        assert {row[:3]: row[3] for row in rows} == held
    # And the history, in the order in which it was written, ends at the same.
    told: set[tuple[int, int, str]] = set()
    for row in TagChange.objects.order_by("pk"):
        key = (row.customer_id, row.tag_id, row.value)
        assert (key in told) is not row.added, "came twice, or went without having come"
        told.symmetric_difference_update({key})
    assert told == set(held)


def test_thousands_change_by_a_select() -> None:
    tag = Tag.objects.create(code="one", name="One")
    ids = customers(2000)
    wanted = (
        "SELECT id, %(tag)s::bigint, %(value)s, id %% 2 = %(odd)s, %(now)s::timestamptz"
        " FROM customers_customer"
    )

    def write(value: str, odd: int) -> tuple[int, int]:
        given = {"tag": tag.pk, "value": value, "odd": odd, "now": START}
        with transaction.atomic(), connection.cursor() as cursor:
            return change(cursor, wanted, given, tag_ids=[tag.pk], source_id=None)

    assert write("gold", 1) == (1000, 0)
    assert write("gold", 1) == (0, 0)
    assert write("silver", 1) == (1000, 1000)
    assert write("silver", 0) == (1000, 1000)
    assert set(CustomerTag.objects.values_list("customer_id", "value")) == {
        (id, "silver") for id in ids if id % 2 == 0
    }


def test_a_tag_that_is_gone_is_refused_by_its_id() -> None:
    [customer] = customers(1)
    with pytest.raises(ValueError, match="There is no tag with the id 12345"):
        apply([TagSet(customer, 12345, "gold")], source_id=None, now=START)
    assert not TagChange.objects.exists()
