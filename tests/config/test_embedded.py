"""The embedded PostgreSQL, really started, in folders of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from config import embedded
from config.embedded import server
from config.embedded.home import Home, find_home
from config.errors import ConfigurationError
from tests.config.running import clean_environment, python

pytestmark = pytest.mark.embedded

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes users, which only root can")


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """A folder as a fresh checkout has it: outside of pytest's own, which is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="waypost-test-"))
    folder.chmod(0o755)
    yield folder
    home = find_home(folder)
    embedded.stop_if_last(home)
    assert embedded.status(home).pid is None
    shutil.rmtree(folder)


@pytest.fixture
def home(var: Path) -> Home:
    found = find_home(var)
    embedded.ensure_running(look_again=True, home=found)
    return found


def connect(home: Home) -> psycopg.Connection[Any]:
    return psycopg.connect(make_conninfo(**embedded.connection_params(home)), autocommit=True)


def ask(home: Home, question: str = "SELECT 1") -> object:
    with connect(home) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


def pid_of(home: Home) -> int:
    pid = embedded.status(home).pid
    assert pid is not None
    return pid


def test_it_runs_unprivileged_on_a_private_socket(home: Home) -> None:
    assert ask(home, "SHOW listen_addresses") == ""
    assert ask(home, "SELECT datlocprovider FROM pg_database WHERE datname = 'waypost'") == "b"
    assert ask(home, "SELECT upper('é')") == "É"
    assert home.socket_dir.stat().st_mode & 0o777 == 0o700
    assert home.data.stat().st_mode & 0o777 == 0o700
    assert psutil.Process(pid_of(home)).uids().effective != 0
    assert psutil.Process(pid_of(home)).cwd() == str(home.data)


def test_asking_again_starts_nothing_new(home: Home) -> None:
    before = pid_of(home)
    # Time on the processor: a machine that is busy with others must not decide.
    started = time.process_time()
    for _ in range(100):
        embedded.ensure_running(home=home)
    assert time.process_time() - started < 0.5
    assert pid_of(home) == before


def test_it_comes_back_after_its_postmaster_was_killed(home: Home) -> None:
    with connect(home) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer")
    before = pid_of(home)
    os.kill(before, signal.SIGKILL)
    started = time.monotonic()
    embedded.ensure_running(look_again=True, home=home)
    assert time.monotonic() - started < 10
    assert pid_of(home) != before
    assert ask(home, "SELECT answer FROM kept") == 42


def test_a_busy_child_of_a_killed_postmaster_is_no_obstacle(home: Home) -> None:
    busy = connect(home)
    child = busy.info.backend_pid
    # A statement that never looks up: the child doesn't notice that its parent is gone.
    busy.pgconn.send_query(b"DO $$BEGIN LOOP NULL; END LOOP; END$$")
    busy.pgconn.flush()
    os.kill(pid_of(home), signal.SIGKILL)
    embedded.ensure_running(look_again=True, home=home)
    assert ask(home) == 1
    assert not psutil.pid_exists(child)
    busy.close()


def test_a_pid_file_that_names_somebody_else_is_no_obstacle(home: Home) -> None:
    os.kill(pid_of(home), signal.SIGKILL)
    pid_file = home.data / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    embedded.ensure_running(look_again=True, home=home)
    assert pid_of(home) != os.getpid()
    assert ask(home) == 1


