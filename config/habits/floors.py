"""How much of the rooms that matter most the tests must have gone through."""

import json
import subprocess
import sys
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


def check_floors(root: Path) -> tuple[Outcome, list[str]]:
    """Compare what the last run measured with the floors; returns also a line per room."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "coverage", "json", "-q", "-o", "-"],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        lines, passed = compare(json.loads(done.stdout)["files"], floors(root))
    else:
        lines, passed = [(done.stderr or done.stdout).strip()], False
    return Outcome("coverage", passed, time.monotonic() - started, ADVICE), lines


def compare(files: Mapping[str, Any], wanted: Mapping[str, int]) -> tuple[list[str], bool]:
    """One line per room of *wanted*, and whether all reach their floor.

    `files` is the part of that name in the report of `coverage json`.
    """
    lines, passed = [], True
    for room, floor in wanted.items():
        mine = [
            file["summary"]
            for path, file in files.items()
            if Path(path).as_posix().startswith(f"{room}/")
        ]
        there = sum(each["num_statements"] + each.get("num_branches", 0) for each in mine)
        gone = sum(each["covered_lines"] + each.get("covered_branches", 0) for each in mine)
        # A room that was renamed must not pass because nothing is left to measure.
        percent = 100 * gone / there if there else 0.0
        enough = percent >= floor
        passed = passed and enough
        lines.append(
            f"{'ok' if enough else 'BELOW':>8}  {room}: {percent:.1f} % of at least {floor} %"
        )
    return lines, passed
