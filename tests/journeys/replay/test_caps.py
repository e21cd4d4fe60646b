"""Frequency caps over recorded sends: the table of known answers, and a part by plain Python."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from config.places import BASE_DIR
from tests.journeys.replay.recorded import part
from tests.journeys.replay.test_replay import DATA

JOURNEY = BASE_DIR / "tests" / "replay" / "starbucks_sent.yaml"
SENDS = 76_277
# Limit, hours, let through. A send passes when fewer than the limit of those let through lie less
# than so many hours before it.
KNOWN = [
    (1, 72, 76_277),
    (1, 73, 57_168),
    (1, 96, 57_168),
    (1, 168, 56_581),
    (1, 169, 40_488),
    (1, 336, 32_651),
    (2, 168, 76_277),
    (2, 336, 57_902),
    (3, 336, 70_872),
    (3, 720, 50_226),
    (4, 720, 64_212),
]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not DATA.exists(), reason="the data set is not on this machine"),
]


def replay(capsys: pytest.CaptureFixture[str], path: Path, limit: int, hours: int) -> Any:
    """The one line of JSON that the command prints."""
    call_command(
        "replay", "starbucks", str(path), "--journey", str(JOURNEY), "--json",
        "--cap", f"{limit}/{hours}h",
    )  # fmt: skip
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)


def let_through(told: list[dict[str, Any]], limit: int, hours: int) -> tuple[int, int]:
    """How many sends there were and how many a cap lets through, one customer after the other."""
    passed: dict[str, list[int]] = defaultdict(list)
    sends = [event for event in told if event["event"] == "offer received"]
    for event in sends:
        mine, at = passed[event["person"]], event["time"]
        if sum(at - earlier < hours for earlier in mine) < limit:
            mine.append(at)
    return len(sends), sum(map(len, passed.values()))


# So many hours of the recording that offers come closer together than the cap allows.
@pytest.mark.parametrize(("limit", "hours", "until"), [(1, 169, 320), (3, 336, 600)])
def test_a_part_of_the_real_data(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, limit: int, hours: int, until: int
) -> None:
    sends, passed = let_through(part(DATA, tmp_path, of=30, hours=until), limit, hours)
    assert 500 < passed < sends
    found = replay(capsys, tmp_path, limit, hours)
    assert (found["entries"], found["messages"]["allowed"]) == (sends, passed)
    assert found["messages"]["stopped"] == sends - passed


@pytest.mark.proof
@pytest.mark.parametrize(("limit", "hours", "passed"), KNOWN)
def test_the_table_of_known_answers(
    capsys: pytest.CaptureFixture[str], limit: int, hours: int, passed: int
) -> None:
    found = replay(capsys, DATA, limit, hours)
    assert found["entries"] == SENDS
    assert found["messages"] == {
        "candidates": SENDS,
        "allowed": passed,
        "stopped": SENDS - passed,
        "sent": passed,
    }
