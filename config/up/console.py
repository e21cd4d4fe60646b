"""What the operator sees: steps with their times, then only what needs attention."""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from config.terminal import gettext as _

COLOURS = {"web": 36, "engine": 35, "sending": 33, "audience": 34, "beat": 32}
GREY, RED, YELLOW, BOLD = 90, 31, 33, 1
# A warning that comes every second would bury all others.
REPEAT_SECONDS = 60.0

LEVEL_IN_TEXT = re.compile(r"\[(?:warning|error|critical)\s*\]|\b(?:WARNING|ERROR|CRITICAL)\b")
TRACEBACK = re.compile(r"^Traceback \(most recent call last\)")
LEVELS = {"warning", "error", "critical"}
# Known to whoever reads the line at the moment it appears, or of use to a search engine only.
LEFT_OUT = {"event", "level", "logger", "timestamp", "request_id", "parent_task_id"}


class Console:
    """Writes to the terminal; colours only where a person reads them."""

    def __init__(self, out: TextIO | None = None, *, verbose: bool = False) -> None:
        self.out = out or sys.stdout
        self.verbose = verbose
        self.colours = self.out.isatty() and not os.environ.get("NO_COLOR")
        self._in_traceback: set[str] = set()
        self._told: dict[tuple[str, ...], tuple[float, int]] = {}

    def say(self, text: str = "", colour: int | None = None) -> None:
        """One line of our own."""
        # A terminal that was closed under us must not keep the parts from being stopped.
        try:
            print(self._paint(text, colour), file=self.out, flush=True)
        except OSError:
            self.out = open(os.devnull, "w")  # noqa: SIM115  # stays open as long as we do

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Times one step; the yielded function adds what the step found out to its line."""
        notes: list[str] = []
        started = time.monotonic()
        if self.colours:
            # Replaced by the finished line: the first start has steps that take a while.
            print(f"      …    {title}", end="\r", file=self.out, flush=True)
        try:
            yield notes.append
        except BaseException:
            failed = _("failed")
            self.say(f"  {failed}  {title}", RED)
            raise
        said = "; ".join(filter(None, notes))
        took = _("{seconds} s").format(seconds=f"{time.monotonic() - started:6.1f}")
        seconds = self._paint(took, GREY)
        self.say(f"{seconds}  {title}{self._paint(said and f'  {said}', GREY)}")

    def line(self, part: str, text: str) -> None:
        """A line that a part wrote; shown when it is a warning or everything is wanted."""
        entry = _entry(text)
        if entry is not None:
            text = _readable(entry)
            if not self.verbose and _concerns_operator(entry):
                text = self._unless_told(part, entry, text)
            elif not self.verbose:
                return
        elif not (self._is_noteworthy(part, text) or self.verbose):
            return
        if text:
            self.say(f"{self._paint(f'{part:>9}', COLOURS.get(part))} {text}")

    def _unless_told(self, part: str, entry: Mapping[str, object], text: str) -> str:
        """The text, with how often it was held back; empty when it was told a moment ago."""
        key = (part, _one_line(entry["event"], 0), _one_line(entry.get("exception", ""), -1))
        told, held_back = self._told.get(key, (float("-inf"), 0))
        if time.monotonic() - told < REPEAT_SECONDS:
            self._told[key] = (told, held_back + 1)
            return ""
        self._told[key] = (time.monotonic(), 0)
        if not held_back:
            return text
        return _("{text} (and {count} times more)").format(text=text, count=held_back)

    def _is_noteworthy(self, part: str, text: str) -> bool:
        if TRACEBACK.match(text):
            self._in_traceback.add(part)
            return True
        if part in self._in_traceback:
            # The first line that isn't indented names the error; the traceback ends with it.
            if not text.startswith((" ", "\t")):
                self._in_traceback.discard(part)
            return True
        return LEVEL_IN_TEXT.search(text) is not None

    def _paint(self, text: str, colour: int | None) -> str:
        return f"\033[{colour}m{text}\033[0m" if self.colours and colour is not None else text


# helpers


def _entry(text: str) -> dict[str, object] | None:
    """The fields of a structured log line; None for any other line."""
    if not text.startswith("{"):
        return None
    try:
        entry = json.loads(text)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "event" in entry else None


def _concerns_operator(entry: Mapping[str, object]) -> bool:
    # A page that isn't there or a right that is missing concerns its visitor, who was told.
    answered = entry["event"] == "request_finished" and entry.get("level") == "warning"
    return entry.get("level") in LEVELS and not answered


def _readable(entry: Mapping[str, object]) -> str:
    """The entry in one line; the log file has the rest."""
    fields = [
        f"{name}={_one_line(value, -1)}"
        for name, value in entry.items()
        if name not in LEFT_OUT and value
    ]
    return " ".join([f"[{entry.get('level', 'info')}]", _one_line(entry["event"], 0), *fields])


def _one_line(value: object, index: int) -> str:
    """The first (0) or the last (-1) line: a text begins, and a traceback ends, with its point."""
    lines = str(value).strip().splitlines()
    return lines[index].strip() if lines else ""
