"""In-app messages: laid down, fetched with a key, reported back as events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.gate import decide
from campaigns.models import ChannelAccount, InAppMessage, Message
from campaigns.outbox import dispatch
from config.clock import utc_now
from customers.access import Actor, Right, keys
from customers.models import Customer, Event, Identity, Namespace
from tests.campaigns.making import Shop, make_candidate, make_customers, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    """The API's own clock decides what has expired."""
    return utc_now()


@pytest.fixture
def shop(now: datetime) -> Shop:
    shop = make_shop(now)
    make_account(shop)
    return shop


def make_account(shop: Shop, **settings: Any) -> None:
    ChannelAccount.objects.create(
        brand=shop.brand, channel="inapp", name="inbox", provider="inbox", is_default=True,
        settings=settings, rate_per_second=1,
    )  # fmt: skip


def customer(shop: Shop, now: datetime, name: str = "u-1") -> Customer:
    [made] = make_customers(shop, 1, now)
    space, _made = Namespace.objects.get_or_create(code="user_id", defaults={"name": "user"})
    Identity.objects.create(customer=made, namespace=space, value=name, created_at=now)
    return made


def lay(shop: Shop, to: Customer, now: datetime, n: int = 1, **fields: Any) -> list[int]:
    for _each in range(n):
        make_candidate(shop, to, now, channel="inapp", purpose="service", **fields)
    assert decide(now).allowed == n
    # A rate of one a second: what stays in the house knows no pace.
    assert sum(dispatch(now).handed_over for _each in range(n)) == n
    return list(
        InAppMessage.objects.filter(message__customer=to)
        .order_by("-pk")
        .values_list("pk", flat=True)
    )[:n]


class App:
    """The brand's app."""

    def __init__(self, shop: Shop, *scopes: Right) -> None:
        scopes = scopes or (Right.SEE, Right.INGEST)
        actor = Actor.of_system("test")
        _key, token = keys.create(actor, shop.brand, name="app", scopes=scopes, now=utc_now())
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, **query: Any) -> Any:
        asked = {"namespace": "user_id", "value": "u-1", **query}
        return self.client.get("/api/v1/inbox", asked)

    def inbox(self, **query: Any) -> dict[str, Any]:
        answer = self.get(**query)
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def report(self, body: Any) -> Any:
        return self.client.post("/api/v1/inbox/reports", body, content_type="application/json")


def ids(found: dict[str, Any]) -> list[int]:
    return [each["id"] for each in found["messages"]]


def names_of(to: Customer) -> Sequence[str]:
    events = Event.objects.filter(customer=to).order_by("occurred_at", "id")
    return list(events.values_list("event_type__code", flat=True))


def test_fetched_read_and_closed(shop: Shop, now: datetime) -> None:
    ann = customer(shop, now)
    second, first = lay(shop, ann, now, 2)
    app = App(shop)
    found = app.inbox()
    assert ids(found) == [second, first]
    assert (found["unread"], found["next"]) == (2, "")
    assert found["messages"][0]["title"] == "News"
    assert found["messages"][0]["placement"] == "inbox"

    answer = app.report({"message": first, "what": "read"})
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    answer = app.report({"batch": [{"message": first, "what": "read"}] * 2})
    assert (answer.json()["accepted"], answer.json()["duplicates"]) == (0, 2)
    assert ids(app.inbox(unread=1)) == [second]
    assert app.inbox()["unread"] == 1

    click = {"message": second, "what": "clicked", "key": "1", "url": "https://tea.example"}
    app.report({"batch": [click, click, {**click, "key": "2"}]})
    app.report({"message": second, "what": "dismissed"})
    assert ids(app.inbox()) == [first]
    assert sorted(names_of(ann)) == [
        "message_clicked", "message_clicked", "message_dismissed", "message_opened",
        "message_sent", "message_sent",
    ]  # fmt: skip
    message = Message.objects.get(pk=second)
    assert message.state == "delivered"
    assert message.clicked_at is not None


