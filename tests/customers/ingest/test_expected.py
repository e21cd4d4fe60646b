"""Events that are held against what a brand expects: counted, set aside, blocked; mended and taken
in again."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import quarantine
from customers.access import Actor
from customers.actions import catalogue
from customers.ingest import Batch, ConsentFact, EventFact, Ingested, Item, TagFact, ingest
from customers.ingest.facts import Change, How
from customers.ingest.quarantine import pack, unpack
from customers.models import (
    AuditEntry,
    Brand,
    Customer,
    Event,
    EventBreach,
    EventSchema,
    QuarantinedItem,
    QuarantineJob,
    Role,
    Tag,
    User,
)

pytestmark = pytest.mark.django_db
ME = Actor.of_command("t")
ORDER = {
    "amount": {"type": "number", "required": True},
    "currency": {"type": "text", "values": ["CNY", "EUR"]},
    "paid_at": {"type": "moment"},
    "pieces": {"type": "whole"},
    "gift": {"type": "boolean"},
    "lines": {"type": "list"},
    "to": {"type": "object"},
}
GOOD = {
    "amount": 1.5, "currency": "CNY", "paid_at": "2026-03-04T09:00:00Z", "pieces": 2.0,
    "gift": False, "lines": [1], "to": {"city": "x"}, "other": object,
}  # fmt: skip


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


def expect(brand: Brand, now: datetime, mode: str = "quarantine", **properties: Any) -> None:
    catalogue.expect(ME, brand, "order", mode=mode, properties=properties or ORDER, now=now)


def send(
    brand: Brand, now: datetime, *given: dict[str, Any], key: str = "", **more: Any
) -> Ingested:
    items = [
        Item(
            str(n),
            [("user_id", f"u{n}")],
            events=[EventFact("order", now, each, f"{key}{n}" if key else "")],
        )
        for n, each in enumerate(given)
    ]
    return ingest(Batch("api:tea", items, brand.pk, **more), now=now)


def run(brand: Brand, now: datetime, verb: str = "replay", mending: Any = ()) -> QuarantineJob:
    job = catalogue.begin(ME, brand, "order", verb, mending=mending, now=now)
    assert quarantine.run(job.pk, clock=lambda: now)
    job.refresh_from_db()
    assert job.state == "done"
    return job


@pytest.mark.parametrize(
    ("change", "property", "kind"),
    [
        ({"amount": None}, "amount", "missing"),
        ({"amount": "12"}, "amount", "type"),
        ({"amount": True}, "amount", "type"),
        ({"currency": "USD"}, "currency", "value"),
        ({"currency": 7}, "currency", "type"),
        ({"paid_at": "soon"}, "paid_at", "type"),
        ({"pieces": 1.5}, "pieces", "type"),
        ({"gift": 1}, "gift", "type"),
        ({"lines": {}}, "lines", "type"),
        ({"to": "x"}, "to", "type"),
    ],
)
def test_what_is_otherwise_is_set_aside_with_the_reason(
    tea: Brand, now: datetime, change: dict[str, Any], property: str, kind: str
) -> None:
    expect(tea, now)
    fine = {**GOOD, "other": "anything"}
    done = send(tea, now, fine, {**fine, **change})
    assert (done.accepted, len(done.quarantined), done.refused) == (1, 1, [])
    assert done.quarantined[0].place == "1"
    assert f"“{property}”" in done.quarantined[0].text
    assert done.customer_ids[1] is None
    assert (Event.objects.count(), Customer.objects.count()) == (1, 1)
    held = QuarantinedItem.objects.get()
    assert [reason[:2] for reason in held.reasons] == [[property, kind]]
    breach = EventBreach.objects.get()
    assert (breach.property, breach.kind, breach.count) == (property, kind, 1)


def test_counting_takes_in_and_blocking_takes_in_nothing(tea: Brand, now: datetime) -> None:
    expect(tea, now, "warn")
    for _time in range(2):
        assert send(tea, now, {"amount": "12"}, {"amount": 1}).accepted == 2
    assert EventBreach.objects.get().count == 2
    expect(tea, now, "block")
    done = send(tea, now, {"amount": 1}, {"amount": "x"})
    assert (done.accepted, done.blocked) == (0, 2)
    expect(tea, now, "off")
    assert send(tea, now, {"amount": "x"}).accepted == 1
    assert (Event.objects.count(), EventBreach.objects.get().count) == (5, 2)


def test_only_what_comes_from_outside_and_of_this_brand_is_held_against_it(
    tea: Brand, now: datetime
) -> None:
    expect(tea, now)
    cup = Brand.objects.create(code="cup", name="Cup")
    assert send(cup, now, {}).accepted == 1
    assert send(tea, now, {}, source_kind="journey").accepted == 1
    for mode, words in (("quarantine", "“amount” is missing"), ("block", "block list")):
        expect(tea, now, mode)
        done = send(tea, now, {}, {"amount": 1}, source_kind="import", sets_aside=False)
        assert words in done.refused[0].text
        assert (done.accepted, done.quarantined, done.blocked) == (int(mode != "block"), [], 0)
    assert not QuarantinedItem.objects.exists()


def test_an_item_comes_back_as_it_was_sent(now: datetime) -> None:
    item = Item(
        "7",
        [("user_id", "a"), ("phone", "+8613812346021")],
        attributes={"city": "杭州", "left": None, "points": Decimal("1.50")},
        tags=[TagFact("vip", "gold"), TagFact("old", added=False)],
        consents=[ConsentFact("sms", "marketing", "granted", at=now, proof={"ip": "::1"})],
        events=[EventFact("order", now, {"n": [1, {"m": None}]}, "k"), EventFact("seen")],
        changes={"visits": Change(How.ADD, 1)},
    )
    packed = pack(item, now)
    assert packed is not None
    back = unpack("7", json.loads(packed))
    assert back.attributes == {"city": "杭州", "left": None, "points": 1.5}
    assert back.events == [item.events[0], EventFact("seen", now)]
    assert (back.tags, back.consents, back.changes) == (item.tags, item.consents, item.changes)
    assert list(back.identities) == list(item.identities)


@pytest.mark.parametrize("value", ["\x00", "\ud800", float("nan"), object(), "x" * 70_000])
def test_what_can_not_be_stored_is_refused_not_set_aside(
    tea: Brand, now: datetime, value: object
) -> None:
    expect(tea, now)
    done = send(tea, now, {"amount": "no", "note": value})
    assert (done.accepted, done.quarantined, len(done.refused)) == (0, [], 1)
    assert not QuarantinedItem.objects.exists()


def test_sent_again_it_waits_once(tea: Brand, now: datetime) -> None:
    expect(tea, now)
    for _time in range(3):
        assert len(send(tea, now, {"amount": "1"}, {"amount": "2"}, key="k").quarantined) == 2
    assert QuarantinedItem.objects.count() == 2


def test_mended_items_go_through_the_door_with_everything_they_say(
    tea: Brand, now: datetime
) -> None:
    Tag.objects.create(code="vip", name="VIP")
    expect(tea, now)
    then = now - timedelta(hours=3)
    item = Item(
        "0", [("user_id", "ada")], attributes={"city": "Hangzhou"}, tags=[TagFact("vip", "yes")],
        events=[EventFact("order", then, {"Amount": "1,200.50", "gift": "yes"}, "k1")],
    )  # fmt: skip
    ingest(Batch("api:tea", [item], tea.pk), now=now)
    later = now + timedelta(days=1)
    job = run(tea, later)
    assert (job.total, job.taken, job.left) == (1, 0, 1)
    assert "“amount” is missing" in QuarantinedItem.objects.get().problem
    mending = [
        {"does": "rename", "property": "Amount", "to": "amount"},
        {"does": "convert", "property": "amount", "to": "number"},
        {"does": "convert", "property": "gift", "to": "boolean"},
        {"does": "set", "property": "currency", "to": "EUR"},
    ]
    job = run(tea, later, mending=mending)
    assert (job.taken, job.left) == (1, 0)
    event = Event.objects.get()
    assert event.properties == {"amount": 1200.5, "gift": True, "currency": "EUR"}
    assert (event.occurred_at, event.received_at) == (then, later)
    customer = event.customer
    assert customer.attributes == {"city": "Hangzhou"}
    assert customer.tags.count() == 1
    assert not QuarantinedItem.objects.exists()
    # The key went with it: the same event, mended by its sender, is a duplicate.
    fine = EventFact("order", then, {"amount": 1200.5}, "k1")
    done = ingest(Batch("api:tea", [Item("0", item.identities, events=[fine])], tea.pk), now=later)
    assert (done.duplicates, Event.objects.count()) == (1, 1)


def test_a_job_takes_what_was_there_when_it_began_part_by_part(
    tea: Brand, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "PART", 7)
    expect(tea, now)
    send(tea, now, *({"amount": str(n)} for n in range(40)))
    number = [{"does": "convert", "property": "amount", "to": "number"}]
    job = catalogue.begin(ME, tea, "order", "replay", mending=number, now=now)
    send(tea, now, {"amount": "late"}, key="late")
    with pytest.raises(ValidationError, match="already"):
        catalogue.begin(ME, tea, "order", "drop", now=now)
    assert not quarantine.run(job.pk, clock=lambda: now, seconds=0)
    job.refresh_from_db()
    assert (job.done, job.taken, Event.objects.count()) == (7, 7, 7)
    assert catalogue.stop(ME, job, now=now)
    assert quarantine.run(job.pk, clock=lambda: now)
    assert Event.objects.count() == 7
    assert run(tea, now, mending=number).total == 34
    assert (Event.objects.count(), QuarantinedItem.objects.count()) == (40, 1)
    assert run(tea, now, "drop").taken == 1
    assert not QuarantinedItem.objects.exists()
    done = set(AuditEntry.objects.values_list("action", flat=True))
    assert done >= {"event.expect", "quarantine.replay", "quarantine.drop", "quarantine.stop"}


def test_refused_at_the_door_it_stays_with_the_words_of_the_door(tea: Brand, now: datetime) -> None:
    expect(tea, now)
    bad = Item("0", [("nobody_knows", "1")], events=[EventFact("order", now, {})])
    ingest(Batch("api:tea", [bad], tea.pk), now=now)
    job = run(tea, now, mending=[{"does": "set", "property": "amount", "to": 1}])
    assert (job.taken, job.left) == (0, 1)
    assert "no kind of identity" in QuarantinedItem.objects.get().problem


def test_as_many_queries_for_many_items_as_for_few(tea: Brand, now: datetime) -> None:
    expect(tea, now)
    send(tea, now, {"amount": 1, "gift": True})
    counts = []
    for n in (20, 60):
        with CaptureQueriesContext(
            connection,
        ) as found:
            send(tea, now, *({"amount": str(each), "gift": each} for each in range(n)))
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_what_may_be_expected(tea: Brand, now: datetime) -> None:
    wrong: tuple[Any, ...] = (
        [], {"a": "text"}, {"a": {"type": "float"}}, {"a": {"required": 1}}, {"": {}},
        {"a": {"type": "boolean", "values": [True]}}, {"a": {"values": [1]}}, {"a": {"odd": 1}},
        {"a\x00": {}}, {"a": {"type": "text", "values": "x"}}, {str(n): {} for n in range(101)},
    )  # fmt: skip
    for properties in wrong:
        with pytest.raises(ValidationError):
            catalogue.read_properties(properties)
    for event, mode in (("", "warn"), ("x" * 121, "warn"), ("order", "perhaps"), ("a\x00", "off")):
        with pytest.raises(ValidationError):
            catalogue.expect(ME, tea, event, mode=mode, properties={}, now=now)
    wrong = (
        [{}], [{"does": "set", "property": "a", "to": []}], [{"does": "x"}] * 11, ["x"],
        [{"does": "convert", "property": "a", "to": "moment"}],
    )  # fmt: skip
    for mending in wrong:
        with pytest.raises(ValidationError):
            catalogue.begin(ME, tea, "order", "replay", mending=mending, now=now)
    with pytest.raises(ValidationError, match="set aside"):
        catalogue.begin(ME, tea, "order", "replay", now=now)
    user = User.objects.create_user("m@example.com", "x")
    user.memberships.create(brand=tea, role=Role.MANAGER)
    manager = Actor(via=ME.via, user=user)
    with pytest.raises(PermissionDenied):
        catalogue.expect(manager, tea, "order", mode="off", properties={}, now=now)
    with pytest.raises(PermissionDenied):
        catalogue.begin(manager, tea, "order", "drop", now=now)
    assert not EventSchema.objects.exists()


def test_screening_agrees_with_a_plain_reading(tea: Brand, now: datetime) -> None:
    """An oracle that looks at each event by itself, over random properties."""
    chance = Random(5)
    pool: list[Any] = [None, 1, 2.0, 2.5, "1", "CNY", "x", True, [], {}, "2026-01-01", "EUR"]
    given = [
        {name: chance.choice(pool) for name in ORDER if chance.random() < 0.8} for _n in range(300)
    ]
    expect(tea, now)
    done = send(tea, now, *given)
    wrong = {str(n) for n, each in enumerate(given) if not _is_fine(each)}
    assert {held.place for held in done.quarantined} == wrong
    assert 0 < len(wrong) < 300 or done.accepted == 300 - len(wrong)


# helpers


def _is_fine(given: dict[str, Any]) -> bool:
    get = given.get
    number = [int, float]
    return (
        type(get("amount")) in number
        and get("currency") in (None, "CNY", "EUR")
        and get("paid_at") in (None, "2026-01-01")
        and (get("pieces") is None or (type(get("pieces")) in number and get("pieces") != 2.5))
        and type(get("gift")) in (bool, type(None))
        and type(get("lines")) in (list, type(None))
        and type(get("to")) in (dict, type(None))
    )
