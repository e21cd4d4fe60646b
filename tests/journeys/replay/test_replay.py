"""manage.py replay on a small recording: the counts, bad lines, caps, and being killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.places import BASE_DIR
from tests.journeys.replay.recorded import answer, part, seen_then_completed, write

JOURNEY = BASE_DIR / "tests" / "replay" / "starbucks_viewed.yaml"
DATA = BASE_DIR.parent / "shared" / "data" / "starbucks"

pytestmark = pytest.mark.django_db(transaction=True)


def replay(capsys: pytest.CaptureFixture[str], path: Path, *more: str) -> dict[str, Any]:
    """The one line of JSON that the command prints."""
    call_command("replay", "starbucks", str(path), "--journey", str(JOURNEY), "--json", *more)
    [line] = capsys.readouterr().out.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def without_time(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != "seconds"}


@pytest.mark.once
def test_counts_what_happened_and_ends_with_nobody_inside(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    entries, viewed = answer(write(tmp_path, events=500), 24)
    found = replay(capsys, tmp_path, "--set", "within=24h")
    assert (found["entries"], found["nodes"]["wait_view"]["outcomes"]) == (
        entries,
        {"viewed": viewed, "not_viewed": entries - viewed},
    )
    assert found["finished"] == {"viewed": viewed, "reminded": entries - viewed}
    assert found["inside"] == 0
    assert {node["here"] for node in found["nodes"].values()} == {0}
    left = entries - viewed
    assert found["messages"] == {
        "candidates": left, "allowed": left, "stopped": 0, "sent": left
    }  # fmt: skip
    assert found["unreadable"]["count"] == 2
    assert [each["line"] for each in found["unreadable"]["first"]] == [21, 22]
    again = replay(capsys, tmp_path, "--set", "within=24h")
    assert without_time(again) == without_time(found)


def test_another_window_is_another_answer(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = write(tmp_path, seed=2, events=600)
    found = replay(capsys, tmp_path, "--set", "within=6h", "--cap", "1/48h")
    assert found["nodes"]["wait_view"]["outcomes"]["viewed"] == answer(told, 6)[1]
    assert found["messages"]["stopped"] > 0
    assert found["messages"]["sent"] == found["messages"]["allowed"]
    assert found["settings"] == {"within": "6h"}


@pytest.mark.once
def test_killed_and_started_again_it_loses_and_doubles_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write(tmp_path, seed=3, events=500)
    expected = replay(capsys, tmp_path, "--set", "within=24h")
    command = [
        sys.executable, "manage.py", "replay", "starbucks", str(tmp_path), "--journey",
        str(JOURNEY), "--set", "within=24h", "--json",
    ]  # fmt: skip
    rng = random.Random(5)
    going_on = 0
    for _kill in range(2):
        running = subprocess.Popen(
            command, cwd=BASE_DIR, env=child_environment(), text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert running.stderr is not None
        for line in running.stderr:
            going_on += "Going on after" in line
            if "events, 2018-" in line:
                break
        time.sleep(rng.uniform(0.0, 0.4))
        running.kill()
        running.communicate()
    assert going_on == 1
    done = subprocess.run(
        command, cwd=BASE_DIR, env=child_environment(), text=True, capture_output=True, check=True
    )
    assert without_time(json.loads(done.stdout)) == without_time(expected)


def test_every_problem_of_the_journey_in_one_answer(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write(tmp_path, events=20)
    broken = tmp_path / "broken.yaml"
    broken.write_text(JOURNEY.read_text().replace("exit.leave", "exit.fly").replace("24h", "soon"))
    with pytest.raises(CommandError) as raised:
        call_command("replay", "starbucks", str(tmp_path), "--journey", str(broken))
    assert "nodes.seen.kind" in str(raised.value)
    assert "nodes.wait_view.at_most" in str(raised.value)


def test_any_recording_and_a_table_for_readers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    lines = [
        {"time": "2026-01-31T09:30:00+08:00", "event": "offer received",
         "identity": {"phone": "+8613800000000"}, "properties": {"offer id": "a"}},
        {"time": "2026-01-31T09:00:00+08:00", "event": "offer received",
         "identity": {"user_id": 7}, "properties": {"offer id": "a"}},
        {"time": "2026-01-31T09:40:00", "event": "offer viewed", "identity": {"user_id": 7}},
        {"time": "2026-01-31T09:40:00Z", "event": "offer viewed", "identity": {"passport": "x"}},
    ]  # fmt: skip
    file.write_text("\n".join(json.dumps(line) for line in lines))
    call_command("replay", "jsonl", str(file), "--journey", str(JOURNEY))
    shown = capsys.readouterr().out
    assert "2 entries, 0 still inside" in shown
    assert "2 events could not be read" in shown
    assert "line 3: Expected “time”" in shown
    assert "line 4:" in shown


@pytest.mark.once
@pytest.mark.skipif(not DATA.exists(), reason="the data set is not on this machine")
def test_a_part_of_the_real_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    # Two of the six waves of offers.
    told = part(DATA, tmp_path, of=12, hours=320)
    entries, viewed = answer(told, 24)
    assert entries > 2_000
    found = replay(capsys, tmp_path, "--set", "within=24h")
    assert found["entries"] == entries
    assert found["nodes"]["wait_view"]["outcomes"] == {
        "viewed": viewed,
        "not_viewed": entries - viewed,
    }
    assert found["inside"] == 0
    assert found["messages"]["sent"] == entries - viewed


@pytest.mark.proof
@pytest.mark.parametrize("within", ["6h", "12h", "24h", "48h"])
@pytest.mark.skipif(not DATA.exists(), reason="the data set is not on this machine")
def test_real_data(capsys: pytest.CaptureFixture[str], within: str) -> None:
    viewed = {"6h": 21_758, "12h": 28_649, "24h": 38_072, "48h": 48_219}[within]
    found = replay(capsys, DATA, "--set", f"within={within}")
    assert found["entries"] == 76_277
    assert found["nodes"]["wait_view"]["outcomes"] == {
        "viewed": viewed,
        "not_viewed": 76_277 - viewed,
    }
    assert found["inside"] == 0
    assert found["messages"]["sent"] == 76_277 - viewed


COMPLETED = BASE_DIR / "tests" / "replay" / "starbucks_completed.yaml"


def completed(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, int]:
    """How the walks of the journey about completed offers ended."""
    call_command("replay", "starbucks", str(path), "--journey", str(COMPLETED), "--json")
    [line] = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert found["inside"] == 0
    finished: dict[str, int] = found["finished"]
    return finished


@pytest.mark.once
@pytest.mark.skipif(not DATA.exists(), reason="the data set is not on this machine")
def test_seen_then_completed_in_a_part_of_the_real_data(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = part(DATA, tmp_path, of=40, hours=320)
    shutil.copy(DATA / "portfolio.json", tmp_path)
    found = completed(capsys, tmp_path)
    assert {name: found[name] for name in ("bogo", "discount", "blind")} == seen_then_completed(
        told, DATA
    )


@pytest.mark.proof
@pytest.mark.skipif(not DATA.exists(), reason="the data set is not on this machine")
def test_seen_then_completed_in_the_real_data(capsys: pytest.CaptureFixture[str]) -> None:
    found = completed(capsys, DATA)
    assert (found["bogo"], found["discount"], found["blind"]) == (11_080, 12_597, 9_954)
    assert sum(found.values()) == 76_277


def child_environment() -> dict[str, str]:
    """The same server as this test's, whichever it is; a replay has a database of its own."""
    settings = connection.settings_dict
    kept = dict(os.environ)
    kept.pop("WAYPOST_RESTARTED", None)
    if not settings.get("EMBEDDED"):
        assert kept.get("DATABASE_URL")
    return kept
