"""The six counts are what a recount of every single send finds, whatever is asked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.evaluation.funnel import BARS, Sum, funnel_of, funnels_by
from campaigns.models import Campaign, Candidate
from campaigns.queries.funnel import Asked, at_least, sums_of
from campaigns.queries.messages import Filters, messages_page
from tests.campaigns.making import Shop, make_shop
from tests.journeys.flow import T0, at
from tests.journeys.sent import recount, sent

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def shop() -> Shop:
    return make_shop(T0)


KEYS: dict[str, tuple[Callable[[Sum], object], Callable[[Candidate], object]]] = {
    "channel": (lambda each: each.channel, lambda row: row.channel),
    "content": (lambda each: each.content, lambda row: row.content_id),
    "node": (lambda each: each.node, lambda row: row.node),
    "journey": (lambda each: each.journey, lambda row: row.journey_id),
    "day": (lambda each: each.day, lambda row: row.wanted_at.astimezone(ZONE).date()),
}


def test_whatever_is_asked_equals_a_recount(shop: Shop) -> None:
    rows, chance = sent(shop, 7), random.Random(11)
    journeys = sorted({row.journey_id for row in rows})
    with timezone.override(ZONE):
        for _ in range(25):
            since, until = sorted(date(2026, 3, 4) + timedelta(days=chance.randint(0, 11))
                                  for _end in range(2))  # fmt: skip
            start, end = (datetime(d.year, d.month, d.day, tzinfo=ZONE) for d in (since, until))
            one = chance.choice(journeys)
            by_campaign = chance.random() < 0.3
            campaign = Campaign.objects.get().pk if by_campaign else None
            mine = [
                row
                for row in rows
                if start <= row.wanted_at < end
                and (row.campaign_id == campaign if by_campaign else row.journey_id == one)
            ]
            sums, _read_at = sums_of(Asked(start, end, one, campaign), at(400))
            assert sums is not None
            counts, why = recount(mine)
            funnel = funnel_of(sums)
            assert list(funnel.counts) == counts
            assert (
                Counter({(s, r): n for s, each in funnel.why.items() for r, n in each.items()})
                == why
            )
            of_sum, of_row = KEYS[chance.choice(list(KEYS))]
            parts = funnels_by(sums, of_sum)
            for value in {of_row(row) for row in mine}:
                part, _why = recount([row for row in mine if of_row(row) == value])
                assert list(parts[value].counts) == part
            assert sum(each.targeted for each in parts.values()) == len(mine)


def test_every_bar_leads_to_its_people(shop: Shop) -> None:
    rows = sent(shop, 8, 120)
    (one, *_others) = sorted({row.journey_id for row in rows})
    days = {"since": "2026-03-06", "until": "2026-03-11"}
    with timezone.override(ZONE):
        start, end = (datetime(2026, 3, n, tzinfo=ZONE) for n in (6, 11))
        funnel = funnel_of(sums_of(Asked(start, end, one), at(400))[0] or ())
        for bar, n in zip(BARS, funnel.counts, strict=True):
            asked = {"journey": str(one), "bar": bar, **days}
            page = messages_page([shop.brand.pk], Filters.read(asked), per_page=500)
            assert len(page.rows) == n > 0, bar
    with pytest.raises(KeyError):
        at_least(Candidate.objects.all(), "loved")
    assert Filters.read({"bar": "loved", "since": "yesterday"}) == Filters()


def test_it_asks_once_and_of_nothing_not_at_all(shop: Shop) -> None:
    rows = sent(shop, 9, 60)
    with CaptureQueriesContext(connection) as queries:
        sums_of(Asked(at(0), at(300), rows[0].journey_id), at(400))
    assert sum("campaigns_candidate" in query["sql"] for query in queries.captured_queries) == 1
    with CaptureQueriesContext(connection) as queries:
        assert funnel_of(sums_of(Asked(at(5), at(5), 1), at(400))[0] or ()).counts == (
            0,
            0,
            0,
            0,
            0,
            0,
        )
    assert not queries.captured_queries
