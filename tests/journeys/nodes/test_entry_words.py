"""What triggers say of their limits, with the comma of the reader's language."""

from __future__ import annotations

import pytest
from django.utils import translation

from journeys.nodes import REGISTRY

SETTINGS = {
    "trigger.event": {"event": "paid", "reentry": "after_time", "again_after": "60d", "most": 500},
    "trigger.api": {"reentry": "after_time", "again_after": "60d", "most": 500},
    "trigger.date": {"attribute": "birthday", "yearly": True, "most": 500},
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", SETTINGS)
def test_limits_follow_with_the_readers_comma(kind: str) -> None:
    node = REGISTRY[kind].restore("n", SETTINGS[kind])
    assert ", " in node.sentence()
    with translation.override("zh-hans"):
        said = node.sentence()
    assert "," not in said
    assert said.count("，") >= 2
