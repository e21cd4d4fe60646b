"""Runs a handful of processes as one group.

The loop, until it is told to stop:

1. pass on what the parts wrote, to their log files and to the console;
2. see who died, end what it left of its process group, and set when it starts again;
3. start what is due;
4. a part that keeps dying at once ends everything, with a sentence.

To stop: SIGTERM to each part, after some seconds SIGKILL to its whole process group.
"""

import logging
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType
from typing import IO

from config.terminal import gettext as _
from config.up.console import RED, Console
from config.up.leash import Leash

QUICK_DEATH_SECONDS = 15.0
QUICK_DEATHS = 5
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 20.0
STOP_SECONDS = 6.0
TURN_SECONDS = 0.25
LOG_BYTES = 5_000_000
LOG_FILES = 3
KEPT_LINES = 12


@dataclass(frozen=True)
class Part:
    """One program of the group."""

    name: str
    command: Sequence[str]


@dataclass
class _State:
    part: Part
    log: logging.Handler
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    quick_deaths: int = 0
    unfinished: bytes = b""
    last_lines: list[str] = field(default_factory=list)


class Supervisor:
    """See the module's text. `run` returns the exit code of the whole."""

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        console: Console,
        logs: Path,
        folder: Path,
        environment: Mapping[str, str],
    ) -> None:
        self.console = console
        self.logs = logs
        self.folder = folder
        self.environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self.states = [_State(part, _log_file(logs / f"{part.name}.log")) for part in parts]
        self._selector = selectors.DefaultSelector()
        self._leash = Leash()
        self._signals = 0
        self._failed = False

    def run(self, each_turn: Callable[[], None] = lambda: None) -> int:
        """Run until a signal or until a part keeps dying; `each_turn` is called in between."""
        with self._catching_signals():
            try:
                while self._goes_on():
                    self._leash.check()
                    self._start_due()
                    self._pass_on(TURN_SECONDS)
                    self._bury()
                    if self._goes_on():
                        each_turn()
            finally:
                self._stop()
        return 1 if self._failed else 0

    def fail(self, sentence: str) -> None:
        """End everything, with this sentence and exit code 1."""
        self.console.say(sentence, RED)
        self._failed = True

    def pids(self) -> dict[str, int]:
        """Process ids of the parts that run."""
        return {s.part.name: s.process.pid for s in self.states if s.process is not None}

    def _goes_on(self) -> bool:
        return not self._signals and not self._failed

    # starting

    def _start_due(self) -> None:
        for state in self.states:
            if state.process is None and time.monotonic() >= state.due:
                self._start(state)

    def _start(self, state: _State) -> None:
        state.process = subprocess.Popen(
            state.part.command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal must reach us alone: we stop the parts in our own way.
            start_new_session=True,
        )
        state.started, state.last_lines = time.monotonic(), []
        self._leash.add(state.process.pid)
        assert state.process.stdout is not None  # noqa: S101  # for the type checker
        os.set_blocking(state.process.stdout.fileno(), False)
        self._selector.register(state.process.stdout, selectors.EVENT_READ, state)

    # output

    def _pass_on(self, timeout: float) -> None:
        for key, _events in self._selector.select(timeout):
            if key.data is None:
                with suppress(BlockingIOError):
                    os.read(key.fd, 4096)
            else:
                self._read(key.data, key.data.process.stdout)

    def _read(self, state: _State, output: IO[bytes]) -> bool:
        """Pass on what is there now; returns whether there may be more."""
        if output.closed:
            return False
        try:
            chunk = os.read(output.fileno(), 65536)
        except BlockingIOError:
            return False
        if not chunk:
            self._close_output(state)
            return False
        *lines, state.unfinished = (state.unfinished + chunk).split(b"\n")
        for line in lines:
            self._write(state, line.decode("utf-8", "replace").rstrip("\r"))
        return True

    def _write(self, state: _State, text: str) -> None:
        state.last_lines = [*state.last_lines[1 - KEPT_LINES :], text]
        state.log.emit(logging.makeLogRecord({"msg": text}))
        self.console.line(state.part.name, text)

    def _close_output(self, state: _State) -> None:
        output = state.process.stdout if state.process is not None else None
        if output is None or output.closed:
            return
        if state.unfinished:
            self._write(state, state.unfinished.decode("utf-8", "replace"))
            state.unfinished = b""
        self._selector.unregister(output)
        output.close()

    # dying

    def _bury(self) -> None:
        for state in self.states:
            if state.process is not None and state.process.poll() is not None:
                self._after_death(state, state.process)

    def _after_death(self, state: _State, process: subprocess.Popen[bytes]) -> None:
        # What is left of the group would hold the port or go on working without its parent.
        _signal_group(process.pid, signal.SIGKILL)
        self._leash.remove(process.pid)
        while process.stdout is not None and self._read(state, process.stdout):
            continue
        self._close_output(state)
        state.process = None
        if not self._goes_on():
            return
        lived = time.monotonic() - state.started
        state.quick_deaths = state.quick_deaths + 1 if lived < QUICK_DEATH_SECONDS else 1
        name = state.part.name
        if state.quick_deaths >= QUICK_DEATHS and lived < QUICK_DEATH_SECONDS:
            for line in state.last_lines:
                self.console.say(f"    {line}")
            self.fail(
                _(
                    "{name} ended {count} times right after its start, so Waypost stops. The lines "
                    "above are its last; all are in {file}."
                ).format(name=name, count=QUICK_DEATHS, file=self.logs / f"{name}.log")
            )
            return
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (state.quick_deaths - 1), LONGEST_PAUSE_SECONDS)
        state.due = time.monotonic() + pause
        self.console.say(
            _("{name} ended ({reason}) and starts again in {seconds} s.").format(
                name=name, reason=_ending(process.returncode), seconds=f"{pause:g}"
            )
        )

    # stopping

    def _stop(self) -> None:
        # Before the word that invites another one: it may come while we are still saying it.
        asked = self._signals
        running = [s for s in self.states if s.process is not None]
        if running and asked:
            stopping = _("Stopping… (Ctrl-C again ends everything at once)")
            self.console.say(f"\n{stopping}")
        for state in running:
            with suppress(ProcessLookupError):
                if state.process is not None:
                    state.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self.pids() and time.monotonic() < deadline and self._signals <= max(asked, 1):
            self._pass_on(0.1)
            self._bury()
        for state in self.states:
            if state.process is not None:
                _signal_group(state.process.pid, signal.SIGKILL)
                state.process.wait()
        self._bury()
        for state in self.states:
            state.log.close()
        self._leash.close()

    # signals

    @contextmanager
    def _catching_signals(self) -> Iterator[None]:
        def count(number: int, frame: FrameType | None) -> None:
            self._signals += 1

        # The wake-up pipe ends the waiting in select at once, for our signals and for SIGCHLD.
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        self._selector.register(reading, selectors.EVENT_READ, None)
        previous_wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        handlers = {
            number: signal.signal(number, count)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_args: None)
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(previous_wakeup)
            self._selector.unregister(reading)
            os.close(reading)
            os.close(writing)


# helpers


def _log_file(path: Path) -> logging.Handler:
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, delay=True)
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _ending(code: int) -> str:
    if code < 0:
        return _("by signal {name}").format(name=signal.Signals(-code).name)
    return _("with exit code {code}").format(code=code)
