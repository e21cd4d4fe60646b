"""The home page: real numbers only, of the brands one sees, by the reader's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Candidate, Content, Message
from customers.models import Brand, Customer, Segment, User
from customers.scope import Scope
from journeys.models import Enrollment, HeldTimer, Journey, JourneyVersion, NodeCount, Timer
from journeys.queries.home import Today, today

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)  # 17:30 in Shanghai, a Wednesday
HOUR = timedelta(hours=1)
GRAPH = {
    "nodes": {
        "start": {"kind": "trigger.event", "settings": {}, "next": {"next": "wait"}},
        "wait": {"kind": "wait.duration", "settings": {}, "next": {"next": "done"}},
    }
}


class House:
    """A brand with one running journey; adds what happened to its customers."""

    def __init__(self, code: str = "tea") -> None:
        self.brand = Brand.objects.create(code=code, name=f"Brand {code}")
        self.journey = Journey.objects.create(brand=self.brand, code="second", name="Second order")
        self.version = JourneyVersion.objects.create(
            journey=self.journey, number=1, graph=GRAPH, published_at=NOW
        )
        self.journey.current = self.version
        self.journey.state = "running"
        self.journey.save()
        self.content = Content.objects.create(
            brand=self.brand, code="hello", name="Hello", channel="email"
        )
        self.customer = Customer.objects.create(display_name="Chen Xi", created_at=NOW)

    @property
    def scope(self) -> Scope:
        return Scope([self.brand], self.brand, False)

    def enroll(self, entered_at: datetime, **more: object) -> Enrollment:
        walk = Enrollment.objects.create(
            journey=self.journey,
            version=self.version,
            customer=self.customer,
            bucket=self.customer.bucket,
            entered_at=entered_at,
            entry_guard=str(Enrollment.objects.count()),
            node="wait",
            arrived_at=entered_at,
            **more,
        )
        self.count("start", "", entered_at)
        self.count("start", "next", entered_at)
        self.count("wait", "", entered_at)
        if walk.finished_at:
            self.count("wait", "done", walk.finished_at)
        if walk.goal_at:
            self.count("", "goal", walk.goal_at)
            self.count("", "goal_of_entry", entered_at)
        if walk.state == "set_aside":  # what would have moved her is kept
            HeldTimer.objects.create(
                journey_id=walk.journey_id,
                reason="set_aside",
                version_id=walk.version_id,
                enrollment_id=walk.pk,
                visit=walk.visit,
                bucket=walk.bucket,
                due_at=entered_at,
                kind=0,
            )
        return walk

    def count(self, node: str, outcome: str, at: datetime) -> None:
        """As the engine keeps its sums."""
        hour = at.replace(minute=0, second=0)
        key = {"version": self.version, "node": node, "outcome": outcome, "hour": hour}
        if not NodeCount.objects.filter(**key).update(n=F("n") + 1):
            NodeCount.objects.create(**key, n=1)

    def candidate(self, at: datetime, **more: object) -> Candidate:
        return Candidate.objects.create(
            **{
                "brand": self.brand,
                "customer": self.customer,
                "bucket": self.customer.bucket,
                "journey_id": self.journey.pk,
                "version_id": self.journey.current_id,
                "enrollment_id": Candidate.objects.count() + 1,
                "node": "mail",
                "visit": 1,
                "content": self.content,
                "channel": "email",
                "purpose": "marketing",
                "wanted_at": at,
                "due_at": at,
                "decided_at": at,
                **more,
            }
        )

    def message(self, at: datetime, state: str = "delivered") -> Message:
        return Message.objects.create(
            candidate=self.candidate(at, state="allowed"),
            brand=self.brand,
            customer=self.customer,
            journey_id=self.journey.pk,
            node="mail",
            channel="email",
            purpose="marketing",
            state=state,
            accepted_at=at,
            handed_over_at=None if state in ("accepted", "failed") else at,
            delivered_at=at if state == "delivered" else None,
        )


@pytest.fixture
def house(db: None) -> House:
    return House()


def shown(house: House) -> Today:
    with timezone.override("Asia/Shanghai"):
        return today(house.scope, NOW)


def test_a_day_begins_at_the_midnight_of_the_reader(house: House) -> None:
    midnight = datetime(2026, 3, 3, 16, tzinfo=UTC)  # 0:00 in Shanghai
    house.message(midnight)
    house.message(midnight - timedelta(minutes=1))
    page = shown(house)
    assert page.sent == 1
    assert page.hours[0].sent == 1
    with timezone.override("UTC"):
        assert today(house.scope, NOW).sent == 0


def test_today_is_compared_with_the_same_hours_a_week_before(house: House) -> None:
    week = timedelta(days=7)
    house.message(NOW - HOUR)
    house.message(NOW - week - HOUR)
    house.message(NOW - week - 2 * HOUR)
    house.message(NOW - week + HOUR)  # later in that day than it is now
    sent = shown(house).tiles[0]
    assert (sent.value, sent.note) == ("1", "−1 on last Wednesday by now")
    assert list(sent.trend) == [2, 0, 0, 0, 0, 0, 0, 1]


def test_tiles_count_each_thing_once(house: House) -> None:
    house.message(NOW - HOUR)
    house.message(NOW - HOUR, "handed_over")
    house.message(NOW - HOUR, "accepted")  # not gone yet
    house.candidate(NOW - HOUR, state="stopped", rule="consent")
    house.enroll(NOW - timedelta(days=2), goal_at=NOW - HOUR)
    house.enroll(NOW - timedelta(days=2), goal_at=NOW - timedelta(days=1))
    tiles = {tile.name: (tile.value, tile.note) for tile in shown(house).tiles}
    assert tiles["Messages sent"][0] == "2"
    assert tiles["Delivered"] == ("1", "50.0\N{NO-BREAK SPACE}% of those sent")
    assert tiles["Stopped by the gate"] == ("1", "33.3\N{NO-BREAK SPACE}% of what was due")
    assert tiles["Goals reached"][0] == "1"


def test_reasons_tell_never_from_later(house: House) -> None:
    house.candidate(NOW - HOUR, state="stopped", rule="consent")
    house.candidate(NOW - timedelta(days=1), state="stopped", rule="consent")  # yesterday
    for _n in range(2):
        house.candidate(NOW - HOUR, state="deferred", rule="quiet_hours", due_at=NOW + 2 * HOUR)
    house.candidate(NOW - HOUR, state="deferred", rule="quiet_hours", due_at=NOW + 20 * HOUR)
    page = shown(house)
    assert [(r.name, r.note, r.value) for r in page.reasons] == [
        ("Quiet hours", "goes later", 3),
        ("Consent", "never sent", 1),
    ]
    assert page.hours[19].due == 2
    assert page.due == 2


def test_the_table_shows_how_a_journey_stands(house: House) -> None:
    house.enroll(NOW - HOUR)
    house.enroll(NOW - timedelta(days=3), goal_at=NOW)
    house.enroll(NOW - timedelta(days=3), state="finished", finished_at=NOW)
    house.enroll(NOW - timedelta(days=40), goal_at=NOW)  # entered too long ago for the share
    (row,) = shown(house).journeys
    assert (row.walk.inside, row.walk.entered_today) == (3, 1)
    assert (row.walk.goals_month, row.walk.entered_month) == (1, 3)
    assert row.late == ""


def test_an_engine_behind_is_broken_after_a_quarter_of_an_hour(house: House) -> None:
    walk = house.enroll(NOW - timedelta(days=1))
    timer = Timer.objects.create(
        version_id=walk.version_id,
        enrollment_id=walk.pk,
        visit=1,
        bucket=walk.bucket,
        due_at=NOW - 2 * HOUR,
        kind=1,
    )
    page = shown(house)
    (need,) = page.needs
    assert (need.tone, need.title) == ("bad", "“Second order” runs 2 hours behind")
    assert page.journeys[0].late == "2 hours"
    timer.due_at = NOW + HOUR
    timer.save()
    assert shown(house).needs == []


def test_what_is_broken_comes_first(house: House) -> None:
    Segment.objects.create(
        brand=house.brand, code="gold", name="Gold", kind="rule", problem="The attribute is gone."
    )
    house.enroll(NOW - HOUR, state="set_aside", error="no content")
    house.message(NOW - HOUR, "failed")
    house.message(NOW - HOUR, "uncertain")
    Journey.objects.create(
        brand=house.brand, code="old", name="Old", state="paused", current=house.journey.current
    )
    assert [need.tone for need in shown(house).needs] == ["bad", "bad", "bad", "warn", "info"]


def test_other_brands_are_not_counted(house: House) -> None:
    other = House("bakery")
    other.message(NOW - HOUR, "failed")
    other.candidate(NOW - HOUR, state="stopped", rule="consent")
    other.enroll(NOW - HOUR, state="set_aside", goal_at=NOW)
    page = shown(house)
    assert page.needs == []
    assert [tile.value for tile in page.tiles] == ["0", "0", "0", "0"]
    assert [row.journey.pk for row in page.journeys] == [house.journey.pk]


def test_queries_do_not_grow_with_rows(house: House) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            shown(house)
        return len(seen)

    house.message(NOW - HOUR, "failed")
    house.enroll(NOW - HOUR, state="set_aside")
    few = count()
    for n in range(5):
        journey = Journey.objects.create(
            brand=house.brand,
            code=f"j{n}",
            name=f"J {n}",
            state="running",
            current=house.journey.current,
        )
        house.journey = journey
        house.enroll(NOW - HOUR, state="set_aside")
        house.message(NOW - HOUR, "uncertain")
    assert count() == few


@pytest.fixture
def page(db: None) -> Client:
    user = User.objects.create_superuser("wei@example.com", "a long pass phrase")
    client = Client()
    client.force_login(user)
    return client


def test_an_empty_house_says_what_to_do_and_shows_no_number(page: Client) -> None:
    html = page.get("/").content.decode()
    assert "No journey yet" in html
    assert "<dl" not in html


def test_the_page_speaks_in_sentences_and_escapes_names(page: Client, house: House) -> None:
    house.journey.name = "<b>Bold</b>"
    house.journey.save()
    html = page.get("/").content.decode()
    assert "<b>1 journey</b> is running and <b>0 messages</b> went out since midnight" in html
    assert "&lt;b&gt;Bold" in html
    assert "Nothing went out since midnight" in html
