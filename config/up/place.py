"""Whether this machine lets us start: one `up` per folder, a free port, a folder to write in."""

import fcntl
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from config.errors import ConfigurationError
from config.places import make_folder
from config.terminal import gettext as _


@contextmanager
def only_one(var: Path, url: str) -> Iterator[None]:
    """Hold the folder for this `up`; raises ConfigurationError when another one holds it."""
    path = make_folder(var) / "up.lock"
    try:
        handle = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            _(
                "{file} can't be written: {reason}. Give this user the right to write into "
                "{folder}, or set WAYPOST_VAR to a folder it owns."
            ).format(file=path, reason=error.strerror, folder=var)
        ) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(_already_running(handle)) from None
        handle.truncate(0)
        json.dump({"pid": os.getpid(), "url": url}, handle)
        handle.flush()
        yield
        handle.truncate(0)


def check_port(host: str, port: int) -> None:
    """Raise ConfigurationError when nothing can listen there."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        raise ConfigurationError(
            _(
                "--host is {host!r}, which is no address of this machine. Expected for example "
                "127.0.0.1, or 0.0.0.0 for all of them."
            ).format(host=host)
        ) from None
    except PermissionError:
        raise ConfigurationError(
            _(
                "This user may not listen on port {port}. Choose one above 1023, for example "
                "--port 8000."
            ).format(port=port)
        ) from None
    except OSError as error:
        owner = _listener(port)
        reason = _("{program} listens there").format(program=owner) if owner else error.strerror
        raise ConfigurationError(
            _(
                "Port {port} of {host} can't be used: {reason}. End that program or choose "
                "another port: manage.py up --port {other}"
            ).format(port=port, host=host, reason=reason or error, other=port + 1)
        ) from None


# helpers


def _already_running(handle: IO[str]) -> str:
    handle.seek(0)
    try:
        other = json.loads(handle.read())
        told = _("Waypost already runs from this folder (process {pid}, {url}).").format(
            pid=other["pid"], url=other["url"]
        )
    except (ValueError, KeyError, TypeError):
        told = _("Waypost already runs from this folder.")
    advice = _(
        "Use that one, or end it with Ctrl-C in its terminal first. For a second one, set "
        "WAYPOST_VAR to another folder and choose a --port."
    )
    return f"{told} {advice}"


def _listener(port: int) -> str:
    """The program that listens on the port, as "name (process 12)", where Linux tells."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(fields[9])
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        with suppress(OSError):
            for link in (process / "fd").iterdir():
                match = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(link))
                if match and match[1] in inodes:
                    name = (process / "comm").read_text().strip()
                    return _("{name} (process {pid})").format(name=name, pid=process.name)
    return ""
