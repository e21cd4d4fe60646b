"""Start, share and stop the embedded PostgreSQL."""

import atexit
import fcntl
import os
import shlex
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from psycopg import pq, sql

from config.embedded import binaries, processes, tuning
from config.embedded.home import Home, find_home, prepare
from config.errors import ConfigurationError
from config.places import make_folder
from config.terminal import gettext as _

DATABASE: Final = "waypost"
_USER: Final = "postgres"
_START_SECONDS: Final = 90.0
_LOG_BYTES: Final = 10_000_000


@dataclass(frozen=True)
class PostgresStatus:
    """What is known about the embedded server; `pid` is that of the postmaster, if it runs."""

    running: bool
    pid: int | None
    data: Path
    socket_dir: Path
    log: Path


class _Held:
    """What this process holds: the shared lock, by data folder, and who found the server alive."""

    def __init__(self) -> None:
        self.guard = threading.RLock()
        self.locks: dict[Path, int] = {}
        self.alive: set[Path] = set()


_held = _Held()


def connection_params(home: Home | None = None) -> dict[str, str]:
    """Return the parameters of a connection (host, port, user, dbname); starts nothing."""
    home = home or find_home()
    return {"host": str(home.socket_dir), "port": "5432", "user": _USER, "dbname": DATABASE}


def ensure_running(*, look_again: bool = False, home: Home | None = None) -> dict[str, str]:
    """Start the server if it isn't running and return the parameters of a connection.

    After the first call of a process this costs nothing; `look_again` makes it look at the server
    once more, for a caller whose connection failed. Safe between threads and processes. Raises
    `ConfigurationError` when the server can't be started.
    """
    home = home or find_home()
    with _held.guard:
        if look_again or home.data not in _held.alive:
            _join(home)
            if not (home.data.exists() and _ping(home) is pq.Ping.OK and _complete(home)):
                with _locked(home.start_lock):
                    _bring_up(home)
            _held.alive.add(home.data)
    return connection_params(home)


