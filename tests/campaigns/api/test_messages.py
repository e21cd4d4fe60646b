"""Messages by key: whose, with which verdict, and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.gate import decide
from customers.access import Actor, Right, keys
from customers.models import Identity
from tests.campaigns.making import Shop, make_candidate, make_cap, make_customers, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(now)


def client_of(shop: Shop, now: datetime, *scopes: Right) -> Client:
    _key, token = keys.create(
        Actor.of_system("test"), shop.brand, name="k", scopes=scopes or (Right.SEE,), now=now
    )
    return Client(headers={"Authorization": f"Bearer {token}"})


def get(client: Client, url: str = "/api/v1/messages", **query: Any) -> Any:
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_whose_and_why(shop: Shop, now: datetime) -> None:
    make_cap(1, timedelta(days=7), name="Weekly")
    a, b = make_customers(shop, 2, now)
    first, second, other = (make_candidate(shop, each, now) for each in (a, a, b))
    decide(now)
    client = client_of(shop, now)
    address = Identity.objects.get(customer=a, namespace__code="email").value
    hers = get(client, namespace="email", value=address)["messages"]
    assert [each["id"] for each in hers] == [second.pk, first.pk]
    assert [(each["verdict"], each["rule"]) for each in hers] == [
        ("stopped", "frequency_cap"), ("allowed", "passed"),
    ]  # fmt: skip
    assert [each["state"] for each in hers] == [None, "accepted"]
    assert get(client, verdict="stopped")["messages"] == [hers[0]]
    one = get(client, f"/api/v1/messages/{second.pk}")
    assert "“Weekly” was used up: 1 of 1 in 7 days" in one["why"][1]
    (decision,) = one["decisions"]
    assert decision["numbers"]["used"] == 1
    assert datetime.fromisoformat(decision["next_at"]) == now + timedelta(days=7)
    chinese = client.get(f"/api/v1/messages/{second.pk}", headers={"Accept-Language": "zh-hans"})
    assert "防打扰" in chinese.json()["why"][1]
    assert get(client, namespace="email", value="nobody@example.com") == {
        "messages": [], "next": "",
    }  # fmt: skip
    assert other.pk in [each["id"] for each in get(client)["messages"]]


def test_page_by_page(shop: Shop, now: datetime) -> None:
    made = [make_candidate(shop, each, now) for each in make_customers(shop, 5, now)]
    client, seen, after = client_of(shop, now), [], ""
    while True:
        page = get(client, limit=2, **({"after": after} if after else {}))
        seen += [each["id"] for each in page["messages"]]
        after = page["next"]
        if not after:
            break
    assert seen == sorted((each.pk for each in made), reverse=True)


def test_another_brands_messages_do_not_exist(shop: Shop, now: datetime) -> None:
    other = make_shop(now, "coffee")
    (her,) = make_customers(other, 1, now)
    foreign = make_candidate(other, her, now)
    client = client_of(shop, now)
    assert get(client)["messages"] == []
    answer = client.get(f"/api/v1/messages/{foreign.pk}")
    never = client.get("/api/v1/messages/999999")
    assert answer.status_code == never.status_code == 404
    assert answer.json()["title"] == never.json()["title"]


@pytest.mark.parametrize(
    "query",
    [
        {"verdict": "maybe"},
        {"namespace": "email"},
        {"value": "x"},
        {"limit": "many"},
        {"journey": "-1"},
    ],
)
def test_what_makes_no_sense_is_refused(shop: Shop, now: datetime, query: dict[str, str]) -> None:
    answer = client_of(shop, now).get("/api/v1/messages", query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_key_that_may_only_write(shop: Shop, now: datetime) -> None:
    client = client_of(shop, now, Right.INGEST)
    assert client.get("/api/v1/messages").status_code == 403


def test_queries_do_not_grow(shop: Shop, now: datetime) -> None:
    client = client_of(shop, now)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            get(client)
        return len(found)

    make_candidate(shop, make_customers(shop, 1, now)[0], now)
    get(client)
    few = queries()
    for each in make_customers(shop, 6, now):
        make_candidate(shop, each, now)
    decide(now)
    assert queries() == few
