"""The calls of other systems' SDKs: keys, answers, repeated messages, a database that is away."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client

from config.clock import utc_now
from customers.access import Actor, Right, keys
from customers.interop import calls, sensors_calls, spool
from customers.models import ApiKey, Brand, Customer, Event, Identity
from tests.customers.interop.test_messages import message, packed

pytestmark = pytest.mark.django_db
KEYLESS = {"type": "track", "event": "Seen", "distinct_id": "d1", "properties": {}}


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def token(brand: Brand) -> str:
    return keys.create(Actor.of_command("test"), brand, name="sdk", now=utc_now())[1]


def post(path: str, body: Any, token: str = "", **headers: str) -> Any:
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    if token:
        basic = base64.b64encode(f"{token}:".encode()).decode()
        headers["Authorization"] = f"Basic {basic}"
    kind = headers.pop("kind", "application/json")
    return Client().post(path, data, content_type=kind, headers=headers)


def test_a_batch_is_taken_in_once_and_answered_exactly_200(token: str) -> None:
    body = {"batch": [message(), message(messageId="m2", type="fly")], "sentAt": "x"}
    for accepted in (1, 1):
        answer = post("/v1/batch", body, token)
        assert answer.status_code == 200
        told = answer.json()
        assert (told["success"], told["accepted"], told["refused"]) == (True, accepted, 1)
        assert told["errors"][0]["index"] == 1
    assert Event.objects.count() == 1
    assert Identity.objects.get(namespace__code="user_id").value == "u1"


def test_the_key_may_stand_in_the_body_and_gzip_wears_a_wrong_type(token: str) -> None:
    body = gzip.compress(json.dumps({"batch": [message()], "writeKey": token}).encode())
    answer = post("/v1/batch", body, kind="application/x-www-form-urlencoded",
                  **{"Content-Encoding": "gzip"})  # fmt: skip
    assert answer.status_code == 200
    assert post("/v1/track", message(writeKey=token, messageId="m3")).json()["accepted"] == 1
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "invalid"), (b"[" * 100_000, 400, "invalid"), ([], 400, "invalid"),
        ({"batch": 3}, 400, "invalid"), ({"batch": [0] * 2_001}, 400, "invalid"),
        (b"x" * (4 * 1024 * 1024 + 1), 413, "too_large"),
    ],
)  # fmt: skip
def test_a_body_that_is_none_is_told_with_code_and_message(
    token: str, body: Any, status: int, code: str
) -> None:
    answer = post("/v1/batch", body, token)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["message"].endswith(".")


def test_a_wrong_key_is_401_with_code_and_message(token: str, brand: Brand) -> None:
    ApiKey.objects.update(revoked_at=utc_now())
    for wrong in ("", "wp_nobody", token):
        answer = post("/v1/batch", {"batch": [message()]}, wrong)
        assert answer.status_code == 401
        assert answer.json().keys() == {"code", "message"}
        assert post(f"/sa?token={wrong}", urlencode({"data": packed(KEYLESS)})).status_code == 401
    assert Client().get("/v1/batch").status_code == 405
    assert not Customer.objects.exists()


def test_a_page_of_another_site_may_send_with_a_key_that_only_writes(
    token: str, brand: Brand
) -> None:
    asked = Client().options("/v1/track", headers={"Origin": "https://shop.example"})
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, "*")
    answer = post("/v1/track", message(), token, Origin="https://shop.example")
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, "*")
    scopes = [Right.INGEST, Right.SEE]
    _key, wide = keys.create(
        Actor.of_command("test"), brand, name="wide", scopes=scopes, now=utc_now()
    )
    refused = post("/v1/track", message(), wide, Origin="https://shop.example")
    assert (refused.status_code, refused.json()["code"]) == (403, "key_not_for_pages")
    assert post("/v1/track", message(), wide).status_code == 200


def test_too_many_calls_are_told_when_to_come_again(token: str, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 1
    answers = [post("/v1/track", message(), token) for _ in range(3)]
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1]["Retry-After"]) <= 61
    assert answers[-1].json()["code"] == "too_many_calls"


def test_while_the_database_is_away_segment_waits(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_more: Any) -> Any:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("customers.interop.calls.ingest", away)
    answer = post("/v1/batch", {"batch": [message()]}, token)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


# Sensors Analytics


def sensors(token: str, messages: Any, path: str = "/sa", **headers: str) -> Any:
    body = urlencode({"data_list": packed(messages), "gzip": 1})
    return post(f"{path}?project=default&token={token}", body,
                kind="application/x-www-form-urlencoded", **headers)  # fmt: skip


def profile(kind: str, **properties: Any) -> dict[str, Any]:
    return {"type": kind, "distinct_id": "u1", "properties": {"$is_login_id": True, **properties}}


def test_profiles_change_as_they_say(token: str) -> None:
    def attributes() -> dict[str, Any]:
        found: dict[str, Any] = Customer.objects.get().attributes
        return found

    said = [
        profile("profile_set", VipLevel=3), profile("profile_set_once", first="a", VipLevel=9),
        profile("profile_increment", points=2), profile("profile_append", likes=["tea"]),
        {"type": "item_set", "item_type": "t", "item_id": "1", "properties": {}},
    ]  # fmt: skip
    told = sensors(token, said).json()
    assert (told["accepted"], told["ignored"], told["refused"]) == (4, 1, 0)
    assert attributes() == {"vip_level": 3, "first": "a", "points": 2, "likes": ["tea"]}
    sensors(token, [
        profile("profile_set_once", first="b"), profile("profile_increment", points=1.5),
        profile("profile_append", likes=["tea", "milk"]), profile("profile_unset", VipLevel=True),
    ])  # fmt: skip
    assert attributes() == {"first": "a", "points": 3.5, "likes": ["tea", "milk"]}
    wrong = sensors(token, [profile("profile_increment", first=1)]).json()
    assert (wrong["accepted"], wrong["refused"]) == (0, 1)
    sensors(token, [profile("profile_delete")])
    assert attributes() == {}


def test_a_dry_run_stores_nothing(token: str) -> None:
    answer = sensors(token, [KEYLESS], "/debug", **{"Dry-Run": "true"})
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert not Customer.objects.exists()
    assert sensors(token, [KEYLESS], "/debug").status_code == 200
    assert Event.objects.count() == 1


def test_what_came_while_the_database_was_away_is_taken_in_once(
    token: str, tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    real = calls.take_in

    def away(*_args: Any, **_more: Any) -> Any:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(sensors_calls, "take_in", away)
    answer = sensors(token, [KEYLESS, profile("profile_set", city="Rome")])
    assert (answer.status_code, answer.json()["waiting"]) == (200, 2)
    assert spool.drain() == 0
    assert not Event.objects.exists()
    monkeypatch.setattr(sensors_calls, "take_in", real)
    [file] = (tmp_path / spool.FOLDER).glob("*.json")
    kept = file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert spool.drain() == 1
    assert (Event.objects.count(), Customer.objects.count()) == (1, 2)
    # A process that was killed between the two leaves the file, which another takes later.
    left = file.with_suffix(".taken")
    left.write_bytes(kept)
    assert spool.drain() == 0
    monkeypatch.setattr(spool, "LEFT_SECONDS", -1)
    assert spool.drain() == 1
    assert (Event.objects.count(), Customer.objects.count()) == (1, 2)
    assert list((tmp_path / spool.FOLDER).iterdir()) == []


def test_a_waiting_call_whose_key_ended_is_dropped(
    token: str, tmp_path: Any, settings: Any
) -> None:
    settings.VAR_DIR = tmp_path
    spool.keep(token, [KEYLESS], utc_now() - timedelta(hours=1))
    ApiKey.objects.update(revoked_at=utc_now())
    assert spool.drain() == 1
    assert not Event.objects.exists()
