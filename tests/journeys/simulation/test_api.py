"""Simulating by REST: a draft, a version, a graph of the body; by scope, never another brand's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from config.clock import utc_now
from customers.access import keys
from customers.models import Brand
from journeys.models import Enrollment, Journey
from tests.journeys.flow import ACTOR, Flow

GRAPH = """
nodes:
  in: {kind: trigger.event, event: come, next: wait}
  wait: {kind: wait.duration, duration: 2h, next: x}
  x: {kind: exit.leave, reason: over}
"""
SCRIPT: dict[str, Any] = {"start": "2026-03-04T09:00", "steps": [{"enter": "in"}, {"next": 1}]}
Send = Callable[..., Any]


def sender(brand: Brand, *scopes: str) -> Send:
    token = keys.create(ACTOR, brand, name="try", scopes=scopes, now=utc_now())[1]

    def send(path: str, body: Any, kind: str = "application/json") -> Any:
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"Authorization": f"Bearer {token}"}
        return Client().post(f"/api/v1/{path}", text, content_type=kind, headers=headers)

    return send


@pytest.fixture
def journey(flow: Flow) -> Journey:
    return flow.journey(GRAPH)


def test_draft_version_and_graph(flow: Flow, journey: Journey) -> None:
    send = sender(flow.brand, "see")
    answer = send("journeys/flow/simulate", SCRIPT)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert [way["node"] for way in told["path"]] == ["in", "wait", "x"]
    # Moments without a zone are on the journey's clock.
    assert told["log"][0]["at"].startswith("2026-03-04T01:00:00")
    assert told["stands"][0]["state"] == "finished"
    Journey.objects.update(draft={**journey.draft, "nodes": {}})
    assert send("journeys/flow/simulate", SCRIPT).status_code == 422
    assert send("journeys/flow/simulate?version=1", SCRIPT).json()["path"] == told["path"]
    assert send("journeys/flow/simulate?version=7", SCRIPT).status_code == 404
    name = "name: New\n" + GRAPH
    for body in (
        {**SCRIPT, "graph": name},
        {**SCRIPT, "graph": {**journey.draft, "name": "New"}},
    ):
        assert send("journeys/never_saved/simulate", body).json()["path"] == told["path"]
    lines = "".join(f"  {line}\n" for line in name.splitlines())
    yaml = f"start: 2026-03-04T09:00\nsteps:\n  - enter: in\n  - next: 1\ngraph:\n{lines}"
    answer = send("journeys/never_saved/simulate", yaml, "application/yaml")
    assert answer.json()["path"] == told["path"]
    assert not Enrollment.objects.exists()
    assert Journey.objects.count() == 1


def test_refusals(flow: Flow, journey: Journey) -> None:
    send = sender(flow.brand, "see")
    wrong = send("journeys/flow/simulate", {"steps": [{"jump": 1}], "start": "then"})
    assert wrong.status_code == 422
    assert [problem["place"] for problem in wrong.json()["problems"]] == ["start", "steps.0"]
    assert send("journeys/flow/simulate", []).status_code == 400
    assert send("journeys/flow/simulate", "{").status_code == 400
    assert send("journeys/other/simulate", SCRIPT).status_code == 404
    assert send("journeys/new/simulate", {**SCRIPT, "graph": []}).status_code == 422
    assert send("journeys/new/simulate", {**SCRIPT, "graph": "- x"}).status_code == 422
    assert send(f"journeys/{'n' * 41}/simulate", {**SCRIPT, "graph": GRAPH}).status_code == 422
    unknown = send("journeys/flow/simulate", {**SCRIPT, "customer": {"segments": ["gone"]}})
    assert "There is no segment" in unknown.json()["detail"]
    nobody = send("journeys/flow/simulate", {**SCRIPT, "customer": {"id": 99}})
    assert nobody.status_code == 422
    assert nobody.json()["problems"][0]["place"] == "customer.id"
    assert sender(flow.brand, "ingest")("journeys/flow/simulate", SCRIPT).status_code == 403
    other = Brand.objects.create(code="other", name="Other", timezone="UTC")
    assert sender(other, "see")("journeys/flow/simulate", SCRIPT).status_code == 404
