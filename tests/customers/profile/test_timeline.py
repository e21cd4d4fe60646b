"""The timeline: every moment once, newest first, whatever its type and however many share one
instant. The oracle reads all events and sorts them in Python."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Brand, Customer, Event, EventType
from customers.profile.events import events, types_of
from customers.profile.timeline import PAGE, Cursor, timeline
from customers.profile.veil import Veil
from customers.scope import Scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


def her(brand: Brand, facts: list[EventFact], now: datetime) -> Customer:
    done = ingest(
        Batch("shop", [Item("1", [("user_id", "a")], events=facts)], brand_id=brand.pk), now=now
    )
    assert not done.refused
    return Customer.objects.get(pk=done.customer_ids[0] or 0)


def test_the_newest_of_all_types_of_these_brands(tea: Brand, now: datetime) -> None:
    cup = Brand.objects.create(code="cup", name="Cup")
    chance = random.Random(7)

    def facts(count: int) -> list[EventFact]:
        moments = [now - timedelta(hours=chance.randint(0, 24 * 90)) for _ in range(count)]
        return [
            EventFact(f"kind {chance.randint(0, 9)}", at, {"n": 1} if n % 4 else {"message_id": 3})
            for n, at in enumerate(moments)
        ]

    customer = her(tea, [*facts(300), EventFact("message_sent", now, {"message_id": 1})], now)
    her(cup, facts(100), now)
    scope = Scope([tea], tea, False)
    for limit, days in ((1, 0), (7, 3), (31, 40), (500, 0)):
        before = now - timedelta(days=days) + timedelta(seconds=1)
        found = events(customer, scope=scope, before=before, limit=limit, unmask=True)
        shown = [(moment.at, moment.title) for moment in found]
        assert shown == everything(customer, tea, before)[:limit]


def test_what_is_old_follows_what_is_new_without_a_gap(tea: Brand, now: datetime) -> None:
    # Days on both sides of where the look back goes further, and years without anything.
    days = [0, 1, 58, 59, 60, 61, 62, 200, 364, 365, 366, 367, 800, 4_000]
    facts = [EventFact(f"kind {n % 3}", now - timedelta(days=day)) for n, day in enumerate(days)]
    customer = her(tea, facts, now)
    scope = Scope([tea], tea, False)
    for back in (0, 59, 365, 5_000):
        before = now - timedelta(days=back)
        for limit in range(1, len(days) + 2):
            found = events(customer, scope=scope, before=before, limit=limit, unmask=True)
            shown = [(moment.at, moment.title) for moment in found]
            assert shown == everything(customer, tea, before)[:limit]


def everything(customer: Customer, brand: Brand, before: datetime) -> list[tuple[datetime, str]]:
    titles = {each.pk: each for each in EventType.objects.all()}
    rows = [
        row
        for row in Event.objects.filter(customer=customer, brand=brand)
        if row.occurred_at < before and titles[row.event_type_id].code != "message_sent"
    ]
    rows.sort(key=lambda row: (row.occurred_at, row.id), reverse=True)
    return [(row.occurred_at, titles[row.event_type_id].title) for row in rows]


def test_one_type_alone_and_no_type_of_another_brand(tea: Brand, now: datetime) -> None:
    cup = Brand.objects.create(code="cup", name="Cup")
    day = timedelta(days=1)
    told = EventFact("message_sent", now, {"message_id": 1})
    customer = her(tea, [EventFact("bought", now), EventFact("viewed", now - day), told], now)
    her(cup, [EventFact("sipped", now)], now)
    scope = Scope([tea], tea, False)
    types = types_of(customer, scope)
    assert [each.code for each in types] == ["bought", "viewed"]
    page = timeline(
        customer,
        scope=scope,
        cursor=Cursor(now + day),
        kind="events",
        only=types[1].pk,
        veil=Veil.of(customer),
    )
    assert [row["title"] for _day, rows in page.days for row in rows] == ["Viewed"]


def test_pages_of_one_instant_lose_and_repeat_nothing(tea: Brand, now: datetime) -> None:
    old = datetime(2020, 1, 1, tzinfo=UTC)
    facts = [EventFact("bought", old, {"n": n}) for n in range(3 * PAGE + 5)]
    customer = her(tea, facts, now)
    scope = Scope([tea], tea, False)
    cursor: Cursor | None = Cursor(now + timedelta(days=2))
    open_veil = Veil.of(customer, is_open=True)
    seen = []
    while cursor is not None:
        page = timeline(customer, scope=scope, cursor=cursor, kind="events", veil=open_veil)
        seen += [row["words"] for _day, rows in page.days for row in rows]
        cursor = Cursor.read(page.after)
    assert sorted(seen) == sorted(f"n <em>{n}</em>" for n in range(len(facts)))


def test_events_are_called_by_their_names_in_both_languages(tea: Brand, now: datetime) -> None:
    facts = [EventFact("unsubscribed", now), EventFact("seat_taken", now - timedelta(hours=1))]
    customer = her(tea, facts, now)
    EventType.objects.filter(code="seat_taken").update(
        name="Took a seat", names={"zh-hans": "入座"}
    )
    scope = Scope([tea], tea, False)
    for language, shown in (
        ("en", ["Unsubscribed", "Took a seat"]),
        ("zh-hans", ["退订", "入座"]),
    ):
        with translation.override(language):
            before = now + timedelta(seconds=1)
            found = events(customer, scope=scope, before=before, limit=9, unmask=True)
        assert [moment.title for moment in found] == shown
