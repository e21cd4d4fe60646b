"""Every blueprint can be tried before it is published: somebody walks, and gets its messages."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns.models import ChannelAccount
from customers.models import Attribute, Channel, Purpose
from journeys.actions.blueprint import begin_from
from journeys.actions.load import check
from journeys.blueprints import CODES, blueprint
from journeys.simulation import read_script, simulate
from journeys.simulation.foresee import foresee
from tests.journeys.flow import ACTOR, T0, Flow

CHANNELS = ("email", "sms")


@pytest.mark.proof
@pytest.mark.parametrize("code", CODES)
def test_can_be_tried(flow: Flow, code: str) -> None:
    Attribute.objects.create(code="birthday", name="Birthday", data_type="date")
    for channel in CHANNELS:
        ChannelAccount.objects.create(
            brand=flow.brand, channel=channel, name=channel, provider="recording", is_default=True
        )
    journey = begin_from(ACTOR, flow.brand, "Mine", blueprint(code), T0).journey
    graph, _problems = check(journey.draft, flow.brand)
    assert graph is not None
    trigger = graph.triggers()[0].key
    consents = [
        {"channel": channel, "purpose": purpose, "state": "granted"}
        for channel in Channel.values
        for purpose in Purpose.values
    ]
    customer: dict[str, Any] = {
        "name": "Ada",
        "attributes": {"birthday": "1990-03-20"},
        "identities": {"email": "ada@example.com", "phone": "13800000001"},
        "consents": consents,
    }
    for draw in range(6):  # until she is in no control group
        script = {
            "customer": {**customer, "draw": draw},
            "start": T0.isoformat(),
            "steps": [{"enter": trigger}, {"after": "60d"}],
        }
        story = simulate(ACTOR, journey, journey.draft, read_script(script, ZoneInfo("UTC"), T0))
        kinds = {line.kind for line in story.lines}
        assert story.cut == ""
        assert "fault" not in kinds
        assert "entry" in kinds
        if "message" in kinds:
            break
    assert any(line.message and line.message.body for line in story.lines)
    assert foresee(ACTOR, journey, journey.draft, T0, days=1).cut == ""
