"""Cookie Cats, an experiment of 90,189 players that others have drawn and published: through the
import, the engine and the report it says what is known of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from campaigns.evaluation.experiment import Reading, Verdict
from campaigns.evaluation.verdicts import ratio_words, verdict_words
from config.clock import utc_now
from config.places import BASE_DIR
from config.scratch import scratch_database
from config.wake import no_wakes
from customers.access import Actor
from customers.models import Brand, Customer, Segment
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.engine.advance import advance
from journeys.engine.audience import enter_audiences
from journeys.graph.yaml import load_yaml
from journeys.models import Journey
from journeys.queries.experiment_places import place_of
from journeys.queries.experiments import Told, told_of

pytestmark = pytest.mark.proof
PLAYERS = BASE_DIR.parent / "shared" / "data" / "cookie_cats" / "cookie_cats.csv"
JOURNEY = """
journey: {code}
name: Played again
goal: {{event: {code}, within: 60d, stay: true}}
nodes:
  players: {{kind: trigger.audience, segment: players, next: gate}}
  gate:
    kind: branch.experiment
    experiment: {code}
    attribute: version
    control: 0
    arms: {{gate_30: 1, gate_40: 1}}
    next: {{gate_30: playing, gate_40: playing, not_drawn: none}}
  playing: {{kind: wait.duration, duration: 60d, next: none}}
  none: {{kind: exit.leave, reason: over}}
"""
# people, came again, share in per cent; as the data set's known answers have them
ARMS = {
    "retention_1": {"gate_30": (44_700, 20_034, 44.8188), "gate_40": (45_489, 20_119, 44.2283)},
    "retention_7": {"gate_30": (44_700, 8_502, 19.0201), "gate_40": (45_489, 8_279, 18.2000)},
}
# gate_40 - gate_30 in points, z, p
DIFFERENCES = {
    "retention_1": (-0.5905, -1.7841, 0.0744),
    "retention_7": (-0.8201, -3.1644, 0.00155),
}


@pytest.fixture(scope="module")
def journeys(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Journey]]:
    """The journeys of both metrics, walked by everybody, in a database of their own."""
    if not PLAYERS.exists():
        pytest.skip("the data set is not on this machine")
    name = f"cookies_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with django_db_blocker.unblock(), scratch_database(name), no_wakes():
        actor = Actor.of_command("tests")
        brand = Brand.objects.create(code="game", name="Game", timezone="UTC")
        _load("customers", "--map", "version=attribute:version", "--map", "retention_1=ignore",
              "--map", "retention_7=ignore", "--map", "sum_gamerounds=ignore")  # fmt: skip
        segment = Segment.objects.create(code="players", name="Players", kind="list", size=90_189)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO customers_segmentmember (segment_id, customer_id, since)"
                " SELECT %s, id, now() FROM customers_customer",
                [segment.pk],
            )
            cursor.execute("ANALYZE")
        found = {}
        for code in ARMS:
            text = load_yaml(JOURNEY.format(code=code))
            found[code] = load(actor, brand, text, utc_now()).journey
            publish(actor, found[code], utc_now())
        _walk()
        for code in ARMS:
            _load("events", "--event", code, "--where", f"{code} = TRUE", "--map",
                  "version=ignore", "--map", "retention_1=ignore", "--map", "retention_7=ignore",
                  "--map", "sum_gamerounds=property:rounds")  # fmt: skip
        _walk()
        yield {code: Journey.objects.get(pk=journey.pk) for code, journey in found.items()}
        connection.close()


@pytest.fixture
def unblocked(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@pytest.mark.parametrize("code", list(ARMS))
def test_arms_and_chance(journeys: dict[str, Journey], unblocked: None, code: str) -> None:
    assert Customer.objects.count() == 90_189
    told = _told(journeys[code], Reading.ONCE)
    for arm in told.evaluation.arms:
        people, reached, share = ARMS[code][arm.name]
        assert (arm.rate.people, arm.rate.hits) == (people, reached)
        assert 100 * (arm.rate.share or 0) == pytest.approx(share, abs=5e-5)
    (pair,) = told.evaluation.pairs
    points, z, p = DIFFERENCES[code]
    assert (pair.other.name, pair.arm.name) == ("gate_30", "gate_40")
    assert pair.rate.difference
    assert 100 * pair.rate.difference.value == pytest.approx(points, abs=5e-5)
    assert pair.rate.statistic == pytest.approx(z, abs=5e-5)
    assert pair.p == pytest.approx(p, rel=4e-3)
    assert told.evaluation.ratio.p == pytest.approx(0.00861, abs=5e-6)
    assert "(p = 0.0086)" in ratio_words(told.evaluation)


def test_what_it_says(journeys: dict[str, Journey], unblocked: None) -> None:
    (day,) = _told(journeys["retention_1"], Reading.ONCE).evaluation.pairs
    (week,) = _told(journeys["retention_7"], Reading.ONCE).evaluation.pairs
    assert (day.verdict, week.verdict) == (Verdict.CHANCE, Verdict.FEWER)
    assert (
        verdict_words(week, "40", "30")
    ) == "<b>82 fewer of 10,000</b> reached the goal in “40” than in “30”; this is not chance."
    # Looked at as often as one likes, 0.8 points are not told from chance with so few players.
    (always,) = _told(journeys["retention_7"], Reading.ALWAYS).evaluation.pairs
    assert always.verdict is Verdict.EARLY


# helpers


def _load(kind: str, *options: str) -> None:
    out = StringIO()
    call_command(
        "load", str(PLAYERS), "--kind", kind, "--brand", "game", "--json", "--again",
        "--map", "userid=identity:member_id", *options, stdout=out,
    )  # fmt: skip
    assert not json.loads(out.getvalue())["refused"], out.getvalue()


def _walk() -> None:
    while enter_audiences(utc_now())[1]:
        pass
    while advance(utc_now()).more:
        pass


def _told(journey: Journey, reading: Reading) -> Told:
    place = place_of(journey, f"experiment.{journey.code}")
    assert place
    return told_of(journey, place, utc_now(), reading=reading)