def test_expiry_placement_and_pages(shop: Shop, now: datetime) -> None:
    ann = customer(shop, now)
    lay(shop, ann, now, 5)
    app = App(shop)
    seen: list[int] = []
    before = ""
    for _page in range(3):
        page = app.inbox(limit=2, **({"before": before} if before else {}))
        seen += ids(page)
        before = page["next"]
    assert before == ""
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    InAppMessage.objects.filter(pk__in=seen[:2]).update(expires_at=now)
    InAppMessage.objects.filter(pk=seen[2]).update(placement="popup")
    assert ids(app.inbox()) == seen[2:]
    assert ids(app.inbox(placement="popup")) == [seen[2]]
    assert app.inbox(placement="popup")["unread"] == 1


def test_settings_of_the_account(shop: Shop, now: datetime) -> None:
    ChannelAccount.objects.filter(channel="inapp").update(
        settings={"placement": "popup", "days": 2}
    )
    ann = customer(shop, now)
    [plain] = lay(shop, ann, now)
    soon = now + timedelta(hours=1)
    [short] = lay(shop, ann, now, expires_at=soon)
    rows = InAppMessage.objects.in_bulk([plain, short])
    assert rows[plain].placement == "popup"
    assert rows[plain].expires_at == now + timedelta(days=2)
    assert rows[short].expires_at == soon


def test_other_brands_and_rights(shop: Shop, now: datetime) -> None:
    ann = customer(shop, now)
    [mine] = lay(shop, ann, now)
    other = make_shop(now, "coffee")
    stranger = App(other)
    assert ids(stranger.inbox()) == []
    assert stranger.report({"message": mine, "what": "read"}).json()["unknown"] == 1
    assert InAppMessage.objects.get(pk=mine).read_at is None
    assert App(shop, Right.INGEST).get().status_code == 403
    assert App(shop, Right.SEE).report({"message": mine, "what": "read"}).status_code == 403
    assert Client().get("/api/v1/inbox?namespace=user_id&value=u-1").status_code == 401
    assert ids(App(shop).inbox(value="nobody")) == []


@pytest.mark.parametrize(
    "query",
    [{"namespace": ""}, {"value": ""}, {"limit": "0"}, {"limit": "101"}, {"limit": "x"},
     {"before": "-1"}, {"before": "9" * 30}, {"placement": "wall"}, {"value": "a\x00b"}],
)  # fmt: skip
def test_bad_questions(shop: Shop, query: dict[str, str]) -> None:
    answer = App(shop).get(**query)
    assert answer.status_code == 400
    assert len(answer.json()["detail"]) > 20


def test_bad_reports(shop: Shop, now: datetime) -> None:
    [mine] = lay(shop, customer(shop, now), now)
    good = {"message": mine, "what": "read"}
    bad = [1, {}, {"message": True, "what": "read"}, {"message": 2**63, "what": "read"},
           {**good, "what": "eaten"}, {**good, "at": "yesterday"},
           {**good, "at": "2026-01-01T00:00"},
           {**good, "key": 1}]  # fmt: skip
    app = App(shop)
    answer = app.report({"batch": [good, *bad]})
    assert answer.status_code == 207
    assert [each["index"] for each in answer.json()["errors"]] == list(range(1, 9))
    assert answer.json()["accepted"] == 1
    assert app.report({"batch": bad}).status_code == 422


def test_questions_do_not_grow(shop: Shop, now: datetime) -> None:
    ann = customer(shop, now)
    app = App(shop)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            app.inbox()
        return len(seen)

    lay(shop, ann, now)
    queries()
    few = queries()
    lay(shop, ann, now, 9)
    assert queries() == few


def test_laid_down_once_whatever_is_cut_off(shop: Shop, now: datetime) -> None:
    [mine] = lay(shop, customer(shop, now), now)
    Message.objects.filter(pk=mine).update(state="accepted", claimed_at=None, next_attempt_at=now)
    dispatch(now)
    assert InAppMessage.objects.count() == 1
