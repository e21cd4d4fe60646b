"""The group of processes: restarted, ended together, and what reaches the console."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.places import BASE_DIR
from config.up.console import Console

DRIVER = """\
import os, sys
from pathlib import Path
from config.up import supervisor
from config.up.console import Console
from config.up.leash import Leash
supervisor.FIRST_PAUSE_SECONDS = 0.05
supervisor.STOP_SECONDS = float(sys.argv[2])
parts = [
    supervisor.Part(f"part{index}", [sys.executable, "-c", program])
    for index, program in enumerate(sys.argv[3:])
]
folder = Path(sys.argv[1])
group = supervisor.Supervisor(
    parts, console=Console(), logs=folder, folder=folder, environment=os.environ
)
print("supervising", flush=True)
sys.exit(group.run())
"""
SLEEPER = "import time; print('[warning] awake', flush=True); time.sleep(600)"
# Ends with its parent only if the whole process group is ended. Both write at once, so each writes
# its line in one go: print() would send the end of the line on its own.
FAMILY = r"import os, time; os.fork(); os.write(1, b'[warning] family\n'); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); "
    "print('[warning] stubborn', flush=True); time.sleep(600)"
)
BROKEN = "raise SystemExit('no luck')"

PATIENCE_SECONDS = 60

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []
    watches: list[threading.Timer] = []

    def run(*programs: str, grace: float = 5.0) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(tmp_path), str(grace), *programs],
            cwd=BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        # A line that never comes fails the test instead of holding up the whole suite.
        watch = threading.Timer(PATIENCE_SECONDS, process.kill)
        watch.start()
        watches.append(watch)
        return process

    yield run
    for watch in watches:
        watch.cancel()
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], words: str) -> list[str]:
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError(f"{words!r} never came, but: {''.join(lines)}")


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def all_gone(processes: list[psutil.Process], seconds: float) -> bool:
    return not psutil.wait_procs(processes, timeout=seconds)[1]


def part(process: subprocess.Popen[str], program: str) -> psutil.Process:
    (found,) = [
        child for child in psutil.Process(process.pid).children() if child.cmdline()[-1] == program
    ]
    return found


def test_a_part_that_dies_starts_again_and_leaves_nothing_behind(start: Start) -> None:
    group = start(FAMILY)
    read_until(group, "family")
    read_until(group, "family")
    before = part(group, FAMILY)
    children = before.children()
    assert children
    before.kill()
    read_until(group, "part0 ended (by signal SIGKILL) and starts again")
    read_until(group, "family")
    assert all_gone(children, 5)
    assert part(group, FAMILY).pid != before.pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(start: Start, number: signal.Signals) -> None:
    group = start(SLEEPER, SLEEPER)
    read_until(group, "awake")
    read_until(group, "awake")
    everyone = family(group)
    group.send_signal(number)
    assert group.wait(5) == 0
    assert all_gone(everyone, 1)


def test_what_does_not_listen_is_killed_after_a_while(start: Start) -> None:
    group = start(STUBBORN, grace=0.5)
    read_until(group, "stubborn")
    everyone = family(group)
    group.send_signal(signal.SIGTERM)
    assert group.wait(5) == 0
    assert all_gone(everyone, 1)


def test_a_second_signal_ends_everything_at_once(start: Start) -> None:
    group = start(STUBBORN, grace=60)
    read_until(group, "stubborn")
    everyone = family(group)
    group.send_signal(signal.SIGINT)
    read_until(group, "Stopping")
    group.send_signal(signal.SIGINT)
    assert group.wait(5) == 0
    assert all_gone(everyone, 1)


def test_the_parts_end_when_the_supervisor_is_killed(start: Start) -> None:
    group = start(SLEEPER, FAMILY)
    read_until(group, "awake")
    everyone = family(group)
    group.kill()
    assert all_gone(everyone, 8)


def test_a_lost_leash_is_replaced(start: Start) -> None:
    group = start(SLEEPER)
    read_until(group, "awake")
    (leash,) = [p for p in family(group) if "leash.py" in " ".join(p.cmdline())]
    leash.kill()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        renewed = [p for p in family(group) if p.pid != leash.pid and "-S" in p.cmdline()]
        if renewed:
            break
        time.sleep(0.05)
    everyone = family(group)
    group.kill()
    assert all_gone(everyone, 8)


def test_a_part_that_keeps_dying_ends_everything_with_a_sentence(
    start: Start, tmp_path: Path
) -> None:
    group = start(BROKEN, SLEEPER)
    output, _ = group.communicate(timeout=20)
    assert group.returncode == 1
    assert "part0 ended 5 times right after its start, so Waypost stops." in output
    assert "    no luck" in output
    assert (tmp_path / "part0.log").read_text().count("no luck") == 5


def test_the_log_file_has_everything_and_the_console_only_warnings(
    start: Start, tmp_path: Path
) -> None:
    group = start("print('[info] quiet'); " + SLEEPER)
    shown = read_until(group, "awake")
    assert not any("quiet" in line for line in shown)
    assert (tmp_path / "part0.log").read_text() == "[info] quiet\n[warning] awake\n"


def shown(*lines: str, verbose: bool = False) -> str:
    out = io.StringIO()
    console = Console(out, verbose=verbose)
    for line in lines:
        console.line("web", line)
    return out.getvalue()


def test_structured_warnings_are_shown_in_words() -> None:
    line = (
        '{"event": "mail refused", "level": "error", "code": 550, "user_id": null,'
        ' "timestamp": "2026-01-01T00:00:00Z", "logger": "outbox"}'
    )
    assert shown(line) == "      web [error] mail refused code=550\n"


def test_a_visitors_mistake_does_not_reach_the_console() -> None:
    entry = '{{"event": "request_finished", "level": "{}", "code": {}}}'
    assert shown(entry.format("warning", 404), entry.format("info", 200)) == ""
    assert "code=500" in shown(entry.format("error", 500))


def test_a_long_entry_is_shown_in_one_line() -> None:
    text = shown(
        '{"event": "no such task\\nmany words", "level": "error",'
        ' "exception": "Traceback:\\n  File x\\nKeyError: tick"}'
    )
    assert text == "      web [error] no such task exception=KeyError: tick\n"


def test_a_warning_that_repeats_is_shown_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = 0.0
    monkeypatch.setattr("config.up.console.time.monotonic", lambda: passed)
    out = io.StringIO()
    console = Console(out)
    for second in range(62):
        passed = float(second)
        console.line("web", f'{{"event": "away", "level": "warning", "timestamp": "{second}"}}')
    console.line("engine", '{"event": "away", "level": "warning"}')
    assert out.getvalue().splitlines() == [
        "      web [warning] away",
        "      web [warning] away (and 59 times more)",
        "   engine [warning] away",
    ]


def test_a_traceback_is_shown_whole_and_ends_with_its_error() -> None:
    text = shown("Traceback (most recent call last):", "  File x", "ValueError: no", "fine again")
    assert text.count("\n") == 3
    assert "ValueError: no" in text


def test_verbose_shows_every_line() -> None:
    assert "plain" in shown("plain", verbose=True)
    assert shown("plain") == ""


def test_steps_are_told_with_their_time_and_findings() -> None:
    out = io.StringIO()
    console = Console(out)
    with console.step("Database") as note:
        note("PostgreSQL 18")
    with pytest.raises(KeyError), console.step("Tables"):
        raise KeyError
    assert out.getvalue() == "   0.0 s  Database  PostgreSQL 18\n  failed  Tables\n"


def test_a_closed_terminal_does_not_stop_the_supervisor() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    console = Console(os.fdopen(writing, "w"))
    console.say("nobody reads this")
    console.say("nor this")
