"""Two periods or versions side by side are what a recount of every walk, step and send finds."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.gate.decide import decide
from campaigns.models import Candidate
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.canvas.comparison import Choice, card_of, sheet_of, versions_of
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment, Journey, Step
from journeys.queries.comparison import Seen, Side, compare
from journeys.queries.reports import last_days
from tests.journeys.flow import ACTOR, Flow, at
from tests.journeys.people import client_of

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
TEXT = """
journey: flow
name: Flow
goal: {event: paid, within: 5h, stay: true}
nodes:
  joined: {kind: trigger.event, event: joined, reentry: always, next: hello}
  hello: {kind: send.message, content: note, next: look}
  look:
    kind: wait.event
    until: {viewed: {event: viewed}}
    at_most: 10h
    timeout: not_yet
    next: {viewed: done, not_yet: done}
  done: {kind: exit.leave, reason: told}
"""


def _world(flow: Flow) -> Journey:
    """Version 1 for two days, then version 2: of 30 a day 3 pay and 20 look, later 18 and 5."""
    journey = flow.journey(TEXT)
    names = [f"p{n}" for n in range(30)]
    for day in range(4):
        if day == 2:
            data = load_yaml(TEXT.replace("at_most: 10h", "at_most: 12h"))
            load(ACTOR, flow.brand, data, at(48))
            publish(ACTOR, journey, at(48))
        pay, look = (3, 20) if day < 2 else (18, 5)
        hour = 24 * day
        flow.happen(*((name, "joined", hour + 0.1) for name in names))
        flow.run(hour + 0.2)
        flow.happen(*((name, "paid", hour + 0.5) for name in names[:pay]))
        flow.run(hour + 0.6)
        flow.happen(*((name, "viewed", hour + 1) for name in names[:look]))
        flow.run(hour + 23)
        decide(at(hour + 23))
    journey.refresh_from_db()
    return journey


def _same(seen: Seen, walks: Iterable[Enrollment], steps: Iterable[Step], sends: int) -> None:
    mine = list(walks)
    assert seen.entered == len(mine)
    assert seen.goals == sum(walk.goal_at is not None for walk in mine)
    assert seen.funnel
    assert seen.funnel.targeted == sends
    ways = {(node, way): n for node, each in seen.ways.items() for way, n in each.items()}
    assert ways == Counter((step.node, step.outcome) for step in steps)


def test_both_sides_equal_a_recount() -> None:
    flow = Flow.make()
    journey = _world(flow)
    new, old = versions_of(journey)
    walks = list(Enrollment.objects.filter(journey=journey))
    steps = list(Step.objects.filter(journey_id=journey.pk))
    sends = list(Candidate.objects.filter(journey_id=journey.pk))
    with CaptureQueriesContext(connection) as queries:
        both = compare(journey.pk, Side(at(0), at(96), new.pk), Side(at(0), at(96), old.pk), at(99))
    asked = len(queries)
    for seen, version in ((both.one, new.pk), (both.other, old.pk)):
        _same(seen, [w for w in walks if w.version_id == version],
              [s for s in steps if s.version_id == version],
              sum(row.version_id == version for row in sends))  # fmt: skip
    assert both.goal
    assert both.goal.difference
    assert both.goal.difference.value == pytest.approx(36 / 60 - 6 / 60)
    assert both.goal.difference.low is not None
    assert both.goal.difference.low > 0.3
    viewed = next(turn for turn in both.turns if (turn.node, turn.outcome) == ("look", "viewed"))
    assert (viewed.one.hits, viewed.other.hits) == (10, 40)
    assert viewed.differs
    with CaptureQueriesContext(connection) as queries:
        both = compare(journey.pk, Side(at(48), at(72)), Side(at(0), at(24)), at(99))
    assert len(queries) == asked
    for seen, start in ((both.one, 48), (both.other, 0)):
        end = start + 24
        _same(seen, [w for w in walks if at(start) <= w.entered_at < at(end)],
              [s for s in steps if at(start) <= s.left_at < at(end)],
              sum(at(start) <= row.wanted_at < at(end) for row in sends))  # fmt: skip
    # A period without length, and one in which nobody came, has nobody.
    both = compare(journey.pk, Side(at(5), at(5)), Side(at(900), at(950)), at(999))
    assert (both.one.entered, both.other.entered, both.turns) == (0, 0, [])
    assert both.goal
    assert both.goal.difference is None


def test_it_is_said_in_words_first() -> None:
    flow = Flow.make()
    journey = _world(flow)
    versions = versions_of(journey)
    with timezone.override(ZONE):
        period = last_days(30, at(96))
        choice = Choice.read({"against": "versions"}, versions, period)
        card = card_of(journey, period, choice, versions, at(96))
        assert card.say == (
            "Of those who entered in version 2 50 more of 100 reached the goal than in version 1; "
            "this is more than chance."
        )
        assert [row.name for row in card.counts][:3] == ["Entered", "Reached the goal", "Targeted"]
        assert card.counts[1].change.endswith("), p < 0.0001")
        assert {str(row.way) for row in card.ways} == {"Viewed", "Not yet"}
        assert all(row.is_told for row in card.ways)
        header, rows = sheet_of(journey, period, choice, at(96))
        assert header[2:] == ["version 2", "version 1"]
        assert rows[0][2:] == [60, 60]
        assert [row[2:] for row in rows[1:3]] == [[36, 6], [60, 60]]
        assert len(rows) == 2 + 6 + 2
        choice = Choice.read({"against": "periods"}, versions, period)
        assert choice.start == date(2026, 1, 8)
        card = card_of(journey, period, choice, versions, at(96))
        assert card.say.startswith("Nobody entered in 8 Jan")
        # The six counts stand there all the same.
        assert [row.other for row in card.counts][2:] == ["0"] * 6


def test_what_makes_no_sense_is_said() -> None:
    flow = Flow.make()
    journey = flow.journey(TEXT)
    versions = versions_of(journey)
    with timezone.override(ZONE):
        period = last_days(7, at(0))
        for given, words in (
            ({"against": "versions"}, "no two versions"),
            ({"against": "periods", "start": "soon"}, "“soon” is no day"),
            ({"against": "periods", "start": "0001-01-01"}, "is no day"),
            ({"against": "periods", "start": "9999-12-31"}, "before this one begins"),
            (
                {"against": "periods", "start": (period.days[0] - timedelta(6)).isoformat()},
                "before",
            ),
        ):
            assert words in Choice.read(given, versions, period).problem
        first = period.days[0] - timedelta(7)
        choice = Choice.read({"against": "periods", "start": first.isoformat()}, versions, period)
        assert not choice.problem
        assert choice.query == f"&against=periods&start={first}"
        assert Choice.read({"against": "moons"}, versions, period).against == ""


def test_the_page_and_its_file() -> None:
    flow = Flow.make()
    journey = flow.journey(TEXT)
    client = client_of("Mia", "marketer", flow.brand)
    url = f"/reports/?journey={journey.pk}"
    assert "Two periods or versions compared" in client.get(url).content.decode()
    page = client.get(f"{url}&against=periods").content.decode()
    assert "so there is nothing to compare." in page
    assert "nan" not in page.lower().replace("finan", "")
    assert "&amp;against=periods" in page
    answer = client.get(f"{url}&against=periods&form=compared.csv")
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 2 + 6
    assert client.get(f"{url}&against=versions&form=compared.xlsx").status_code == 200
    chinese = client_of("Mei", "marketer", flow.brand, "zh-hans").get(f"{url}&against=periods")
    assert "无从比较" in chinese.content.decode()
