"""The six counts broken down: each part is what a recount of every single send finds."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.evaluation.breakdown import By, inside_against_outside, pieces_of
from campaigns.evaluation.funnel import Sum
from campaigns.models import Candidate, Message
from campaigns.queries.funnel import Asked
from campaigns.queries.messages import Filters, messages_page
from customers.models import Brand, Segment, SegmentMember
from journeys.canvas.breakdown import Choice, card_of, sheet_of
from journeys.models import Journey
from tests.campaigns.making import Shop, make_shop
from tests.journeys.flow import T0, at
from tests.journeys.people import client_of
from tests.journeys.sent import recount, sent

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
DAYS = [date(2026, 3, 4) + timedelta(days=n) for n in range(8)]
SINCE, UNTIL = datetime(2026, 3, 4, tzinfo=ZONE), datetime(2026, 3, 12, tzinfo=ZONE)


@pytest.fixture
def shop() -> Shop:
    return make_shop(T0)


def _loyal(rows: list[Candidate], brand: Brand | None) -> Segment:
    """Every third customer."""
    segment = Segment.objects.create(code="loyal", name="Loyal", kind="list", brand=brand)
    people = sorted({row.customer_id for row in rows})[::3]
    for pk in people:
        SegmentMember.objects.create(segment=segment, customer_id=pk, since=T0)
    return segment


def _written(row: Candidate) -> str:
    message = getattr(row, "message", None)
    if message is None or not message.variant:
        return "not written"
    return {"en": "English", "zh-hans": "Simplified Chinese"}[message.language] + " a"


def test_each_part_equals_a_recount(shop: Shop) -> None:
    rows = sent(shop, 21, 90)
    other = Brand.objects.create(code="other", name="Other", timezone="Asia/Shanghai")
    journeys = sorted({row.journey_id for row in rows})
    Candidate.objects.filter(journey_id=journeys[1]).update(brand=other)
    Message.objects.exclude(state="held").update(language="en", variant="a")
    Message.objects.filter(pk__in=list(Message.objects.values_list("pk", flat=True)[::4])).update(
        language="zh-hans", variant="a"
    )
    rows = list(Candidate.objects.select_related("message", "content", "brand").order_by("pk"))
    segment = _loyal(rows, None)
    inside = set(SegmentMember.objects.values_list("customer_id", flat=True))
    mine = [row for row in rows if SINCE <= row.wanted_at < UNTIL]
    oracles: dict[By, Callable[[Candidate], str]] = {
        By.DAY: lambda row: row.wanted_at.astimezone(ZONE).date().isoformat(),
        By.CHANNEL: lambda row: {"email": "E-mail", "sms": "SMS"}[row.channel],
        By.CONTENT: lambda row: row.content.name,
        By.TEXT: lambda row: f"{row.content.name} · {_written(row)}",
        By.SEGMENT: lambda row: f"{'' if row.customer_id in inside else 'not '}in “Loyal”",
        By.BRAND: lambda row: row.brand.name,
    }
    with timezone.override(ZONE):
        for asked in (Asked(SINCE, UNTIL, journeys=tuple(journeys)),
                      Asked(SINCE, UNTIL, journeys[0])):  # fmt: skip
            of_it = [row for row in mine if asked.journey in (None, row.journey_id)]
            for by, name in oracles.items():
                choice = Choice(by, "reached", segment)
                _header, found = sheet_of(asked, DAYS, choice, at(400))
                told: dict[str, list[int]] = {}
                for first, *counts in found:
                    sums = told.setdefault(str(first), [0] * 6)
                    told[str(first)] = [a + int(b or 0) for a, b in zip(sums, counts, strict=True)]
                wanted = {key: recount([row for row in of_it if name(row) == key])[0]
                          for key in {name(row) for row in of_it}}  # fmt: skip
                assert {key: counts for key, counts in told.items() if counts[0]} == wanted, by
                card = card_of(asked, DAYS, choice, [segment], at(400))
                assert [row.counts for row in card.rows] == [tuple(row[1:]) for row in found]
                bars = [n for _day, n in card.drawn] or [bar["value"] for bar in card.bars]
                assert sum(bars) == sum(counts[3] for counts in wanted.values()) > 0
                assert card.say


def test_it_asks_no_more_of_more_sends(shop: Shop) -> None:
    rows = sent(shop, 1, 120)
    segment, numbers = _loyal(rows, None), []
    asked = Asked(SINCE, UNTIL, journeys=tuple({row.journey_id for row in rows}))
    with timezone.override(ZONE):
        for _time in range(2):
            with CaptureQueriesContext(connection) as queries:
                for by in By:
                    card_of(asked, DAYS, Choice(by, "reached", segment), [], at(400))
            numbers.append(len(queries))
            Candidate.objects.filter(pk__gt=rows[20].pk).delete()
    assert numbers[0] == numbers[1]


def test_every_part_leads_to_its_sends(shop: Shop) -> None:
    rows = sent(shop, 3, 60)
    Message.objects.exclude(state="held").update(language="en", variant="a")
    segment = _loyal(rows, shop.brand)
    with timezone.override(ZONE):
        for by in (By.DAY, By.CHANNEL, By.CONTENT, By.TEXT, By.SEGMENT):
            asked = Asked(SINCE, UNTIL, rows[0].journey_id)
            card = card_of(asked, DAYS, Choice(by, "targeted", segment), [segment], at(400))
            for row in card.rows:
                given = dict(parse_qsl(urlsplit(row.url).query))
                page = messages_page([shop.brand.pk], Filters.read(given), per_page=100)
                assert bool(row.url) == bool(row.counts[0])
                assert not row.url or len(page.rows) == row.counts[0], row.name
        # Who reads another brand learns nothing of who is in a segment of this one.
        segment.brand = Brand.objects.create(code="other", name="Other")
        segment.save()
        inside = Filters(segment=segment.pk, side="in")
        assert messages_page([shop.brand.pk], inside).rows == []
        assert messages_page([shop.brand.pk, segment.brand.pk], inside).rows


def test_who_is_in_a_segment_is_compared_with_the_others() -> None:
    like = (1, "n", 1, "sms", DAYS[0])
    sums = [
        Sum(*like, 4, "", False, 60, "in"), Sum(*like, 3, "", False, 40, "in"),
        Sum(*like, 4, "", False, 30, "out"), Sum(*like, 3, "", False, 70, "out"),
    ]  # fmt: skip
    pieces = pieces_of(sums, By.SEGMENT, ("in", "out"))
    told = inside_against_outside(pieces)
    assert told.difference
    assert told.difference.value == pytest.approx(0.3)
    assert told.difference.is_told
    # Of an empty side nothing is said, and it stands there all the same.
    pieces = pieces_of(sums[:2], By.SEGMENT, ("in", "out"))
    assert [piece.funnel.targeted for piece in pieces] == [100, 0]
    assert inside_against_outside(pieces).difference is None


def test_the_page_keeps_what_was_chosen(shop: Shop) -> None:
    rows = sent(shop, 5, 60)
    ago = datetime.now(ZONE) - timedelta(days=11) - T0
    Candidate.objects.update(wanted_at=F("wanted_at") + ago)
    Journey.objects.update(state="running")
    mine = _loyal(rows, shop.brand)
    foreign = Segment.objects.create(
        code="theirs", name="Theirs", kind="list", brand=make_shop(T0, "other").brand
    )
    client = client_of("Mia", "marketer", shop.brand)
    journey = Journey.objects.get(code="one")
    one = f"/reports/?journey={journey.pk}&days=30"
    page = client.get(f"{one}&by=segment&segment={mine.pk}&count=reached").content.decode()
    assert "not in “Loyal”" in page
    assert f"days=90&amp;journey={journey.pk}&amp;figure=entered&amp;by=segment" in page
    assert "Theirs" not in page
    # What another brand has can't be chosen, and nonsense is the usual.
    page = client.get(f"{one}&by=segment&segment={foreign.pk}&count=loved").content.decode()
    assert "Choose the segment whose members are to be compared" in page
    assert "sends most were wanted on" in client.get(f"{one}&by=moon").content.decode()
    # Of all journeys nothing is counted before somebody asks.
    assert "Choose what the sends of all journeys" in client.get("/reports/").content.decode()
    assert "most are “Tea”" in client.get("/reports/?by=brand&days=30").content.decode()
    answer = client.get("/reports/?by=channel&days=30&form=parts.csv")
    found = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert sum(int(row["Targeted"]) for row in found) == len(rows)
    assert client.get("/reports/?by=channel&form=parts.xlsx").content[:2] == b"PK"
    assert client.get("/reports/?form=parts.csv").status_code == 200
    Candidate.objects.all().delete()
    page = client.get(f"{one}&by=channel").content.decode()
    assert page.count("Nothing was to be sent in this period.") == 2
    chinese = client_of("Mei", "marketer", shop.brand, "zh-hans").get(f"{one}&by=text")
    assert "按什么细分" in chinese.content.decode()
