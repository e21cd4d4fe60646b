"""Double opt-in: one message, one reminder, a link that confirms, and a no that stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.consents.confirming import GOOD_FOR, ask_pending, confirm
from campaigns.consents.pages import pages_of
from campaigns.gate import decide
from campaigns.models import BrandSending, Confirmation, Content, Message, RecordedMessage
from campaigns.outbox import dispatch
from config.clock import utc_now
from customers.ingest import Batch, ConsentFact, Item, ingest
from customers.models import Consent, Customer, Identity
from tests.campaigns.making import Shop, make_candidate, make_customers, make_shop
from tests.campaigns.outbox.reported import names_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return utc_now() - timedelta(hours=1)


@pytest.fixture
def shop(now: datetime) -> Shop:
    shop = make_shop(now, name="Tea House", language="en")
    BrandSending.objects.create(brand=shop.brand, double_opt_in=True)
    return shop


def asked(
    shop: Shop, at: datetime, state: str = "pending", who: Customer | None = None
) -> Customer:
    ann = who or make_customers(shop, 1, at, consents=False)[0]
    fact = ConsentFact("email", "marketing", state, at=at, wording="News, please")
    batch = Batch("shop", [Item("1", customer_id=ann.pk, consents=[fact])], brand_id=shop.brand.pk)
    ingest(batch, now=at)
    return ann


def delivered(at: datetime) -> int:
    decide(at)
    return dispatch(at).handed_over


def link(message: Message) -> str:
    return urlsplit(pages_of(message.pk, message.candidate.context)["confirm_url"]).path


def state_of(ann: Customer) -> str:
    return Consent.objects.get(customer=ann, channel="email").state


def test_the_whole_way(shop: Shop, now: datetime) -> None:
    ann = asked(shop, now)
    make_candidate(shop, ann, now)
    assert decide(now).allowed == 0, "no marketing before she confirms"
    assert ask_pending(now) == 1
    assert delivered(now) == 1
    recorded = RecordedMessage.objects.get()
    message = Message.objects.get()
    assert recorded.subject == "Please confirm: news from Tea House"
    assert link(message) in recorded.body
    assert link(message) in recorded.html
    assert "Shall we write to you?" in Client().get(link(message)).content.decode()
    assert state_of(ann) == "pending", "a scanner that looks at the link confirms nothing"
    assert "You are subscribed" in Client().post(link(message), {"confirm": "1"}).content.decode()
    consent = Consent.objects.get(customer=ann)
    assert consent.state == "granted"
    assert consent.proof == {"message_id": message.pk, "how": "double_opt_in"}
    assert consent.wording == "News, please"
    assert names_of(ann).count("resubscribed") == 1
    make_candidate(shop, ann, now)
    assert decide(utc_now()).allowed == 1


def test_one_reminder_and_no_more(shop: Shop, now: datetime) -> None:
    asked(shop, now - 10 * DAY)
    sent = [ask_pending(now - 10 * DAY + hours * timedelta(hours=12)) for hours in range(20)]
    assert [n for n, made in enumerate(sent) if made] == [0, 6]
    assert Confirmation.objects.get().times == 2


def test_asked_anew_at_most_once_a_day(shop: Shop, now: datetime) -> None:
    start = now - 5 * DAY
    ann = asked(shop, start)
    assert ask_pending(start) == 1
    for minutes in range(1, 5):
        at = start + minutes * timedelta(minutes=10)
        asked(shop, at, "denied", ann)
        asked(shop, at + timedelta(minutes=1), who=ann)
        assert ask_pending(at + timedelta(minutes=2)) == 0
    assert ask_pending(start + DAY) == 1
    assert Confirmation.objects.get().total == 2


def test_a_no_in_between_stands(shop: Shop, now: datetime) -> None:
    ann = asked(shop, now)
    ask_pending(now)
    delivered(now)
    asked(shop, now + timedelta(minutes=1), "denied", ann)
    message = Message.objects.get()
    page = Client().post(link(message), {"confirm": "1"}).content.decode()
    assert "There is nothing to confirm" in page
    assert state_of(ann) == "denied"


def test_too_old(shop: Shop, now: datetime) -> None:
    ann = asked(shop, now)
    ask_pending(now)
    delivered(now)
    message = Message.objects.select_related("candidate").get()
    assert not confirm(message, now + GOOD_FOR + DAY)
    assert state_of(ann) == "pending"


def test_only_where_the_brand_wants_it(shop: Shop, now: datetime) -> None:
    other = make_shop(now, "coffee")
    asked(other, now)
    assert ask_pending(now) == 0
    assert not Content.objects.filter(brand=other.brand).exists()
    lost = asked(shop, now)
    Identity.objects.filter(customer=lost).delete()
    assert ask_pending(now) == 0


def test_in_sets(shop: Shop, now: datetime) -> None:
    asked(shop, now)
    ask_pending(now)  # writes the text of the brand

    def queries(n: int) -> int:
        for _each in range(n):
            asked(shop, now)
        with CaptureQueriesContext(connection) as caught:
            assert ask_pending(now) == n
        return len(caught)

    assert queries(1) == queries(12)
