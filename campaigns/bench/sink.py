"""A mail server in a process of its own that takes everything and writes it into one file."""

from __future__ import annotations

import multiprocessing
import os
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FORK = multiprocessing.get_context("fork")
END = b"\x00.\r\n"  # no mail has it: zero bytes are not sent


class _Line(socketserver.StreamRequestHandler):
    """One connection: the few commands that a client says."""

    disable_nagle_algorithm = True
    file: int

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while command := self.rfile.readline():
            verb = command[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line)
                # One write at the end: other connections write between two mails, never within.
                os.write(self.file, b"".join([*lines, END]))
                self.wfile.write(b"250 ok\r\n")
            elif verb == b"EHLO":
                # As Postfix, Exim and the relays of the usual providers do.
                self.wfile.write(b"250-sink\r\n250 PIPELINING\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@contextmanager
def sink(file: Path) -> Iterator[int]:
    """A server on a free port of this machine while the block runs; yields the port."""
    told: Any = _FORK.Queue()
    process = _FORK.Process(target=_serve, args=(file, told), daemon=True)
    process.start()
    try:
        yield told.get(timeout=10)
    finally:
        process.terminate()
        process.join()


def mails_of(file: Path) -> list[bytes]:
    """The mails that a sink has written, as they came over the line."""
    return file.read_bytes().split(END)[:-1]


# helpers


def _serve(file: Path, told: Any) -> None:
    out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        handler = type("Line", (_Line,), {"file": out})
        # A process for each line, as mail servers have.
        with socketserver.ForkingTCPServer(("127.0.0.1", 0), handler) as server:
            told.put(server.server_address[1])
            server.serve_forever()
    finally:
        os.close(out)