def test_the_last_one_to_leave_stops_it(home: Home, var: Path) -> None:
    code = """
import sys
from config import embedded
embedded.ensure_running()
print("up", flush=True)
sys.stdin.read()
"""
    other = subprocess.Popen(
        [sys.executable, "-c", code],
        env=clean_environment(WAYPOST_VAR=str(var)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "up\n"
    assert embedded.stop_if_last(home) is False
    assert embedded.status(home).running
    # Killed, it can't say goodbye; the kernel gives its lock back.
    other.kill()
    other.wait()
    other.stdout.close()
    assert embedded.stop_if_last(home) is True
    assert embedded.status(home).pid is None


def test_it_stops_when_its_only_user_ends(var: Path) -> None:
    home = find_home(var)
    embedded.stop_if_last(home)
    done = python(
        "from config import embedded; embedded.ensure_running(); print(embedded.status().running)",
        WAYPOST_VAR=str(var),
    )
    assert done.stdout == "True\n", done.stderr
    assert embedded.status(home).pid is None


def test_processes_that_begin_together_share_one_server() -> None:
    folder = Path(tempfile.mkdtemp(prefix="waypost-test-"))
    folder.chmod(0o755)
    code = """
import time
from config import embedded
embedded.ensure_running()
print(embedded.status().pid)
time.sleep(1.5)
"""
    try:
        with ThreadPoolExecutor(3) as pool:
            runs = [pool.submit(python, code, WAYPOST_VAR=str(folder)) for _ in range(3)]
            answers = [run.result() for run in runs]
        assert {run.returncode for run in answers} == {0}, [run.stderr for run in answers]
        assert len({run.stdout for run in answers}) == 1
        assert embedded.status(find_home(folder)).pid is None
    finally:
        shutil.rmtree(folder)


@needs_root
def test_no_write_permission_is_a_sentence() -> None:
    folder = Path(tempfile.mkdtemp(prefix="waypost-test-"))
    folder.chmod(0o755)
    # Imports come first: the interpreter may lie where only root can go.
    code = """
import os, pwd
from config import embedded
from config.errors import ConfigurationError
os.setgroups([])
os.setgid(pwd.getpwnam("nobody").pw_gid)
os.setuid(pwd.getpwnam("nobody").pw_uid)
try:
    embedded.ensure_running()
except ConfigurationError as error:
    print(error)
"""
    try:
        done = python(code, WAYPOST_VAR=str(folder))
        assert str(folder) in done.stdout, done.stderr
        assert "WAYPOST_VAR" in done.stdout
        assert "DATABASE_URL" in done.stdout
    finally:
        shutil.rmtree(folder)


@needs_root
def test_data_of_another_user_are_left_alone(home: Home, var: Path) -> None:
    code = """
import os
from config import embedded
from config.errors import ConfigurationError
os.setgroups([])
os.setgid(12345)
os.setuid(12345)
try:
    embedded.ensure_running()
except ConfigurationError as error:
    print(error)
"""
    done = python(code, WAYPOST_VAR=str(var))
    assert "belongs to" in done.stdout, done.stderr
    assert "the user with the id 12345" in done.stdout


@needs_root
def test_a_folder_that_others_cannot_enter_is_left_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Path(tempfile.mkdtemp(prefix="waypost-test-"))
    elsewhere = Path(tempfile.mkdtemp(prefix="waypost-test-"))
    elsewhere.chmod(0o711)
    monkeypatch.setattr("config.embedded.home._ELSEWHERE", elsewhere)
    home = find_home(closed / "checkout" / "var")
    try:
        assert home.base.parent == elsewhere
        embedded.ensure_running(home=home)
        assert ask(home) == 1
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        embedded.stop_if_last(home)
        shutil.rmtree(closed)
        shutil.rmtree(elsewhere)


@needs_root
def test_programs_in_a_closed_folder_are_copied(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = find_home(var)
    embedded.stop_if_last(home)
    monkeypatch.setattr("config.embedded.binaries._usable", lambda program, account: False)
    embedded.ensure_running(home=home)
    assert ask(home) == 1
    assert str(home.base) in psutil.Process(pid_of(home)).exe()


def test_a_long_path_gets_a_short_socket(var: Path) -> None:
    home = find_home(var / ("long" * 30))
    assert len(str(home.socket_dir / ".s.PGSQL.5432")) < 104
    assert home.socket_dir.parent == Path("/tmp")


def test_data_of_another_version_are_refused(home: Home) -> None:
    embedded.stop_if_last(home)
    marker = home.data / "PG_VERSION"
    held = marker.read_text()
    marker.write_text("12\n")
    try:
        with pytest.raises(ConfigurationError, match="made by PostgreSQL 12"):
            server.ensure_running(home=home)
    finally:
        marker.write_text(held)
