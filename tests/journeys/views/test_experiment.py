"""The page of an experiment: what it says, for whom, in both languages, and as a file."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from campaigns.evaluation import kept
from campaigns.queries import funnel
from customers.models import Brand, Segment
from journeys.models import Enrollment, HistoryPolicy, Journey, Step
from journeys.queries import attribution, experiments
from tests.journeys.flow import Flow
from tests.journeys.people import client_of

pytestmark = pytest.mark.django_db
TEXT = """
journey: tones
name: Tones
goal: {event: paid, value: amount, stay: true}
labels: {warm: {en: Warm words, zh-hans: 暖心}, cool: Cool words}
nodes:
  joined: {kind: trigger.event, event: joined, next: drawn}
  drawn:
    kind: branch.experiment
    experiment: tone
    attribute: tone
    arms: {warm: 1, cool: 1}
    control: 50
    next: {warm: wait, cool: wait, control: wait, not_drawn: done}
  wait: {kind: wait.duration, duration: 30d, next: done}
  done: {kind: exit.leave, reason: told}
"""
PAGE = "/journeys/{}/experiments/experiment.tone/"


@pytest.fixture
def flow() -> Flow:
    return Flow.make()


def _ran(flow: Flow, warm: int = 30, cool: int = 28, control: int = 60) -> Journey:
    """Of the warm arm all pay, of the cool one a third, of the control group a sixth."""
    names = {"warm": range(warm), "cool": range(cool), "control": range(control)}
    for arm, numbers in names.items():
        flow.people(*(f"{arm}{n}" for n in numbers), tone=arm)
    journey = flow.journey(TEXT)
    everybody = [(arm, n) for arm, numbers in names.items() for n in numbers]
    flow.happen(*((f"{arm}{n}", "joined", 1) for arm, n in everybody))
    flow.run(1)
    of = {"warm": 1, "cool": 3, "control": 6}
    flow.happen(*((f"{arm}{n}", "paid", 2, {"amount": 10 + n % 7})
                  for arm, n in everybody if n % of[arm] == 0))  # fmt: skip
    flow.run(3)
    return journey


def test_it_says_what_is_so_first(flow: Flow) -> None:
    journey = _ran(flow)
    page = client_of("Mia", "marketer", flow.brand).get(PAGE.format(journey.pk))
    text = page.content.decode()
    assert "<b>83 more of 100</b> reached the goal in “Warm words” than in “Control group”" in text
    assert "this is not chance" in text
    assert "Too early to tell: so far" in text  # the cool arm
    assert "“Cool words”" in text
    assert "Johari" in text
    assert "You may look as often as you like" in text
    assert "Value per customer" in text
    assert "worth more, not chance" in text
    assert "nan" not in text.replace("nance", "").lower()
    once = client_of("Max", "manager", flow.brand).get(PAGE.format(journey.pk), {"reading": "once"})
    assert "Newcombe" in once.content.decode()
    assert "fooled by chance one time in four" in once.content.decode()


def test_it_speaks_chinese(flow: Flow) -> None:
    journey = _ran(flow)
    page = client_of("Mei", "marketer", flow.brand, "zh-hans").get(PAGE.format(journey.pk))
    text = page.content.decode()
    assert "暖心" in text
    assert "不是偶然" in text
    assert "this is not chance" not in text


def test_arms_of_the_wrong_size_are_an_alarm(flow: Flow) -> None:
    journey = _ran(flow, warm=8, cool=60)
    client = client_of("Mia", "marketer", flow.brand)
    page = client.get(PAGE.format(journey.pk)).content.decode()
    assert "do not have the sizes by which they were drawn (p = &lt; 0.0001)" in page
    assert 'role="alert"' in page
    report = client.get("/reports/", {"journey": journey.pk}).content.decode()
    assert "do not have the sizes" in report
    assert PAGE.format(journey.pk) in report
    numbers = client.get(f"/journeys/{journey.pk}/", {"tab": "numbers"}).content.decode()
    assert PAGE.format(journey.pk) in numbers


def test_the_table_as_a_file(flow: Flow) -> None:
    journey = _ran(flow)
    client = client_of("Mia", "marketer", flow.brand)
    answer = client.get(PAGE.format(journey.pk), {"form": "csv"})
    assert answer["Content-Disposition"] == 'attachment; filename="tones-tone.csv"'
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["Arm", "People", "Expected", "Reached the goal"]
    assert [row[:4] for row in rows[1:]] == [
        ["Cool words", "28", "29.5", "10"],
        ["Warm words", "30", "29.5", "30"],
        ["Control group", "60", "59.0", "10"],
    ]
    sheet = load_workbook(
        BytesIO(client.get(PAGE.format(journey.pk), {"form": "xlsx"}).content)
    ).active
    assert sheet is not None
    assert [cell.value for cell in next(sheet.iter_rows(min_row=3))][:4] == [
        "Warm words", 30, 29.5, 30,
    ]  # fmt: skip


def test_the_people_of_an_arm_become_a_list(flow: Flow) -> None:
    journey = _ran(flow)
    url = PAGE.format(journey.pk) + "list/"
    client = client_of("Mia", "marketer", flow.brand)
    client.post(url, {"arm": "warm", "name": "Who got warm words"})
    segment = Segment.objects.get(name="Who got warm words")
    warm = set(Step.objects.filter(outcome="warm").values_list("customer_id", flat=True))
    assert set(segment.members.values_list("customer_id", flat=True)) == warm
    for wrong in ({"arm": "hot", "name": "x"}, {"arm": "warm", "name": " "}):
        answer = client.post(url, wrong, follow=True).content.decode()
        assert "Expected one of: cool, warm, control" in answer or "Give the list a name" in answer
    viewer = client_of("Vera", "viewer", flow.brand)
    assert viewer.post(url, {"arm": "warm", "name": "Mine"}).status_code == 403
    assert Segment.objects.count() == 1


def test_how_many_people_it_takes(flow: Flow) -> None:
    journey = _ran(flow)
    client = client_of("Mia", "marketer", flow.brand)
    said = client.get(PAGE.format(journey.pk), {"rise": "5"}).content.decode()
    assert "in the control group, where 16.7" in said
    assert "At " in said
    refused = client.get(PAGE.format(journey.pk), {"rise": "many"}).content.decode()
    assert "Expected 0.01 to 100 points, got “many”." in refused
    for rise in ("-50", "0", "nan", "inf", "1e400", "1e-300"):
        text = client.get(PAGE.format(journey.pk), {"rise": rise}).content.decode()
        assert f"Expected 0.01 to 100 points, got “{rise}”." in text
    assert "0.5" in client.get(PAGE.format(journey.pk), {"rise": "0,5"}).content.decode()
    assert (
        "it would be none of 0 to 100"
        in client.get(PAGE.format(journey.pk), {"rise": "99"}).content.decode()
    )


def test_nobody_yet_and_no_goal(flow: Flow) -> None:
    journey = flow.journey(TEXT)
    client = client_of("Mia", "marketer", flow.brand)
    assert "Nobody was drawn yet" in client.get(PAGE.format(journey.pk)).content.decode()
    bare = TEXT.replace("goal: {event: paid, value: amount, stay: true}", "")
    bare = bare.replace("tones", "bare").replace("experiment: tone", "experiment: bare")
    url = f"/journeys/{flow.journey(bare).pk}/experiments/experiment.bare/"
    assert "This journey has no goal" in client.get(url).content.decode()
    assert client.get(f"/journeys/{journey.pk}/experiments/experiment.other/").status_code == 404


def test_of_another_brand_it_is_not_there(flow: Flow) -> None:
    journey = flow.journey(TEXT)
    other = Brand.objects.create(code="other", name="Other")
    stranger = client_of("Sam", "marketer", other)
    assert stranger.get(PAGE.format(journey.pk)).status_code == 404
    assert stranger.post(PAGE.format(journey.pk) + "list/", {"arm": "warm"}).status_code == 404
    assert Client().get(PAGE.format(journey.pk)).status_code == 302


def test_the_report_asks_as_often_for_many_people_as_for_few(flow: Flow) -> None:
    journey = _ran(flow, 3, 3, 6)
    client = client_of("Mia", "marketer", flow.brand)
    client.get(PAGE.format(journey.pk))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE.format(journey.pk))
        return len(queries)

    few = asked()
    flow.people(*(f"more{n}" for n in range(40)), tone="warm")
    flow.happen(*((f"more{n}", "joined", 4) for n in range(40)))
    flow.run(4)
    assert Enrollment.objects.filter(journey=journey).count() == 52
    assert asked() == few


def test_a_kept_count_says_when_it_was_counted(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = _ran(flow, 3, 3, 6)
    client = client_of("Mia", "marketer", flow.brand)
    assert "counted at" not in client.get(PAGE.format(journey.pk)).content.decode()
    monkeypatch.setattr(kept, "QUICK", -1.0)
    client.get(PAGE.format(journey.pk))
    assert "counted at" in client.get(PAGE.format(journey.pk)).content.decode()
    assert "12 people since" in client.get(PAGE.format(journey.pk)).content.decode()


def test_what_is_counted_for_the_first_time_says_so(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey = _ran(flow, 3, 3, 6)
    client = client_of("Mia", "marketer", flow.brand)

    def not_yet(
        name: str, question: Mapping[str, Any], now: datetime, *, wait: bool = False
    ) -> kept.Kept:
        return kept.count(name, question, now) if wait else kept.Kept(None, now)

    for module in (experiments, attribution, funnel):
        monkeypatch.setattr(module, "answer", not_yet)
    page = client.get(PAGE.format(journey.pk)).content.decode()
    assert "It is being counted." in page
    assert "Nobody was drawn yet" not in page
    report = client.get("/reports/", {"journey": journey.pk}).content.decode()
    assert report.count("counting them the first time takes a while") == 3
    assert "It is being counted." in report
    assert "Nothing was to be sent" not in report
    # Whoever wants a file waits for it.
    file = client.get(PAGE.format(journey.pk), {"form": "csv"}).content.decode("utf-8-sig")
    assert "Warm words,3," in file


def test_what_is_no_longer_kept_is_said(flow: Flow) -> None:
    journey = _ran(flow, 3, 3, 6)
    client = client_of("Mia", "marketer", flow.brand)
    assert "Single steps are kept" not in client.get(PAGE.format(journey.pk)).content.decode()
    HistoryPolicy.objects.update_or_create(pk=1, defaults={"keep_days": 30})
    said = client.get(PAGE.format(journey.pk)).content.decode()
    assert "Single steps are kept for 30 days; who was drawn before is not counted" in said
