"""The product as `manage.py up` runs it, with a folder, a database and a port of its own."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psutil
from django.db import connection

from config.places import BASE_DIR
from config.scratch import scratch_database
from tests.config.running import clean_environment


@dataclass
class Up:
    """A running `manage.py up` with a folder and a database of its own."""

    process: subprocess.Popen[str]
    var: Path
    port: int
    lines: list[str] = field(default_factory=list)

    def read_until(self, pattern: str) -> str:
        for line in self.process.stdout or ():
            self.lines.append(line)
            if re.search(pattern, line):
                return line
        raise AssertionError(f"{pattern} never came, but: {''.join(self.lines)}")

    def part(self, words: str) -> psutil.Process | None:
        for child in psutil.Process(self.process.pid).children():
            if words in " ".join(child.cmdline()):
                return child
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(var: Path, database: str = "") -> dict[str, str]:
    """Nothing of the tests' own settings, so that the product runs as it does for a newcomer."""
    given = {"DATABASE_URL": database} if database else {}
    return clean_environment(WAYPOST_VAR=str(var), **given)


def up(var: Path, port: int, *options: str, database: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port), *options],
        cwd=BASE_DIR,
        env=environment(var, database),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder for `WAYPOST_VAR`, removed afterwards."""
    # The embedded database runs as another user, which can't look into pytest's own folders.
    folder = Path(tempfile.mkdtemp(prefix="waypost-up-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def migrated_database() -> Iterator[str]:
    """The DATABASE_URL of an empty Waypost on the server of the tests, for a product to use."""
    with scratch_database(f"product_{os.getpid()}") as scratch:
        wrapper: Any = connection
        held = wrapper.get_connection_params()
        place = urlencode({"host": held.get("host", ""), "port": held.get("port", "")})
        user, password = (quote(held.get(key) or "", safe="") for key in ("user", "password"))
        yield f"postgresql://{user}:{password}@/{scratch.database}?{place}"


@contextmanager
def product(var: Path, database: str = "") -> Iterator[Up]:
    """The product, ready, without a demo, with a PostgreSQL of its own if none is given; stopped
    afterwards."""
    port = free_port()
    found = Up(up(var, port, database=database), var, port)
    try:
        found.read_until("Waypost is ready")
        yield found
    finally:
        if found.process.poll() is None:
            found.process.terminate()
        found.process.communicate(timeout=60)
