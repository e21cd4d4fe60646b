"""The sums that pages show are what a count of the raw rows finds, whatever happened to people."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.gate.decide import decide
from campaigns.models import Candidate, ChannelAccount, VerdictCount
from config.wake import no_wakes
from customers.actions.erasure import erase
from customers.identity.merge import merge, unmerge
from customers.ingest import Batch, Item, ingest
from customers.models import Customer
from journeys.actions.stop import stop
from journeys.engine.history import fold_counts
from journeys.models import Enrollment, Journey, NodeCount
from journeys.queries.counts import inside_of, node_numbers, totals
from journeys.queries.reports import last_days, report_of
from tests.journeys.flow import ACTOR, Flow, at

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
TEXT = """
goal: {event: paid, within: 3d, stay: true}
nodes:
  joined: {kind: trigger.event, event: joined, reentry: one_at_a_time, next: hello}
  hello: {kind: send.message, content: note, next: wait}
  wait: {kind: wait.duration, duration: 30h, next: again}
  again: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave, reason: told}
"""
NAMES = [f"p{n}" for n in range(12)]


@pytest.fixture
def flow() -> Flow:
    return Flow.make()


def _world(flow: Flow) -> Journey:
    """Five days of people who enter, pay, are merged (and one pair parted again) and erased."""
    ChannelAccount.objects.create(
        brand=flow.brand, channel="sms", name="sms", provider="recording", rate_per_second=1000
    )
    items = [Item(name, [("user_id", name), ("phone", f"+8613812340{n:03}")])
             for n, name in enumerate(NAMES[:6])]  # fmt: skip
    with no_wakes():
        assert not ingest(Batch("tests", items, brand_id=flow.brand.pk), now=at(0)).refused
    journey = flow.journey(TEXT)
    for hour in range(0, 120, 5):
        name, other = NAMES[hour % 12], NAMES[(hour * 7 + 3) % 12]
        flow.happen((name, "joined", hour + 0.3), (other, "joined", hour + 0.4))
        if hour % 3 == 0:
            flow.happen((name, "paid", hour + 0.9))
        flow.run(hour + 1)
        if hour % 10:
            decide(at(hour + 1))
    doubled = ["p0", "p6", "p1", "p7"]
    flow.people(*NAMES)
    flow.happen(*((name, "joined", 119.5) for name in doubled))
    flow.run(120)
    people = [Customer.objects.get(pk=flow.ids[name]) for name in NAMES]
    merge(ACTOR, people[0], people[6], now=at(120))
    assert Candidate.objects.filter(rule="merged").exists()
    unmerge(ACTOR, merge(ACTOR, people[1], people[7], now=at(120)), now=at(121))
    people[2].refresh_from_db()
    erase(ACTOR, people[2], reason="request", now=at(122))
    decide(at(122))
    flow.happen(("p3", "joined", 122.5), ("p9", "joined", 122.6))
    flow.run(123)
    return journey


def _same(journey: Journey, now: datetime) -> None:
    walks = list(Enrollment.objects.filter(journey=journey))
    words = list(Candidate.objects.filter(journey_id=journey.pk))
    report = report_of([journey], last_days(7, now))
    (row,) = report.rows
    assert row.entered == len(walks)
    assert row.goals == sum(walk.goal_at is not None for walk in walks) > 0
    assert row.inside == sum(walk.state != "finished" for walk in walks)
    assert inside_of([journey.pk])[journey.pk] == row.inside
    assert row.ends == Counter(w.exit_reason for w in walks if w.state == "finished")
    assert row.allowed == sum(word.state == "allowed" for word in words) > 0
    assert row.stopped == sum(word.state == "stopped" for word in words) > 0
    assert row.held == sum(word.state in ("waiting", "deferred") for word in words)
    assert dict(report.rules) == Counter(w.rule for w in words if w.state == "stopped")
    for day in report.days:
        began = [walk for walk in walks if walk.entered_at.astimezone(ZONE).date() == day.day]
        wanted = [word for word in words if word.wanted_at.astimezone(ZONE).date() == day.day]
        assert day.entered == len(began)
        assert day.goals == sum(walk.goal_at is not None for walk in began)
        assert day.allowed == sum(word.state == "allowed" for word in wanted)
        assert day.stopped == sum(word.state == "stopped" for word in wanted)
    numbers = node_numbers(journey.pk)
    inside = Counter(walk.node for walk in walks if walk.state != "finished")
    stopped = Counter(word.node for word in words if word.state == "stopped")
    for node in ("joined", "hello", "wait", "again", "done"):
        assert numbers[node].here == inside[node]
        assert numbers[node].stopped == stopped[node]
    assert not VerdictCount.objects.filter(n=0, verdict="stopped", rule="passed").exists()


def test_sums_are_what_a_recount_finds(flow: Flow) -> None:
    with timezone.override(ZONE):
        journey = _world(flow)
        _same(journey, at(123))
        stop(ACTOR, journey, at(124))
        decide(at(124))
        _same(journey, at(124))


def test_old_hours_become_days_and_no_sum_changes(flow: Flow) -> None:
    with timezone.override(ZONE):
        journey = _world(flow)
        before = node_numbers(journey.pk), totals(journey.pk)
        rows = NodeCount.objects.count(), VerdictCount.objects.count()
        fold_counts(at(50))  # nothing is old yet
        assert rows == (NodeCount.objects.count(), VerdictCount.objects.count())
        fold_counts(at(24 * 103))
        assert (node_numbers(journey.pk), totals(journey.pk)) == before
        assert NodeCount.objects.filter(hour__lt=at(48)).exclude(hour__hour=8).count() == 0  # 0 UTC
        assert NodeCount.objects.count() < rows[0]
        assert VerdictCount.objects.count() < rows[1]
        fold_counts(at(24 * 103))
        assert (node_numbers(journey.pk), totals(journey.pk)) == before


def test_no_page_of_sums_reads_walks(flow: Flow) -> None:
    journey = flow.journey(TEXT)
    with CaptureQueriesContext(connection) as queries:
        report_of([journey], last_days(90, at(1)))
        node_numbers(journey.pk)
    read = " ".join(query["sql"] for query in queries.captured_queries)
    assert "journeys_nodecount" in read
    assert "journeys_enrollment" not in read.replace("JOIN journeys_enrollment e ON e.id = h", "")
