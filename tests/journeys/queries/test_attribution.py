"""Attribution is what a walk through every single event and touch finds."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.evaluation.attribution import Touch
from campaigns.models import Campaign, ChannelCost, Message
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Event
from journeys.graph.written import Goal
from journeys.models import Journey
from journeys.queries.attribution import Attributed, Question, attributed
from tests.campaigns.making import Shop, make_shop
from tests.journeys.flow import T0, at
from tests.journeys.sent import sent

pytestmark = pytest.mark.django_db
GOAL = Goal("paid", value="amount", where={"property": "kind", "op": "eq", "value": "tea"})


@pytest.fixture
def shop() -> Shop:
    """Sends of ten days, and orders of thirty, some of them worth a text or nothing."""
    shop, chance = make_shop(T0), random.Random(2)
    sent(shop, 3, 240)
    Journey.objects.filter(code="one").update(campaign=Campaign.objects.get())
    people = list(Message.objects.values_list("customer_id", flat=True).distinct().order_by())
    items = []
    for n in range(150):
        worth = {"amount": chance.choice((5, 12.5, 40, "much"))}
        worth["kind"] = chance.choice(("tea", "cup"))
        paid = EventFact("paid", at(chance.uniform(0, 720)), worth)
        items.append(Item(str(n), customer_id=chance.choice(people), events=[paid]))
    assert not ingest(Batch("tests", items, brand_id=shop.brand.pk), now=at(721)).refused
    return shop


def _recount(
    journey: Journey, since: datetime, until: datetime, window: int, touch: Touch, responded: bool
) -> tuple[dict[tuple[int, str], tuple[int, Decimal]], int, Decimal]:
    touches = [
        message
        for message in Message.objects.filter(journey_id=journey.pk)
        if since <= message.accepted_at < until
        and (message.state in ("handed_over", "delivered") or message.delivered_at)
    ]
    found: dict[tuple[int, str], list[Decimal]] = defaultdict(list)
    total = []
    for event in Event.objects.filter(event_type__code="paid"):
        if event.properties["kind"] != "tea":
            continue
        before = [
            each
            for each in touches
            if each.customer_id == event.customer_id
            and each.accepted_at <= event.occurred_at
            and event.occurred_at <= each.accepted_at + timedelta(days=window)
            and (not responded or (each.opened_at and each.opened_at <= event.occurred_at))
        ]
        before.sort(key=lambda each: (each.accepted_at, each.pk))
        if not before:
            continue
        amount = event.properties["amount"]
        worth = Decimal(str(amount)) if not isinstance(amount, str) else Decimal(0)
        total.append(worth)
        chosen = {Touch.LAST: before[-1:], Touch.FIRST: before[:1], Touch.ANY: before}[touch]
        for key in {(each.content_id or 0, each.channel) for each in chosen}:
            found[key].append(worth)
    counts = {key: (len(worths), sum(worths, Decimal(0))) for key, worths in found.items()}
    return counts, len(total), sum(total, Decimal(0))


@pytest.mark.parametrize("touch", list(Touch))
@pytest.mark.parametrize("responded", [False, True])
def test_each_conversion_goes_to_its_touch(shop: Shop, touch: Touch, responded: bool) -> None:
    journey, chance = Journey.objects.get(code="one"), random.Random(4)
    for window in (7, 30, 90):
        since, until = at(chance.uniform(0, 60)), at(chance.uniform(120, 240))
        told = _ask(journey, since, until, window, touch, responded)
        counts, many, value = _recount(journey, since, until, window, touch, responded)
        brought = {
            (part.content, part.channel): (part.conversions, part.value)
            for part in told.parts
            if part.conversions
        }
        assert brought == counts
        assert (told.total.conversions, told.total.value) == (many, value)
        assert many > 0
        if touch is not Touch.ANY:
            assert sum(part.conversions for part in told.parts) == many


def test_costs_and_what_comes_back(shop: Shop) -> None:
    journey = Journey.objects.get(code="one")
    for channel, cost in (("email", "0.5"), ("sms", "2")):
        ChannelCost.objects.create(
            campaign=Campaign.objects.get(), channel=channel, per_message=Decimal(cost)
        )
    told = _ask(journey, at(0), at(240), 30, Touch.LAST, False)
    rows = Message.objects.filter(journey_id=journey.pk, handed_over_at__isnull=False)
    assert told.total.handed == rows.count()
    emails = rows.filter(channel="email").count()
    assert told.total.cost == emails * Decimal("0.5") + (rows.count() - emails) * 2
    assert told.total.per_conversion == told.total.cost / told.total.conversions
    assert told.total.roi == (told.total.value - told.total.cost) / told.total.cost
    ChannelCost.objects.filter(channel="sms").delete()
    half = _ask(journey, at(0), at(240), 30, Touch.LAST, False)
    assert half.total.cost is None  # what SMS cost is not known, so neither is the whole
    assert half.total.roi is None
    assert {part.cost is None for part in half.parts if part.channel == "sms"} == {True}


def test_nothing_sent_brings_nothing(shop: Shop) -> None:
    journey = Journey.objects.get(code="one")
    empty = _ask(journey, at(5), at(5), 30, Touch.LAST, False)
    later = _ask(journey, at(500), at(600), 30, Touch.LAST, False)
    for told in (empty, later):
        assert told.parts == []
        assert (told.total.conversions, told.total.per_conversion, told.total.roi) == (
            0,
            None,
            None,
        )


# helpers


def _ask(
    journey: Journey, since: datetime, until: datetime, window: int, touch: Touch, responded: bool
) -> Attributed:
    question = Question(journey, GOAL, since, until, window, responded)
    return attributed(question, touch, at(1000))
