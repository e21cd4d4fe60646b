"""The whole OpenAPI document: no server error, and every answer as the document says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.gate import decide
from campaigns.models import Candidate, Decision
from config.wake import no_wakes
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Brand
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.engine.advance import advance
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment
from tests.journeys.api.document import Names, Trial, written
from tests.journeys.api.test_journeys import key_of
from tests.journeys.sends.world import ME, World

GRAPH = """
journey: flow
name: Flow
nodes:
  in: {kind: trigger.event, event: come, next: hello}
  hello: {kind: send.message, content: CONTENT, next: wait}
  wait: {kind: wait.duration, duration: 2h, next: x}
  x: {kind: exit.leave, reason: over}
"""


@pytest.fixture
def names(db: None) -> Names:
    """A brand with something of everything that an address can name."""
    now = timezone.now()
    world = World.make(now)
    world.fill(8)
    brand = world.shop.brand
    send = world.save()
    graph = GRAPH.replace("CONTENT", world.shop.content("email").code)
    journey = load(ME, brand, load_yaml(graph), now).journey
    publish(ME, journey, now)
    item = Item("1", identities=[("user_id", "ada")], events=[EventFact("come", now, {})])
    with no_wakes():
        ingest(Batch("tests", [item], brand_id=brand.pk), now=now)
        advance(now)
        decide(now)
    walk = Enrollment.objects.get(journey=journey)
    wish = Candidate.objects.get(journey_id=journey.pk)
    assert Decision.objects.filter(candidate_id=wish.pk).exists()
    ids = {"enrollments": walk.pk, "messages": wish.pk, "sends": send.pk}
    codes = {"journeys": journey.code, "campaigns": world.campaign.code, "segments": "members"}

    def named(path: str) -> Mapping[str, Any]:
        room = path.split("/")[3]
        known = {"code": codes.get(room), "id": ids.get(room), "node": "wait",
                 "operation": "wrap"}  # fmt: skip
        return {name: value for name, value in known.items() if f"{{{name}}}" in path}

    return named


@pytest.fixture
def trial(names: Names) -> Trial:
    return Trial(key_of(Brand.objects.get(code="tea")), names)


def test_every_answer_is_as_the_document_says(trial: Trial) -> None:
    for operation in trial.operations():
        trial.edges(operation, most=6)
        trial.random(operation, 2)
    assert not trial.wrong, trial.report()
    # It came in: not all of these calls were refused at the entrance.
    assert trial.statuses >= {200, 400, 404, 405, 409, 422}


@pytest.mark.proof
def test_every_answer_at_all_edges_and_many_at_random(trial: Trial) -> None:
    for operation in trial.operations():
        trial.edges(operation)
        trial.random(operation, 40, salt=1)
    assert not trial.wrong, trial.report()


def test_the_trial_finds_what_the_document_does_not_say(names: Names) -> None:
    document = written()
    path = document["paths"]["/api/v1/segments/{code}"]["get"]
    path["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "string"}
    del path["responses"]["405"]
    trial = Trial(key_of(Brand.objects.get(code="tea")), names, document)
    (operation,) = [each for each in trial.operations() if each.label.endswith("segments/{code}")
                    and each.method == "get"]  # fmt: skip
    trial.edges(operation)
    assert "GET /api/v1/segments/{code}: Response violates schema, 200" in trial.wrong


def test_without_a_key_nothing_opens_and_another_brand_sees_nothing(names: Names) -> None:
    other = key_of(Brand.objects.create(code="cup", name="Cup"))
    for path, methods in written()["paths"].items():
        there = path.format(**names(path))
        unknown = {name: "987654" for name in names(path) if name in ("code", "id")}
        nowhere = path.format(**{**names(path), **unknown})
        for method, operation in methods.items():
            if not operation.get("security"):
                continue

            def ask(where: str, method: str = method, **headers: str) -> Any:
                return Client().generic(
                    method.upper(), where, "{}", content_type="application/json", headers=headers
                )

            for token in ("", "wp_nobody", "x" * 5000):
                assert ask(there, Authorization=f"Bearer {token}").status_code == 401, there
            if "{" in path and method != "put":
                headers = {"Authorization": f"Bearer {other}"}
                mine, none = ask(there, **headers), ask(nowhere, **headers)
                assert (mine.status_code, none.status_code) == (404, 404), there
                assert _said(mine, names(path)) == _said(none, unknown)


# helpers


def _said(answer: Any, named: Mapping[str, Any]) -> str:
    """The sentence of a problem, without the name that the call brought itself."""
    text: str = json.loads(answer.content)["detail"]
    for value in named.values():
        text = text.replace(str(value), "…")
    return text
