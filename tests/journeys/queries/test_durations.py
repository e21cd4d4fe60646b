"""How long people take from step to step: what sorting every single visit tells."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from journeys.canvas.breakpoints import losses_of
from journeys.canvas.durations import card_of, sheet_of
from journeys.models import Journey, Step
from journeys.queries.durations import durations_of
from tests.journeys.flow import Flow, at
from tests.journeys.people import client_of

pytestmark = pytest.mark.django_db
TEXT = """
nodes:
  joined: {kind: trigger.event, event: joined, reentry: always, next: look}
  look:
    kind: wait.event
    until: {viewed: {event: viewed}}
    at_most: 10h
    timeout: not_yet
    next: {viewed: rest, not_yet: done}
  rest: {kind: wait.duration, duration: 20h, next: done}
  done: {kind: exit.leave, reason: told}
"""


@pytest.fixture
def flow() -> Flow:
    return Flow.make()


def _world(flow: Flow, people: int) -> Journey:
    """People join on two days; two in three look, each after a time of her own."""
    journey, chance = flow.journey(TEXT), random.Random(3)
    for day in range(2):
        names = [f"d{day}p{n}" for n in range(people)]
        flow.happen(*((name, "joined", 48 * day + 0.1) for name in names))
        flow.run(48 * day + 0.2)
        looks = sorted(
            (48 * day + chance.uniform(0.3, 9.9), name) for name in names[::3] + names[1::3]
        )
        flow.happen(*((name, "viewed", hour) for hour, name in looks))
        flow.run(48 * day + 47)
    return journey


def _within(values: list[float], share: float) -> float:
    """The value at a share of the sorted ones, on the line between its two neighbours."""
    values, place = sorted(values), share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def _oracle(
    journey: Journey, since: datetime, until: datetime
) -> dict[tuple[str, str], list[float]]:
    found = defaultdict(list)
    for step in Step.objects.filter(journey_id=journey.pk):
        if since <= step.left_at < until:
            taken = (step.left_at - step.arrived_at).total_seconds()
            found[step.node, step.outcome].append(taken)
    return found


def test_they_are_what_sorting_every_visit_tells(flow: Flow) -> None:
    journey = _world(flow, 20)
    for since, until in ((0, 100), (48, 60), (0.3, 5), (200, 300)):
        found = durations_of(journey.pk, at(since), at(until), at(100))
        oracle = _oracle(journey, at(since), at(until))
        assert found is not None
        assert found.keys() == oracle.keys()
        for way, taken in found.items():
            assert taken.n == len(oracle[way])
            assert taken.median == pytest.approx(_within(oracle[way], 0.5))
            assert taken.most == pytest.approx(_within(oracle[way], 0.9))
    assert durations_of(journey.pk, at(5), at(5), at(100)) == {}
    assert durations_of(journey.pk, at(0), at(100), at(100), version_id=0) == {}


def test_the_report_lists_what_takes_time(flow: Flow) -> None:
    journey = _world(flow, 12)
    found = durations_of(journey.pk, at(0), at(100), at(100))
    card = card_of(journey, found)
    # In drawn order; the trigger and the exit are passed at once.
    assert [(row.node, row.outcome) for row in card.rows] == [
        ("look", "viewed"), ("look", "not_yet"), ("rest", "next"),
    ]  # fmt: skip
    assert [row.n for row in card.rows] == [16, 8, 16]
    assert (card.rows[1].median, card.rows[2].most) == ("10 hours", "20 hours")
    assert card.say.startswith("The longest way takes 20 hours for half of the people")
    (lost,) = losses_of(journey, at(0), at(100), found)
    assert (lost.stayed, lost.most) == ("10 hours", "10 hours")
    _header, rows = sheet_of(journey, at(0), at(100), at(100))
    assert [row[3] for row in rows] == [16, 8, 16]
    assert rows[2][4] == 20 * 3600
    assert card_of(journey, {}).rows == ()
    assert card_of(journey, None).is_counting


def test_more_people_are_no_more_queries(flow: Flow) -> None:
    journey, numbers = _world(flow, 3), []
    assert journey.current  # read once
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            card_of(journey, durations_of(journey.pk, at(0), at(1000), at(900)))
        numbers.append(len(queries))
        flow.happen(*((f"more{n}", "joined", 200.0) for n in range(40)))
        flow.run(300)
    assert numbers[0] == numbers[1]


def test_the_page_says_it_in_both_languages(flow: Flow) -> None:
    journey = flow.journey(TEXT)
    url = f"/reports/?journey={journey.pk}"
    for language, words in (
        ("en", "Nobody spent time on the way"),
        ("zh-hans", "该时段内没有客户在步骤之间花费时间"),
    ):
        client = client_of(language, "marketer", flow.brand, language)
        assert words in client.get(url).content.decode()
        assert client.get(f"{url}&form=times.csv").status_code == 200
