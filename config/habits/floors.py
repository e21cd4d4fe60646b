"""How much of the rooms that matter most the tests must have gone through."""

import json
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.habits.runner import Outcome

ADVICE = "Test what was added there, or delete what nothing needs."


def floors(root: Path) -> dict[str, int]:
    """Percent per folder, of statements and branches together, from pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(project["tool"]["waypost"]["coverage"])


def measuring(root: Path) -> list[str]:
    """What goes before `-m pytest`, so that it measures the rooms that have a floor.

    SlipCover takes its marks out of the code once a line was reached: nothing like the half of
    the time again that a trace function costs. It says how much is covered, not by which test.
    """
    report(root).unlink(missing_ok=True)
    options = ["--branch", "--json", "--out", str(report(root))]
    return ["-m", "slipcover", *options, "--source", ",".join(floors(root))]


def check_floors(root: Path) -> tuple[Outcome, list[str]]:
    """Compare what the last run measured with the floors; returns also a line per room."""
    started = time.monotonic()
    try:
        files = json.loads(report(root).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError) as error:
        lines, passed = [f"What the tests went through is not to be read: {error}"], False
    else:
        lines, passed = compare(files, floors(root))
    return Outcome("coverage", passed, time.monotonic() - started, ADVICE), lines


def compare(files: Mapping[str, Any], wanted: Mapping[str, int]) -> tuple[list[str], bool]:
    """One line per room of *wanted*, and whether all reach their floor.

    `files` is the part of that name in the report of SlipCover.
    """
    lines, passed = [], True
    for room, floor in wanted.items():
        mine = [
            file["summary"]
            for path, file in files.items()
            if Path(path).as_posix().startswith(f"{room}/")
        ]
        gone = sum(each["covered_lines"] + each["covered_branches"] for each in mine)
        there = gone + sum(each["missing_lines"] + each["missing_branches"] for each in mine)
        # A room that was renamed must not pass because nothing is left to measure.
        percent = 100 * gone / there if there else 0.0
        enough = percent >= floor
        passed = passed and enough
        lines.append(
            f"{'ok' if enough else 'BELOW':>8}  {room}: {percent:.1f} % of at least {floor} %"
        )
    return lines, passed


def report(root: Path) -> Path:
    """Where the last run left what it measured."""
    return root / ".coverage.json"
