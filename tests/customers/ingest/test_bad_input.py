"""Hostile and broken values at the door: each is taken in or refused with a sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import Attribute, Brand, Customer, Event, Identity, Tag

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
PHONE = [("phone", "+8613812346021")]
MEGABYTE = "x" * 1_000_000


def deep(levels: int) -> dict[str, Any]:
    found: Any = 1
    for _level in range(levels):
        found = {"a": found}
    return {"a": found} if levels == 0 else found


def round_about() -> dict[str, Any]:
    found: dict[str, Any] = {}
    found["self"] = [found]
    return found


def identity(space: Any, value: Any) -> Item:
    return Item("", [(space, value)])


def event(name: Any = "e", at: datetime | None = None, **properties: Any) -> Item:
    return Item("", PHONE, events=[EventFact(name, at, properties)])


def attribute(value: Any, code: Any = "a") -> Item:
    return Item("", PHONE, attributes={code: value})


def consent(**more: Any) -> Item:
    return Item("", PHONE, consents=[ConsentFact("sms", "marketing", "granted", **more)])


REFUSED = {
    "null byte": identity("member_id", "a\x00b"),
    "half a character": identity("member_id", "a\ud800b"),
    "line end": identity("member_id", "a\nb"),
    "direction override": identity("member_id", "abc\u202edef"),
    "1 MB identity": identity("member_id", MEGABYTE),
    "blank identity": identity("member_id", " \u3000 "),
    "identity none": identity("member_id", None),
    "identity yes": identity("member_id", True),
    "identity float": identity("member_id", 1.5),
    "identity list": identity("member_id", ["1"]),
    "identity of 5,000 digits": identity("member_id", 10**5_000),
    "space with null": identity("fax\x00", "1"),
    "space with half a character": identity("fax\ud800", "1"),
    "space none": identity(None, "1"),
    "phone of no country": identity("phone", "+999 123 456 789"),
    "phone too short": identity("phone", "+86 1"),
    "phone of words": identity("phone", "call me"),
    "phone of emoji": identity("phone", "😀😀😀😀😀😀😀😀"),
    "phone with null": identity("phone", "+86138\x0012346021"),
    "phone 1 MB": identity("phone", "1" * 1_000_000),
    "e-mail of nothing": identity("email", "@"),
    "e-mail without point": identity("email", "a@b"),
    "e-mail of two": identity("email", "a@example.com,b@example.com"),
    "e-mail with null": identity("email", "a\x00@example.com"),
    "event without name": event(""),
    "event named by number": event(7),
    "event named by list": event(["e"]),
    "name with null": event("a\x00"),
    "name with half a character": event("a\udfff"),
    "name 1 MB": event(MEGABYTE),
    "year 1": event(at=datetime.min.replace(tzinfo=UTC)),
    "year 1, east": event(at=datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))),
    "year 9999": event(at=datetime.max.replace(tzinfo=UTC)),
    "year 9999, west": event(at=datetime.max.replace(tzinfo=timezone(-timedelta(hours=12)))),
    "without a zone": event(at=datetime(2026, 3, 1)),  # noqa: DTZ001 - that is the point
    "the day after tomorrow": event(at=NOW + timedelta(days=2)),
    "NaN": event(a=float("nan")),
    "NaN inside": event(a=[{"b": float("nan")}]),
    "infinity": event(a=float("-inf")),
    "decimal NaN": event(a=Decimal("NaN")),
    "decimal too large": event(a=Decimal("1E+999999999")),
    "decimal too small": event(a=Decimal("1E-999999999")),
    "5,000 digits": event(a=10**5_000),
    "null in a text": event(a="x\x00"),
    "null in a key": Item("", PHONE, events=[EventFact("e", None, {"a\x00": 1})]),
    "null after a backslash": event(a="\\\x00"),
    "half a character in a text": event(a="\ud83d"),
    "half a character in a key": Item("", PHONE, events=[EventFact("e", None, {"\udc00": 1})]),
    "1 MB property": event(a=MEGABYTE),
    "deep JSON": event(**deep(9)),
    "deep JSON of lists": event(a=[[[[[[[[1]]]]]]]]),
    "very deep JSON": event(**deep(5_000)),
    "JSON in itself": event(**round_about()),
    "a set": event(a={1, 2}),
    "bytes": event(a=b"x"),
    "properties as list": Item("", PHONE, events=[EventFact("e", None, [1])]),  # type: ignore[arg-type]
    "key too long": Item("", PHONE, events=[EventFact("e", key="k" * 201)]),
    "too many events": Item("", PHONE, events=[EventFact("e")] * 1_001),
    "attribute with null": attribute("a\x00b"),
    "attribute with half a character": attribute("\ud800"),
    "attribute 1 MB": attribute(MEGABYTE),
    "attribute NaN": attribute(float("nan")),
    "attribute too large": attribute(1e300),
    "attribute of 5,000 digits": attribute(10**5_000),
    "attribute as object": attribute({"a": 1}),
    "list with null": attribute(["a", "b\x00"]),
    "list of lists": attribute([["a"]]),
    "list too long": attribute(["a"] * 101),
    "number as words": attribute("many", "points"),
    "number beyond float": attribute("1e999", "points"),
    "no such day": attribute("2026-02-30", "birthday"),
    "no such month": attribute("2026-13-01", "birthday"),
    "no such hour": attribute("2026-02-01T25:00:00Z", "member_since"),
    "moment without a zone": attribute("2026-02-01T12:00:00", "member_since"),
    "code with null": attribute(1, "a\x00"),
    "code of emoji": attribute(1, "😀"),
    "code by number": attribute(1, 7),
    "code too long": attribute(1, "a" * 41),
    "tag with null": Item("", PHONE, tags=[TagFact("tier", "a\x00")]),
    "tag with half a character": Item("", PHONE, tags=[TagFact("tier", "\ud800")]),
    "tag 1 MB": Item("", PHONE, tags=[TagFact("tier", MEGABYTE)]),
    "tag unknown": Item("", PHONE, tags=[TagFact("\ud800")]),
    "wording with null": consent(wording="yes\x00"),
    "wording with half a character": consent(wording="yes\ud800"),
    "wording 1 MB": consent(wording=MEGABYTE),
    "proof NaN": consent(proof={"a": float("nan")}),
    "consent of tomorrow": consent(at=NOW + timedelta(days=3)),
    "customer of no such id": Item("", customer_id=10**12),
    "customer beyond bigint": Item("", customer_id=10**30),
    "customer below zero": Item("", customer_id=-1),
}
ACCEPTED = {
    "emoji": identity("member_id", "kettle 😀👨‍👩‍👧"[:8]),
    "right to left": identity("member_id", "שלום"),
    "Arabic": identity("member_id", "مرحبا"),
    "backslashes": identity("member_id", "a\\b\\N\\."),
    "quotation marks": identity("member_id", "',\"{}"),
    "number": identity("member_id", 17850),
    "full width": identity("phone", "１３８１２３４６０２１"),
    "abroad": identity("phone", "+44 20 7946 0958"),
    "e-mail of emoji": identity("email", "😀@example.com"),
    "e-mail in Chinese": identity("email", "用户@例子.中国"),
    "event in Chinese": event("下单"),
    "event of emoji": event("paid 😀"),
    "a text as null": event(a="null", b="\\u0000", c=None),
    "large numbers": event(a=10**400, b=0.25, c=-(2**63), d=2**64),
    "decimals": event(a=Decimal("12.50"), b=Decimal("1E+5"), c=Decimal("-0.0")),
    "control characters": event(a="\x01\t\n\r\x7f\u2028\\"),
    "eight levels": event(**deep(7)),
    "braces in a text": event(a="{[" * 50),
    "leap day": attribute("2024-02-29", "birthday"),
    "first day": attribute("0001-01-01", "birthday"),
    "lines in a text": attribute("a\tb\nc\\d\r", "note"),
    "RTL text": attribute("\u202eabc", "note"),
    "an empty text": attribute("", "note"),
    "number as text": attribute("12", "points"),
    "tag of emoji": Item("", PHONE, tags=[TagFact("tier", "金😀")]),
    "odd key": Item("", PHONE, events=[EventFact("e", key="\x00\ud800")]),
}  # fmt: skip


@pytest.fixture
def catalogue(db: None) -> Brand:
    Tag.objects.create(code="tier", name="Tier")
    for code, kind in (
        ("points", "number"), ("birthday", "date"), ("member_since", "datetime"), ("note", "text"),
    ):  # fmt: skip
        Attribute.objects.create(code=code, name=code, data_type=kind)
    return Brand.objects.create(code="tea", name="Tea")


def test_every_bad_value_is_refused_alone_and_with_a_sentence(catalogue: Brand) -> None:
    items = [Item(name, *_rest(item)) for name, item in REFUSED.items()]
    good = Item("good", [("member_id", "good")], events=[EventFact("e", NOW, {"fine": True})])
    middle = len(items) // 2
    done = ingest(Batch("t", [*items[:middle], good, *items[middle:]], catalogue.pk), now=NOW)
    assert {refused.place for refused in done.refused} == set(REFUSED)
    for refused in done.refused:
        assert refused.text.endswith("."), refused
        assert len(refused.text) < 400, refused.place
        assert refused.text[:1].isupper() or refused.text[0] == "“", refused
        # An answer in JSON and a row of refusals can hold it.
        assert "\x00" not in refused.text
        refused.text.encode()
    assert (done.accepted, done.event_count) == (1, 1)
    assert Customer.objects.count() == Identity.objects.count() == Event.objects.count() == 1
    assert not Attribute.objects.filter(code="a").exists()


def test_unusual_values_are_taken_in_as_they_are(catalogue: Brand) -> None:
    items = [Item(name, *_rest(item)) for name, item in ACCEPTED.items()]
    done = ingest(Batch("t", items, catalogue.pk), now=NOW)
    assert done.refused == []
    assert done.accepted == len(items)
    values = set(Identity.objects.values_list("value", flat=True))
    assert {"שלום", "a\\b\\N\\.", "',\"{}", "17850", "+8613812346021", "+442079460958"} <= values
    texts = [event.properties for event in Event.objects.order_by("id")]
    assert {"a": "null", "b": "\\u0000", "c": None} in texts
    assert {"a": "\x01\t\n\r\x7f\u2028\\"} in texts
    assert {"a": 10**400, "b": 0.25, "c": -(2**63), "d": 2**64} in texts
    assert deep(7) in texts
    customer = Customer.objects.get(identities__value="+8613812346021")
    assert customer.attributes["note"] == ""
    assert customer.attributes["points"] == 12
    assert customer.attributes["birthday"] == "0001-01-01"


def _rest(item: Item) -> tuple[Any, ...]:
    return (
        item.identities, item.customer_id, item.attributes, item.tags, item.consents, item.events,
    )  # fmt: skip
