"""Messages of Segment's and Sensors Analytics' SDKs as items: who, what, when, with which key."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customers.ingest import BadFact, Change, How
from customers.interop import segment, sensors
from customers.interop.names import code_of
from customers.interop.segment import Sent

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
SENT = Sent(NOW, NOW)


def message(**more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Order Paid", "userId": "u1", "messageId": "m1", **more}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("VipLevel", "vip_level"), ("vip-level", "vip_level"), ("$city", "city"),
        ("lastOrderID", "last_order_id"), ("HTTPStatus", "http_status"), ("2ndName", "nd_name"),
        ("locale", "language"), ("名称", ""), ("x" * 60, "x" * 40), ("a__b", "a_b"),
    ],
)  # fmt: skip
def test_names_become_codes(name: str, code: str) -> None:
    assert code_of(name) == code


def test_a_track_is_an_event_with_the_key_of_its_message() -> None:
    item = segment.read_message("0", message(properties={"total": 9.5}, anonymousId="a1"), SENT)
    assert item.identities == [("user_id", "u1"), ("device", "a1")]
    (event,) = item.events
    assert (event.name, event.key, event.properties) == ("Order Paid", "m1", {"total": 9.5})


@pytest.mark.parametrize("data", [
    {"traits": {"email": "Ann@Example.com", "plan": "pro"}},
    {"context": {"traits": {"email": "Ann@Example.com", "plan": "pro"}}},
    {"traits": {"plan": "pro"}, "context": {"traits": {"email": "Ann@Example.com", "plan": "x"}}},
])  # fmt: skip
def test_traits_stand_in_the_message_or_in_its_context(data: dict[str, Any]) -> None:
    item = segment.read_message("0", {"type": "identify", "userId": "u1", **data}, SENT)
    assert ("email", "Ann@Example.com") in item.identities
    assert item.attributes == {"plan": "pro"}
    assert not item.events


def test_traits_are_taken_apart_and_what_has_no_form_is_left_out() -> None:
    traits = {"firstName": "Ann", "lastName": "Lee", "address": {"city": "Rome", "geo": {"x": 1}},
              "phone": "soon", "tags": ["a", "b"], "objects": [{"a": 1}], "": 3}  # fmt: skip
    item = segment.read_message("0", {"type": "identify", "userId": "u", "traits": traits}, SENT)
    assert item.attributes == {
        "first_name": "Ann", "last_name": "Lee", "name": "Ann Lee", "address_city": "Rome",
        "phone": "soon", "tags": ["a", "b"],
    }  # fmt: skip


def test_an_alias_joins_a_user_with_the_device_or_the_user_before() -> None:
    data = {"type": "alias", "previousId": "old", "userId": "u1", "anonymousId": None}
    item = segment.read_message("0", data, SENT)
    assert item.identities == [("user_id", "u1"), ("device", "old")]
    item = segment.read_message("0", data, Sent(NOW, NOW, {"old"}))
    assert item.identities == [("user_id", "u1"), ("user_id", "old")]
    with pytest.raises(BadFact, match="previousId"):
        segment.read_message("0", {"type": "alias", "userId": "u1"}, SENT)


def test_pages_screens_and_groups() -> None:
    page = {"type": "page", "name": "Home", "category": "Shop", "userId": "u", "messageId": "m"}
    (event,) = segment.read_message("0", page, SENT).events
    assert (event.name, event.properties) == (
        "page_viewed", {"name": "Home", "category": "Shop"},
    )  # fmt: skip
    assert segment.read_message("0", page | {"type": "screen"}, SENT).events[0].name == (
        "screen_viewed"
    )
    group = {"type": "group", "groupId": 7, "traits": {"name": "Tea Ltd"}, "userId": "u"}
    item = segment.read_message("0", group, SENT)
    assert item.attributes == {"group_id": "7", "group_name": "Tea Ltd"}


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ({"timestamp": "2026-03-04T08:30:00.616+00:00"}, 1),
        ({"timestamp": "2026-03-04T08:30:00.616Z"}, 1),
        ({"timestamp": "2026-03-04T16:30:00+08:00"}, 1),
        ({"timestamp": "2026-03-04T08:30:00"}, 1),
        # A clock that is an hour ahead says so by `sentAt`.
        ({"originalTimestamp": "2026-03-04T09:30:00Z", "sentAt": "2026-03-04T10:30:00Z"}, 1),
        ({"originalTimestamp": "2026-03-04T08:30:00Z"}, 1),
        ({"timestamp": "2027-01-01T00:00:00Z"}, 0),
    ],
)
def test_when_it_happened(said: dict[str, str], hour: int) -> None:
    (event,) = segment.read_message("0", message(**said), SENT).events
    assert event.occurred_at is not None
    assert event.occurred_at.replace(microsecond=0) == NOW - timedelta(hours=hour)


@pytest.mark.parametrize("data", [
    {"type": "fly"}, {"type": []}, message(event=None), message(properties=[]),
    message(userId={"a": 1}), message(messageId=[1]),
])  # fmt: skip
def test_what_is_no_message_is_refused_in_a_sentence(data: dict[str, Any]) -> None:
    with pytest.raises(BadFact, match=r"came\.|name of what"):
        segment.read_message("0", data, SENT)


# Sensors Analytics


def test_distinct_ids_are_devices_until_the_message_says_login() -> None:
    track = {"type": "track", "event": "ViewProduct", "time": 1772613000000, "distinct_id": "d1",
             "properties": {"$lib": "python", "sku": "x"}}  # fmt: skip
    item = sensors.read_message("0", track, now=NOW)
    assert item is not None
    assert item.identities == [("device", "d1")]
    (event,) = item.events
    assert (event.name, event.properties, event.key) == ("ViewProduct", {"sku": "x"}, "")
    assert event.occurred_at == datetime(2026, 3, 4, 8, 30, tzinfo=UTC)
    login = track | {"properties": {"$is_login_id": True}, "_track_id": 5}
    item = sensors.read_message("0", login, now=NOW)
    assert item is not None
    assert item.identities == [("user_id", "d1")]
    assert item.events[0].key == "sa:5:1772613000000:d1"


def test_signing_up_joins_the_login_with_the_device_before() -> None:
    data = {"type": "track_signup", "event": "$SignUp", "distinct_id": "u1", "original_id": "d1",
            "properties": {}}  # fmt: skip
    item = sensors.read_message("0", data, now=NOW)
    assert item is not None
    assert item.identities == [("user_id", "u1"), ("device", "d1")]
    bound = {"type": "track_id_bind", "event": "$BindID", "distinct_id": "x", "properties": {},
             "identities": {"$identity_mobile": "13812346021", "$identity_login_id": "u1",
                            "$identity_unheard_of": "?"}}  # fmt: skip
    item = sensors.read_message("0", bound, now=NOW)
    assert item is not None
    assert item.identities == [("phone", "13812346021"), ("user_id", "u1")]


def test_profiles_set_change_and_unset_attributes() -> None:
    def read(kind: str, properties: dict[str, Any]) -> Any:
        data = {"type": kind, "distinct_id": "u1",
                "properties": {**properties, "$is_login_id": True}}  # fmt: skip
        return sensors.read_message("0", data, now=NOW)

    assert read("profile_set", {"VipLevel": 3}).attributes == {"vip_level": 3}
    assert read("profile_set_once", {"first": "x"}).changes == {"first": Change(How.ONCE, "x")}
    assert read("profile_increment", {"n": 2}).changes == {"n": Change(How.ADD, 2)}
    assert read("profile_append", {"l": ["x"]}).changes == {"l": Change(How.APPEND, ["x"])}
    assert read("profile_unset", {"VipLevel": True}).attributes == {
        "vip_level": None, "is_login_id": None,
    }  # fmt: skip
    assert sensors.read_message("0", {"type": "item_set", "item_id": "1"}, now=NOW) is None


def packed(value: Any, *, zipped: bool = True) -> str:
    raw = json.dumps(value).encode()
    return base64.b64encode(gzip.compress(raw) if zipped else raw).decode()


def test_bodies_are_forms_of_packed_json() -> None:
    from urllib.parse import urlencode

    one, two = {"type": "track"}, {"type": "profile_set"}
    assert sensors.read_body(urlencode({"data": packed(one), "gzip": 1})) == [one]
    assert sensors.read_body(urlencode({"data_list": packed([one, two]), "gzip": 1})) == [one, two]
    assert sensors.read_body(urlencode({"data": packed(one, zipped=False), "gzip": 0})) == [one]
    assert sensors.read_body(f"gzip=1&data={packed(one)}") == [one]  # nobody escaped the signs
    bomb = base64.b64encode(gzip.compress(b" " * (sensors.UNPACKED_MOST + 1))).decode()
    for body in ("", "data=", "data=%%%", "data=YWJj&gzip=1", "data=YWJj&gzip=0",
                 urlencode({"data": bomb}), urlencode({"data": packed(one)[:-8]})):  # fmt: skip
        with pytest.raises(sensors.Unreadable, match=r"\.$"):
            sensors.read_body(body)