def stop_if_last(home: Home | None = None) -> bool:
    """Give the server up, and stop it when no other process uses it.

    Returns whether it was stopped. The caller must have closed its connections.
    """
    home = home or find_home()
    with _held.guard:
        _held.alive.discard(home.data)
        held = _held.locks.pop(home.data, None)
        if held is not None:
            # Closing, not unlocking: a forked child shares the lock and may still need it.
            os.close(held)
        if not home.users_lock.exists() or not home.data.exists():
            return False
        everyone = os.open(home.users_lock, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(everyone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(everyone)
            return False
        try:
            # Whoever wants the server now waits for its shared lock, so none can be started here.
            return _stop(home)
        finally:
            os.close(everyone)


def status(home: Home | None = None) -> PostgresStatus:
    """Return whether the server runs and where it keeps its things; starts nothing."""
    home = home or find_home()
    postmaster = processes.postmaster(home) if home.data.exists() else None
    return PostgresStatus(
        running=home.data.exists() and _ping(home) is pq.Ping.OK,
        pid=postmaster.pid if postmaster else None,
        data=home.data,
        socket_dir=home.socket_dir,
        log=home.log,
    )


def program(name: str) -> str:
    """Return the path of a program of the server's release, such as psql or pg_dump."""
    return str(binaries.bin_folder(find_home()) / name)


def _join(home: Home) -> None:
    """Hold the shared lock that keeps others from stopping the server under us."""
    if home.data in _held.locks:
        return
    if not _held.locks:
        atexit.register(_leave)
    make_folder(home.users_lock.parent)
    held = _open_lock(home.users_lock)
    fcntl.flock(held, fcntl.LOCK_SH)
    _held.locks[home.data] = held
    _homes[home.data] = home


_homes: dict[Path, Home] = {}


def _leave() -> None:
    for data in list(_held.locks):
        stop_if_last(_homes[data])


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(
            _(
                "The lock file {file} of the embedded database can't be opened: {reason}. Give "
                "this user the right to write there, set WAYPOST_VAR to a folder it owns, or set "
                "DATABASE_URL."
            ).format(file=path, reason=error.strerror)
        ) from None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    held = _open_lock(path)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _conninfo(home: Home, database: str) -> str:
    return psycopg.conninfo.make_conninfo(
        **{**connection_params(home), "dbname": database, "connect_timeout": "10"}
    )


def _ping(home: Home) -> pq.Ping:
    return pq.Ping(pq.PGconn.ping(_conninfo(home, "postgres").encode()))


def _complete(home: Home) -> bool:
    return (home.base / "complete").exists()


def _bring_up(home: Home) -> None:
    """Make the server answer; the caller holds the start lock."""
    prepare(home)
    _check_version(home)
    if not home.data.exists():
        _create_cluster(home)
    deadline = time.monotonic() + _START_SECONDS
    failure = ""
    while time.monotonic() < deadline:
        answer = _ping(home)
        if answer is pq.Ping.OK:
            _create_database(home)
            return
        if answer is pq.Ping.REJECT:
            time.sleep(0.05)
            continue
        if processes.postmaster(home) is not None and not _comes_back(home):
            _stop(home)
        processes.clear_leftovers(home)
        failure = _start(home)
        if failure and not _passes_by_itself(failure):
            break
        if failure:
            time.sleep(0.3)
    raise ConfigurationError(
        _(
            "The embedded PostgreSQL in {folder} does not start. It says: {said} The whole log is "
            "in {file}. Free what it lacks, or set DATABASE_URL to a PostgreSQL of your own."
        ).format(folder=home.base, said=failure or _("nothing"), file=home.log)
    )


def _comes_back(home: Home) -> bool:
    """Give a postmaster that is alive but silent a moment: it may be between two states."""
    for _turn in range(60):
        if _ping(home) is not pq.Ping.NO_RESPONSE:
            return True
        if processes.postmaster(home) is None:
            return False
        time.sleep(0.05)
    return False


def _passes_by_itself(failure: str) -> bool:
    return "pre-existing shared memory block" in failure or "lock file" in failure


def _start(home: Home) -> str:
    """Start the server; returns what went wrong, or an empty text."""
    _turn_log(home)
    size_before = home.log.stat().st_size if home.log.exists() else 0
    options = " ".join(
        f"-c {shlex.quote(f'{name}={value}')}"
        for name, value in tuning.server_settings(home.socket_dir).items()
    )
    done = binaries.run(
        home,
        "pg_ctl",
        "-D",
        str(home.data),
        "-w",
        "-t",
        "60",
        "-s",
        "-l",
        str(home.log),
        "-o",
        options,
        "start",
        timeout=75,
    )
    if done.returncode == 0:
        return ""
    try:
        with home.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(size_before)
            lines = [line.strip() for line in log if "FATAL" in line or "HINT" in line]
    except OSError:
        lines = []
    said = " ".join(lines) or " ".join(done.stdout.split())
    return said[-600:] or f"pg_ctl ended with code {done.returncode}."


def _stop(home: Home) -> bool:
    if processes.postmaster(home) is None:
        return False
    for mode in ("fast", "immediate"):
        done = binaries.run(
            home,
            "pg_ctl",
            "-D",
            str(home.data),
            "-w",
            "-t",
            "60",
            "-s",
            "-m",
            mode,
            "stop",
            timeout=75,
        )
        if done.returncode == 0:
            return True
    return False


def _turn_log(home: Home) -> None:
    if home.log.exists() and home.log.stat().st_size > _LOG_BYTES:
        home.log.replace(home.log.with_suffix(".log.1"))


def _check_version(home: Home) -> None:
    marker = home.data / "PG_VERSION"
    if not marker.exists():
        return
    made_by = marker.read_text(encoding="ascii").strip()
    if made_by != str(binaries.major_version()):
        raise ConfigurationError(
            _(
                "The embedded database in {folder} was made by PostgreSQL {made_by}, but version "
                "{version} is installed. Install the release of Waypost that made it, dump the "
                "data with pg_dump, and load them after removing {base}."
            ).format(
                folder=home.data, made_by=made_by, version=binaries.major_version(), base=home.base
            )
        )


def _create_cluster(home: Home) -> None:
    half = home.base / "data.new"
    shutil.rmtree(half, ignore_errors=True)
    done = binaries.run(
        home,
        "initdb",
        "--pgdata",
        str(half),
        "--username",
        _USER,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        timeout=300,
    )
    if done.returncode != 0:
        shutil.rmtree(half, ignore_errors=True)
        said = " ".join(line for line in done.stdout.splitlines() if "error" in line.lower())
        raise ConfigurationError(
            _(
                "The embedded database can't be created in {folder}: {said} Free what it lacks, "
                "set WAYPOST_VAR to another folder, or set DATABASE_URL."
            ).format(folder=home.base, said=(said or " ".join(done.stdout.split()))[-600:])
        )
    half.rename(home.data)


def _create_database(home: Home) -> None:
    if _complete(home):
        return
    with psycopg.connect(_conninfo(home, "postgres"), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    (home.base / "complete").touch()
