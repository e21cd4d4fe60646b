"""The bench of the canvas edits what it says it edits."""

from __future__ import annotations

import pytest
from django.test import Client

from config.clock import utc_now
from customers.access import Actor
from customers.models import Brand, User
from journeys.actions.begin import begin
from journeys.bench.canvas import graph_of, operate
from journeys.graph.schema import errors_of, read_graph
from journeys.models import Journey


@pytest.mark.django_db
def test_operations() -> None:
    brand = Brand.objects.create(code="bench", name="Bench")
    draft = graph_of(50)
    assert len(draft["nodes"]) == 50
    assert errors_of(read_graph({"name": "Large", **draft})[1]) == []
    journey = begin(Actor.of_command("bench"), brand, "Large", utc_now(), draft=draft)
    client = Client()
    client.force_login(User.objects.create_superuser("bench@example.com"))
    spent = list(operate(client, journey, 8))
    assert len(spent) == 8
    assert min(spent) > 0
    journey = Journey.objects.get()
    # Nine operations: an insertion, a note, one that is undone again, twice over, and one more.
    assert journey.draft_number == 1 + 9
    assert len(journey.draft["nodes"]) == 50 + 3
    assert sum("note" in node for node in journey.draft["nodes"].values()) == 2


@pytest.mark.django_db
def test_what_is_refused_is_no_figure() -> None:
    brand = Brand.objects.create(code="bench", name="Bench")
    journey = begin(Actor.of_command("bench"), brand, "Large", utc_now(), draft=graph_of(10))
    client = Client()
    client.force_login(User.objects.create_superuser("bench@example.com"))
    journey.draft_number = 7
    with pytest.raises(RuntimeError, match="and not done"):
        list(operate(client, journey, 2))
