"""The six counts on the pages of a journey and a campaign: bars with reasons and with people."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from io import StringIO

import pytest
from django.db.models import F
from django.test import Client

from campaigns.models import Campaign, Candidate, ChannelCost, Message
from customers.ingest import Batch, EventFact, Item, ingest
from journeys.models import Enrollment, Journey
from tests.campaigns.making import Shop, make_shop
from tests.journeys.flow import T0
from tests.journeys.people import client_of
from tests.journeys.sent import sent

pytestmark = pytest.mark.django_db
BAR = re.compile(
    r'<a class="plain" href="([^"]*bar=\w+)">([^<]*)</a>.*?<b class="num">([\d,]+)</b>'
)


@pytest.fixture
def shop() -> Shop:
    """Sends of the last ten days."""
    shop = make_shop(T0)
    sent(shop, 5, 90)
    ago = datetime.now(UTC) - timedelta(days=11) - T0
    Candidate.objects.update(wanted_at=F("wanted_at") + ago)
    moments = ("accepted_at", "handed_over_at", "delivered_at", "opened_at", "clicked_at")
    Message.objects.update(**{name: F(name) + ago for name in moments})
    Enrollment.objects.update(goal_at=F("goal_at") + ago)
    Campaign.objects.update(created_at=T0)
    Journey.objects.update(state="running")
    return shop


def _bars(client: Client, url: str) -> list[tuple[str, str, int]]:
    """(address of its people, name, count) of each bar of a page."""
    page = client.get(url)
    assert page.status_code == 200
    found = BAR.findall(page.content.decode())
    return [(unescape(ask), name, int(n.replace(",", ""))) for ask, name, n in found]


def test_every_bar_of_a_journey_leads_to_as_many_sends(shop: Shop) -> None:
    client = client_of("Mia", "marketer", shop.brand)
    journey = Journey.objects.get(code="one")
    bars = _bars(client, f"/reports/?journey={journey.pk}&days=30")
    assert [name for _ask, name, _n in bars] == [
        "Targeted", "Channel-eligible", "Executed", "Reached", "Responded", "Converted",
    ]  # fmt: skip
    assert bars[0][2] == Candidate.objects.filter(journey_id=journey.pk).count()
    for ask, name, n in bars:
        page = client.get(ask).content.decode()
        assert f"counted as <em>{name}</em>, of <em>one</em>" in page
        assert page.count('<td data-l="Message">') == n > 0
        # A filter of the list keeps what the bar has asked.
        assert 'name="bar" value="' in page


def test_a_campaign_has_its_own(shop: Shop) -> None:
    client = client_of("Mia", "marketer", shop.brand)
    campaign = Campaign.objects.get()
    bars = _bars(client, f"/campaigns/{campaign.pk}/")
    assert bars[0][2] == Candidate.objects.filter(campaign=campaign).count() > 0
    for ask, _name, n in bars:
        assert client.get(ask).content.decode().count('<td data-l="Message">') == n


def test_reasons_and_contents_are_said(shop: Shop) -> None:
    journey = Journey.objects.get(code="one")
    text = client_of("Mia", "marketer", shop.brand).get(f"/reports/?journey={journey.pk}").content
    assert "no consent" in text.decode()
    assert "of those reached opened or clicked" in text.decode()
    assert "Contents, the best first" in text.decode()
    chinese = client_of("Mei", "marketer", shop.brand, "zh-hans")
    page = chinese.get(f"/reports/?journey={journey.pk}").content.decode()
    for name in (
        "活动名单数",
        "渠道名单数",
        "名单执行数",
        "客户触达数",
        "客户响应数",
        "营销成功数",
    ):
        assert name in page


def test_the_same_as_a_file(shop: Shop) -> None:
    client = client_of("Mia", "marketer", shop.brand)
    journey = Journey.objects.get(code="one")
    answer = client.get(f"/reports/?journey={journey.pk}&days=30&form=csv")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    bars = _bars(client, f"/reports/?journey={journey.pk}&days=30")
    for _ask, name, n in bars:
        assert sum(int(row[name]) for row in rows) == n
    assert {row["Channel"] for row in rows} == {"E-mail", "SMS"}


def test_nothing_sent_is_a_sentence(shop: Shop) -> None:
    Message.objects.all().delete()
    Candidate.objects.all().delete()
    journey = Journey.objects.get(code="one")
    text = client_of("Mia", "marketer", shop.brand).get(f"/reports/?journey={journey.pk}").content
    assert "Nothing was to be sent in this period." in text.decode()


def test_what_messages_brought(shop: Shop) -> None:
    journey = Journey.objects.select_related("current").get(code="one")
    assert journey.current
    client = client_of("Mia", "marketer", shop.brand)
    url = f"/reports/?journey={journey.pk}&days=30"
    assert "What it brought" not in client.get(url).content.decode()  # it has no goal
    journey.current.graph = {**journey.current.graph, "goal": {"event": "paid", "value": "amount"}}
    journey.current.save()
    assert "Nobody has reached the goal after a message" in client.get(url).content.decode()
    message = Message.objects.filter(journey_id=journey.pk, state="delivered").first()
    assert message
    paid = EventFact("paid", message.accepted_at + timedelta(hours=1), {"amount": 40})
    item = Item("1", customer_id=message.customer_id, events=[paid])
    ingest(Batch("tests", [item], brand_id=shop.brand.pk), now=datetime.now(UTC))
    ChannelCost.objects.create(
        campaign=Campaign.objects.get(), channel=message.channel, per_message=Decimal("0.25")
    )
    Journey.objects.filter(pk=journey.pk).update(campaign=Campaign.objects.get())
    text = client.get(url).content.decode()
    assert "The goal was reached 1 time after a message, worth €40." in text
    assert "Return on it" in text
    for touch in ("first", "any", "nonsense"):
        page = client.get(f"{url}&touch={touch}&window=abc&responded=0")
        assert "reached 1 time after" in page.content.decode()
    answer = client.get(f"{url}&form=brought.csv")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert sum(float(row["Value"]) for row in rows) == 40
    assert sum(int(row["Goals"]) for row in rows) == 1
