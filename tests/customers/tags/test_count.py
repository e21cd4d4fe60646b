"""The days of tags: as a recount that replays every change by hand tells them."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, CustomerTag, Tag, TagChange, TagDay, TagMeasure
from customers.tags import TagSet, apply
from customers.tags.count import BACK, BINS, MOST_VALUES, count, nice_step

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
VALUES = ("gold", "silver", "bronze", "")


def customers(n: int) -> list[int]:
    rows = Customer.objects.bulk_create(Customer(created_at=START) for _ in range(n))
    return [row.pk for row in rows]


def recount(tag: Tag, until: datetime) -> tuple[Counter[str], int]:
    """(customers by value, customers in all) at a moment: the changes up to it, one by one."""
    held: set[tuple[int, str]] = set()
    rows = TagChange.objects.filter(tag=tag, at__lt=until).order_by("at", "pk")
    # At one moment what goes makes room for what comes.
    for change in sorted(rows, key=lambda row: (row.at, row.added)):
        key = (change.customer_id, change.value)
        held.add(key) if change.added else held.discard(key)
    return Counter(value for _id, value in held), len({id for id, _value in held})


def end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def days_of(tag: Tag) -> dict[date, tuple[Counter[str], int | None]]:
    found: dict[date, tuple[Counter[str], int | None]] = {}
    for row in TagDay.objects.filter(tag=tag, value=None):
        found[row.day] = (Counter(), row.customers)
    for row in TagDay.objects.filter(tag=tag).exclude(value=None).exclude(customers=0):
        found.setdefault(row.day, (Counter(), None))[0][str(row.value)] = row.customers
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_day_is_as_a_recount_tells_it(seed: int) -> None:
    chance = random.Random(seed)
    one = Tag.objects.create(code="one", name="One")
    many = Tag.objects.create(code="many", name="Many", is_multiple=True)
    ids = customers(12)
    now = START
    for _step in range(40):
        now += timedelta(hours=chance.choice([1, 5, 9, 30, 75]))
        changes = [
            TagSet(chance.choice(ids), chance.choice([one.pk, many.pk]), chance.choice(VALUES),
                   chance.random() < 0.7)
            for _n in range(chance.randint(1, 8))
        ]  # fmt: skip
        apply(changes, source_id=None, now=now)
        if chance.random() < 0.3:
            count(now=now + timedelta(minutes=1))
    now += timedelta(hours=2)
    count(now=now)
    for tag in (one, many):
        days = days_of(tag)
        assert max(days) == now.date()
        for day, (by_value, whole) in days.items():
            expected, everybody = recount(tag, min(end_of(day), now))
            if tag == one or day == now.date():
                assert whole == everybody, (tag, day)
            assert by_value == expected, (tag, day)
    # One value: not a day is missing, though not each was counted.
    first = min(days_of(one))
    assert first <= TagChange.objects.filter(tag=one).earliest("at").at.date()
    assert sorted(days_of(one)) == [
        first + timedelta(days=n) for n in range((now.date() - first).days + 1)
    ]
    moved = TagDay.objects.filter(tag=one, value=None)
    assert sum(row.came for row in moved) == TagChange.objects.filter(tag=one, added=True).count()
    assert sum(row.went for row in moved) == TagChange.objects.filter(tag=one, added=False).count()


def test_the_measure_is_as_of_the_count(now: datetime) -> None:
    tag = Tag.objects.create(code="tier", name="Tier")
    empty = Tag.objects.create(code="empty", name="Empty")
    ids = customers(5)
    apply([TagSet(pk, tag.pk, "gold") for pk in ids[:3]], source_id=None, now=now)
    apply([TagSet(ids[3], tag.pk, "silver")], source_id=None, now=now)
    assert count(now=now + timedelta(hours=1)) == 2
    measure = TagMeasure.objects.get(tag=tag)
    assert (measure.customers, measure.values, measure.changed_at) == (4, 2, now)
    assert measure.counted_at == now + timedelta(hours=1)
    assert TagMeasure.objects.get(tag=empty).customers == 0
    # Of one tag alone, and what the evaluation found stays.
    TagMeasure.objects.filter(tag=tag).update(score=50, parts={"use": {}})
    apply([TagSet(ids[4], tag.pk, "gold")], source_id=None, now=now + timedelta(hours=2))
    assert count(now=now + timedelta(hours=2), tag_ids=[tag.pk]) == 1
    measure.refresh_from_db()
    assert (measure.customers, measure.score, measure.parts) == (5, 50, {"use": {}})
    assert TagMeasure.objects.get(tag=empty).counted_at == now + timedelta(hours=1)


def test_a_first_count_goes_back_a_month_and_no_further(now: datetime) -> None:
    old = Tag.objects.create(code="old", name="Old")
    [a, b] = customers(2)
    apply([TagSet(a, old.pk, "x")], source_id=None, now=now - timedelta(days=200))
    apply([TagSet(b, old.pk, "x")], source_id=None, now=now - timedelta(days=3))
    count(now=now)
    days = TagDay.objects.filter(tag=old, value=None).order_by("day")
    assert days[0].day == now.date() - BACK
    assert [row.customers for row in days][-5:] == [1, 2, 2, 2, 2]
    assert len(days) == BACK.days + 1


def test_a_value_that_is_gone_has_no_customers_any_more(now: datetime) -> None:
    tag = Tag.objects.create(code="tier", name="Tier")
    [a] = customers(1)
    apply([TagSet(a, tag.pk, "gold")], source_id=None, now=now - timedelta(days=1))
    count(now=now - timedelta(hours=20))
    apply([TagSet(a, tag.pk, "silver")], source_id=None, now=now)
    count(now=now)
    rows = TagDay.objects.filter(tag=tag, day=now.date()).exclude(value=None)
    assert {row.value: (row.customers, row.came, row.went) for row in rows} == {
        "gold": (0, 0, 1),
        "silver": (1, 1, 0),
    }


def test_many_values_take_few_rows_and_few_queries(now: datetime) -> None:
    tag = Tag.objects.create(code="spent", name="Spent", data_type="number")
    ids = customers(400)
    apply([TagSet(pk, tag.pk, str(n)) for n, pk in enumerate(ids)], source_id=None, now=now)
    with CaptureQueriesContext(connection) as few:
        count(now=now)
    assert TagDay.objects.filter(tag=tag).count() == MOST_VALUES + 1
    measure = TagMeasure.objects.get(tag=tag)
    assert measure.values == 400
    assert len(measure.bins) == BINS
    assert sum(n for _low, _high, n in measure.bins) == 400
    values = [float(value) for value in CustomerTag.objects.values_list("value", flat=True)]
    for low, high, n in measure.bins:
        assert n == sum(low <= each < (high if high is not None else 1e12) for each in values)
    for n in range(20):
        more = Tag.objects.create(code=f"t{n}", name=str(n))
        apply([TagSet(pk, more.pk, "x") for pk in ids[:20]], source_id=None, now=now)
    with CaptureQueriesContext(connection) as many:
        count(now=now)
    assert len(many) == len(few)


def test_words_in_a_tag_of_numbers_do_no_harm(now: datetime) -> None:
    tag = Tag.objects.create(code="spent", name="Spent", data_type="number")
    ids = customers(20)
    odd = ["much", "", "1e400", "--1", "NaN", "∞"]
    values = [*odd, *(str(n) for n in range(14))]
    apply(
        [TagSet(pk, tag.pk, value) for pk, value in zip(ids, values, strict=True) if value],
        source_id=None,
        now=now,
    )
    count(now=now)
    measure = TagMeasure.objects.get(tag=tag)
    assert measure.customers == 19
    assert sum(n for _low, _high, n in measure.bins) == 14


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (1, 400), (-5, 5), (0.001, 0.002), (3, 3), (0, 123_456_789)]
)
def test_edges_are_round_and_reach(low: float, high: float) -> None:
    first, width = nice_step(low, high)
    assert first <= low
    assert first + width * (BINS + 1) >= high
    assert width > 0
