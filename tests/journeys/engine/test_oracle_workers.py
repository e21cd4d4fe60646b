"""The engine against the oracle with several workers at once, each taking a few people a time."""

from __future__ import annotations

import random

import pytest

from config.wake import no_wakes
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Tag
from journeys.actions.load import load
from journeys.actions.publish import publish
from tests.journeys.engine.test_killed import move_all
from tests.journeys.engine.test_oracle import (
    CITIES,
    END,
    attributes,
    check_sums,
    check_tags,
    expected,
    seen,
    stored,
)
from tests.journeys.flow import ACTOR, T0, Flow, at
from tests.journeys.oracle import Oracle
from tests.journeys.processes import together
from tests.journeys.random_journeys import random_events, random_graph

PEOPLE = 60
WORKERS = 3


@pytest.fixture
def world(transactional_db: None) -> Flow:
    """What other processes see too."""
    flow = Flow.make()
    Tag.objects.create(code="touched", name="touched")
    for place in range(PEOPLE):
        city = CITIES[place % 3]
        flow.people(str(place), **({"city": city} if city else {}))
    return flow


@pytest.mark.parametrize("seed", [1000])
def test_several_workers_do_what_the_oracle_says(world: Flow, seed: int) -> None:
    compare(world, seed)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(1001, 1061))
def test_several_workers_do_what_the_oracle_says_again(world: Flow, seed: int) -> None:
    compare(world, seed)


def compare(world: Flow, seed: int) -> None:
    rng = random.Random(seed)
    graph, told = random_graph(rng), random_events(rng, PEOPLE, PEOPLE * 6)
    journey = load(ACTOR, world.brand, {"journey": f"w{seed}", **graph}, T0).journey
    publish(ACTOR, journey, T0)
    items = [
        Item(
            str(n),
            customer_id=world.ids[str(event.who)],
            events=[EventFact(event.name, at(event.hour), event.properties)],
        )
        for n, event in enumerate(told)
    ]
    with no_wakes():
        assert not ingest(Batch("tests", items, brand_id=world.brand.pk), now=END).refused
    together([(move_all, END, 7)] * WORKERS)
    said = Oracle(journey.code, graph, attributes(world), stored(), END).walks()
    assert seen(journey) == expected(said), f"seed {seed}"
    check_sums(journey, said)
    check_tags(said)
