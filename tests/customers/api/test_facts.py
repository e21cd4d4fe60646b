"""POST /api/v1/events and /customers: keys, partial acceptance, bad input of every kind."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from config.clock import utc_now
from customers.access import Actor, RightMissing, keys
from customers.models import ApiKey, Brand, Consent, Customer, CustomerTag, Event, Role, Tag, User

pytestmark = pytest.mark.django_db
NOTHING = {"accepted": 0, "duplicates": 0, "blocked": 0, "quarantined": [], "errors": []}
EVENT = {"event": "kettle filled", "customer": {"phone": "13812346021"}, "key": "k1"}


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def token(brand: Brand) -> str:
    return keys.create(Actor.of_command("test"), brand, name="shop", now=utc_now())[1]


@pytest.fixture
def post(token: str) -> Callable[..., Any]:
    def send(body: Any, path: str = "events", **options: Any) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}"} | options.pop("headers", {})
        return Client().post(
            f"/api/v1/{path}", data, content_type="application/json", headers=headers
        )

    return send


def test_an_event_is_taken_in_once(post: Any, brand: Brand) -> None:
    for duplicates in (0, 1):
        answer = post(EVENT)
        assert answer.status_code == 200
        assert answer.json() == NOTHING | {"accepted": 1, "duplicates": duplicates}
    event = Event.objects.get()
    assert event.brand_id == brand.pk
    assert event.source is not None
    assert event.source.code == "api:tea"


def test_a_batch_is_taken_in_as_far_as_it_can(post: Any) -> None:
    batch = [EVENT, {"event": "x"}, 7, EVENT | {"key": "k2", "occurred_at": "soon"},
             EVENT | {"key": 5}, EVENT | {"unknown": 1}, EVENT | {"key": "k3"}]  # fmt: skip
    answer = post({"batch": batch})
    assert answer.status_code == 207
    assert answer.json()["accepted"] == 2
    assert [error["index"] for error in answer.json()["errors"]] == [1, 2, 3, 4, 5]
    assert post({"batch": [{"event": "x"}]}).status_code == 422


def test_gzip_is_read_whatever_the_content_type_says(post: Any) -> None:
    packed = gzip.compress(json.dumps(EVENT).encode())
    assert post(packed, headers={"Content-Encoding": "gzip"}).status_code == 200
    assert post(packed[:-9], headers={"Content-Encoding": "gzip"}).status_code == 400
    assert post(b"no gzip", headers={"Content-Encoding": "gzip"}).status_code == 400
    bomb = gzip.compress(b"[" + b" " * 30_000_000 + b"]")
    assert post(bomb, headers={"Content-Encoding": "gzip"}).status_code == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"event": NaN}', 400),
        (b'{"event": ' + b"9" * 5000 + b"}", 400),
        (b"x" * (10 * 1024 * 1024), 413),
        ([], 400),
        ("text", 400),
        ({"batch": []}, 400),
        ({"batch": {}}, 400),
        ({"batch": [EVENT] * 2001}, 400),
        ({"event": 5, "customer": {"phone": "13812346021"}}, 422),
        ({"event": "x", "customer": []}, 422),
        ({"event": "x", "customer": {"phone": {"a": 1}}}, 422),
        ({"event": "x", "customer": {"phone": ["13812346021", None]}}, 422),
        ({"event": "x", "customer": {"phone": True}}, 422),
        ({"event": "a\x00b", "customer": {"phone": "13812346021"}}, 422),
        ({"event": "x", "customer": {"member_id": "'; DROP TABLE x; --"}}, 200),
        ({"event": "{{ 7*7 }}", "customer": {"member_id": "%s"}}, 200),
        (EVENT | {"properties": {"a": {"b": "\x00"}}}, 422),
        (EVENT | {"occurred_at": "9999-12-31T23:59:59Z"}, 422),
        (EVENT | {"attributes": {"A": 1}}, 422),
    ],
)
def test_bad_input_gets_a_sentence(post: Any, body: Any, status: int) -> None:
    answer = post(body)
    assert answer.status_code == status, answer.content
    if status in (400, 413):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.json()["detail"].endswith(".")


def test_a_customer_with_everything(post: Any, brand: Brand) -> None:
    Tag.objects.create(code="tier", name="Tier")
    Tag.objects.create(code="vip", name="VIP")
    body = {
        "customer": {"phone": "13812346021", "openid": ["a", "b"]},
        "attributes": {"city": "Shanghai"},
        "tags": {"tier": "gold", "vip": True},
        "consents": [{"channel": "sms", "purpose": "marketing", "state": "granted"}],
    }
    assert post(body, "customers").json() == NOTHING | {"accepted": 1}
    customer = Customer.objects.get()
    assert customer.attributes == {"city": "Shanghai"}
    assert customer.identities.count() == 3
    assert Consent.objects.get().brand_id == brand.pk
    assert CustomerTag.objects.count() == 2
    assert (
        post({"customer": {"openid": "b"}, "tags": {"vip": None}}, "customers").status_code == 200
    )
    assert [tag.value for tag in CustomerTag.objects.all()] == ["gold"]


def test_only_a_valid_key_opens(post: Any, brand: Brand) -> None:
    now = utc_now()
    actor = Actor.of_command("test")
    revoked, revoked_token = keys.create(actor, brand, name="old", now=now)
    keys.revoke(actor, revoked, now=now)
    _key, expired = keys.create(
        actor, brand, name="e", now=now - timedelta(days=2), expires_at=now - timedelta(days=1)
    )
    answers = [
        post(EVENT, headers={"Authorization": header}).json()
        for header in (f"Bearer {revoked_token}", f"Bearer {expired}", "Bearer wp_unknown")
    ]
    assert [answer["status"] for answer in answers] == [401] * 3
    missing = Client().post("/api/v1/events", EVENT, content_type="application/json")
    assert missing.status_code == 401
    assert missing.headers["WWW-Authenticate"].startswith("Bearer")
    assert not Event.objects.exists()


def test_a_key_without_the_scope_may_not_write(brand: Brand) -> None:
    _key, token = keys.create(
        Actor.of_command("test"), brand, name="reader", scopes=["see"], now=utc_now()
    )
    answer = Client().post(
        "/api/v1/events", EVENT, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 403


def test_too_many_calls_are_told_when_to_come_again(post: Any, settings: Any) -> None:
    cache.clear()
    settings.API_CALLS_PER_MINUTE = 2
    answers = [post(EVENT | {"key": str(i)}) for i in range(4)]
    assert {answer.status_code for answer in answers[2:]} == {429}
    assert 0 < int(answers[3].headers["Retry-After"]) <= 61
    cache.clear()


def test_a_key_is_kept_as_a_digest_only(brand: Brand) -> None:
    key, token = keys.create(Actor.of_command("test"), brand, name="shop", now=utc_now())
    stored = ApiKey.objects.filter(pk=key.pk).values().get()
    assert token not in str(stored)
    assert stored["prefix"] == token[:11]


def test_only_an_admin_of_the_brand_makes_keys(brand: Brand) -> None:
    user = User.objects.create_user("m@example.com", "x")
    user.memberships.create(brand=brand, role=Role.MANAGER)
    from customers.models import Via

    with pytest.raises(RightMissing):
        keys.create(Actor(via=Via.PAGE, user=user), brand, name="shop", now=utc_now())


def test_the_openapi_document_is_there(token: str) -> None:
    answer = Client().get("/api/v1/schema", headers={"Accept": "application/json"})
    document = json.loads(answer.content)
    assert set(document["paths"]["/api/v1/events"]["post"]["responses"]) >= {"200", "207", "401"}
