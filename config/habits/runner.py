"""Runs checks and tests and says how each of them went."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from config.habits.checks import Check

CLOSING_LINE = re.compile(r"^=+ .*\d+ \w+.* in [\d.]+s.*=+$|^\d+ \w+.* in [\d.]+s.*$")
COLOUR_CODE = re.compile(r"\033\[[\d;]*m")


@dataclass(frozen=True)
class Outcome:
    """How one check, or the tests as a whole, went."""

    name: str
    passed: bool
    seconds: float
    advice: str = ""


def run_checks(checks: Iterable[Check], root: Path, say: Callable[[str], None]) -> list[Outcome]:
    """Run all checks, as many at once as there are cores; what failed tells its output."""

    def run(check: Check) -> Outcome:
        started = time.monotonic()
        done = subprocess.run(
            check.command,
            cwd=root,
            env={**os.environ, **check.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        seconds = time.monotonic() - started
        passed = done.returncode == 0
        text = f"{'ok' if passed else 'FAILED':>8}  {check.name} ({seconds:.1f} s)"
        say(text if passed else f"{text}\n{done.stdout.rstrip()}\n")
        return Outcome(check.name, passed, seconds, check.advice)

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        return list(pool.map(run, checks))


def run_tests(
    arguments: Sequence[str],
    root: Path,
    environment: Mapping[str, str],
    measuring: Sequence[str] = (),
) -> tuple[Outcome, str]:
    """Run pytest with its output as it comes; returns also its closing line.

    *measuring* are options of the interpreter that stand before its `-m pytest`.
    """
    started = time.monotonic()
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    closing = ""
    with subprocess.Popen(
        [sys.executable, *measuring, "-m", "pytest", *colour, *arguments],
        cwd=root,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        bufsize=1,
    ) as pytest:
        for line in pytest.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            if CLOSING_LINE.match(COLOUR_CODE.sub("", line.strip())):
                closing = line.rstrip()
    seconds = time.monotonic() - started
    return Outcome("tests", pytest.returncode == 0, seconds, "Mend what failed above."), closing


def table(outcomes: Sequence[Outcome]) -> str:
    """One line per outcome; the failed ones with what to do."""
    width = max(len(outcome.name) for outcome in outcomes)
    return "\n".join(
        f"  {'ok' if outcome.passed else 'FAILED':6}  {outcome.name:{width}}"
        f"  {outcome.seconds:6.1f} s{'' if outcome.passed else f'   {outcome.advice}'}"
        for outcome in outcomes
    )
