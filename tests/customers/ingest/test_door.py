"""The one door: what is taken in, what is refused, and that nothing is taken in twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from customers.ingest import (
    Batch,
    ConsentFact,
    EventBatch,
    EventFact,
    Ingested,
    Item,
    TagFact,
    ingest,
    on_events,
    registry,
)
from customers.models import (
    Attribute,
    Brand,
    Consent,
    ConsentChange,
    Customer,
    CustomerTag,
    Event,
    EventType,
    Identity,
    Tag,
    TagChange,
)

pytestmark = pytest.mark.django_db


def take(now: datetime, *items: Item, **options: Any) -> Ingested:
    return ingest(Batch("test", items, **options), now=now)


def test_one_item_becomes_a_customer_with_everything(now: datetime) -> None:
    brand = Brand.objects.create(code="tea", name="Tea")
    Tag.objects.create(code="tier", name="Tier")
    done = take(
        now,
        Item(
            "1",
            [("phone", "138 1234 6021"), ("email", " Chen@Example.COM ")],
            attributes={"name": "Chen Xi", "points": 12, "birthday": "1990-05-01"},
            tags=[TagFact("tier", "gold")],
            consents=[ConsentFact("sms", "marketing", "granted")],
            events=[EventFact("kettle filled", now, {"amount": 188, "note": 'a\tb\\n"'})],
        ),
        brand_id=brand.pk,
    )
    assert (done.accepted, done.refused, done.customers_created) == (1, [], 1)
    customer = Customer.objects.get()
    assert done.customer_ids == [customer.pk]
    assert (customer.display_name, customer.sort_key) == ("Chen Xi", "chen xi")
    assert customer.is_known
    assert customer.attributes == {"name": "Chen Xi", "points": 12, "birthday": "1990-05-01"}
    assert customer.last_seen_at == now
    assert set(Identity.objects.values_list("namespace__code", "value")) == {
        ("phone", "+8613812346021"),
        ("email", "chen@example.com"),
    }
    assert Attribute.objects.get(code="birthday").data_type == "date"
    assert CustomerTag.objects.get().value == "gold"
    assert Consent.objects.get().state == "granted"
    event = Event.objects.get()
    assert event.properties == {"amount": 188, "note": 'a\tb\\n"'}
    assert (event.customer_id, event.brand_id) == (customer.pk, brand.pk)
    assert event.event_type.code == "kettle filled"


def test_a_report_about_a_message_is_no_sign_of_life(now: datetime) -> None:
    phone, day = [("phone", "+8613812346021")], timedelta(days=1)
    take(now - 3 * day, Item("1", phone, events=[EventFact("shop visited")]))
    reports = [EventFact(f"message_{what}", key=what) for what in ("sent", "delivered", "failed")]
    take(now - day, Item("2", phone, events=reports))
    assert Event.objects.count() == 4
    assert Customer.objects.get().last_seen_at == now - 3 * day
    opened = EventFact("message_opened", now - timedelta(hours=2))
    take(now, Item("3", phone, events=[opened, EventFact("message_delivered", now)]))
    assert Customer.objects.get().last_seen_at == now - timedelta(hours=2)


def test_a_customer_known_by_reports_alone_was_never_seen(now: datetime) -> None:
    take(now, Item("1", [("email", "a@example.com")], events=[EventFact("message_bounced")]))
    assert Customer.objects.get().last_seen_at is None


def test_a_bad_item_holds_no_other_up(now: datetime) -> None:
    phone = [("phone", "+8613812346021")]
    bad = [
        Item("nobody"),
        Item("fax", [("fax", "1")]),
        Item("phone", [("phone", "12")]),
        Item("email", [("email", "no at sign")]),
        Item("null", [("member_id", "a\x00b")]),
        Item("surrogate", [("member_id", "a\ud800b")]),
        Item("long", [("member_id", "x" * 400)]),
        Item("name", phone, events=[EventFact("")]),
        Item("old", phone, events=[EventFact("e", now.replace(year=1889))]),
        Item("future", phone, events=[EventFact("e", now + timedelta(days=2))]),
        Item("naive", phone, events=[EventFact("e", now.replace(tzinfo=None))]),
        Item("nan", phone, events=[EventFact("e", now, {"a": float("nan")})]),
        Item("null text", phone, events=[EventFact("e", now, {"a": "x\x00"})]),
        Item("broken text", phone, events=[EventFact("e", now, {"a": "\ud800"})]),
        Item("large", phone, events=[EventFact("e", now, {"a": "x" * 40_000})]),
        Item("deep", phone, events=[EventFact("e", now, {"a": [[[[[[[[[[1]]]]]]]]]]})]),
        Item("code", phone, attributes={"Not A Code": 1}),
        Item("object", phone, attributes={"a": {"b": 1}}),
        Item("tag", phone, tags=[TagFact("unknown")]),
        Item("tag text", phone, tags=[TagFact("\x00")]),
        Item("brand", phone, consents=[ConsentFact("sms", "marketing", "granted")]),
        Item("state", phone, consents=[ConsentFact("sms", "marketing", "perhaps", 1)]),
        Item("id", customer_id=10**12),
    ]
    good = Item("good", phone, events=[EventFact("e", now, {"text": "\\u0000 is fine"})])
    done = take(now, *bad[:11], good, *bad[11:])
    assert [refused.place for refused in done.refused] == [item.place for item in bad]
    assert all(refused.text.endswith((".", "!")) for refused in done.refused), done.refused
    assert (done.accepted, done.event_count) == (1, 1)
    assert [id is not None for id in done.customer_ids].index(True) == 11
    assert Event.objects.get().properties == {"text": "\\u0000 is fine"}


def test_a_repeated_key_changes_nothing(now: datetime) -> None:
    def item(points: int) -> Item:
        return Item(
            "1",
            [("member_id", "7")],
            attributes={"points": points},
            events=[EventFact("kettle filled", now, key="k1")],
        )

    assert take(now, item(1)).duplicates == 0
    again = take(now + timedelta(hours=1), item(2), item(3))
    assert (again.accepted, again.duplicates, again.event_count) == (2, 2, 0)
    assert Event.objects.count() == 1
    assert Customer.objects.get().attributes == {"points": 1}
    other = ingest(Batch("another source", [item(4)]), now=now)
    assert other.duplicates == 0


def test_a_key_twice_in_one_batch_counts_once(now: datetime) -> None:
    events = [EventFact("kettle filled", now, key="k"), EventFact("kettle filled", now, key="k")]
    done = take(now, Item("1", [("member_id", "7")], events=events))
    assert (done.event_count, done.duplicates) == (1, 1)


def test_attributes_follow_their_rule(now: datetime) -> None:
    Attribute.objects.create(code="first", name="First", conflict="first")
    Attribute.objects.create(code="latest", name="Latest")

    def say(value: str, at: datetime) -> None:
        take(at, Item("1", [("member_id", "7")], attributes={"first": value, "latest": value}))

    say("a", now)
    say("b", now + timedelta(days=1))
    say("late", now - timedelta(days=1))
    customer = Customer.objects.get()
    assert customer.attributes == {"first": "late", "latest": "b"}
    take(now + timedelta(days=2), Item("1", [("member_id", "7")], attributes={"latest": None}))
    take(now + timedelta(days=2), Item("1", [("member_id", "7")], attributes={"first": None}))
    customer.refresh_from_db()
    assert customer.attributes == {"first": "late"}
    # What was taken back leaves its moment, so that an older fact does not bring it back.
    say("older", now + timedelta(days=1))
    customer.refresh_from_db()
    assert customer.attributes == {"first": "late"}
    assert set(customer.provenance) == {"first", "latest"}


def test_the_last_attribute_can_be_removed(now: datetime) -> None:
    take(now, Item("1", [("member_id", "7")], attributes={"city": "x"}))
    take(now + timedelta(days=1), Item("1", [("member_id", "7")], attributes={"city": None}))
    assert Customer.objects.get().attributes == {}


def test_tags_with_one_value_are_replaced_and_remembered(now: datetime) -> None:
    Tag.objects.create(code="tier", name="Tier")
    for value in ("silver", "gold", "gold"):
        take(now, Item("1", [("member_id", "7")], tags=[TagFact("tier", value)]))
    assert [tag.value for tag in CustomerTag.objects.all()] == ["gold"]
    changes = TagChange.objects.order_by("pk").values_list("value", "added")
    assert list(changes) == [("silver", True), ("silver", False), ("gold", True)]


def test_consents_keep_the_latest_state_and_every_change(now: datetime) -> None:
    brand = Brand.objects.create(code="tea", name="Tea")

    def say(state: str, at: datetime) -> None:
        consent = ConsentFact("sms", "marketing", state, brand.pk, at)
        take(now, Item("1", [("member_id", "7")], consents=[consent]))

    say("granted", now - timedelta(days=3))
    say("denied", now - timedelta(days=1))
    say("granted", now - timedelta(days=2))
    say("denied", now)
    assert Consent.objects.get().state == "denied"
    assert Consent.objects.get().since == now - timedelta(days=1)
    assert ConsentChange.objects.count() == 3


def test_subscribers_hear_new_events_only(now: datetime) -> None:
    heard: list[tuple[int, list[tuple[Any, ...]]]] = []

    def listen(cursor: Any, batch: EventBatch) -> None:
        cursor.execute("SELECT customer_id, event_type_id, properties FROM ingested_events")
        heard.append((batch.count, cursor.fetchall()))

    on_events(listen)
    try:
        event = EventFact("kettle filled", now, {"a": 1}, key="k")
        item = Item("1", [("member_id", "7")], events=[event])
        first = take(now, item)
        take(now, item)
        take(now, Item("1", [("member_id", "7")], attributes={"city": "x"}))
    finally:
        registry.forget(listen)
    type_id = EventType.objects.get(code="kettle filled").pk
    assert [count for count, _rows in heard] == [1]
    assert [row[:2] for row in heard[0][1]] == [(first.customer_ids[0], type_id)]


def test_a_failing_subscriber_leaves_nothing_behind(now: datetime) -> None:
    def fail(cursor: Any, batch: EventBatch) -> None:
        raise RuntimeError("no")

    on_events(fail)
    try:
        with pytest.raises(RuntimeError):
            take(now, Item("1", [("member_id", "7")], events=[EventFact("e", now)]))
    finally:
        registry.forget(fail)
    assert not Customer.objects.exists()
    assert not Event.objects.exists()


def test_a_large_batch_needs_no_more_queries_than_a_small_one(
    now: datetime, django_assert_max_num_queries: Any
) -> None:
    def items(n: int) -> list[Item]:
        return [
            Item(str(i), [("member_id", str(i))], attributes={"points": i},
                 events=[EventFact("kettle filled", now, key=str(i))])
            for i in range(n)
        ]  # fmt: skip

    with django_assert_max_num_queries(30):
        assert take(now, *items(2_000)).event_count == 2_000


def test_attributes_that_speak_of_a_person_are_masked_from_the_start(now: datetime) -> None:
    attributes = {"home_address": "x", "name": "x", "product_name": "x", "city": "x", "email": "x"}
    take(now, Item("1", [("member_id", "7")], attributes=attributes))
    personal = Attribute.objects.filter(is_personal=True).values_list("code", flat=True)
    assert set(personal) == {"home_address", "name", "email"}
