"""A mail server on this machine that offers PIPELINING and says to each command what it is told."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

HANG: Final = "hang"  # says nothing any more, and keeps the line
HANG_UP: Final = "hang up"
HALF_CLOSE: Final = "half-close"  # says nothing any more, and goes on listening
END: Final = "."  # the command in whose place the last dot stands
PATIENCE: Final = 20
USUAL: Final = {
    "EHLO": "250-relay\r\n250 PIPELINING", "DATA": "354 Go on", "QUIT": "221 Bye",
    "STARTTLS": "220 Go on",
}  # fmt: skip


@dataclass
class Relay:
    """`answer` is asked for each command; "" is the usual answer. `heard` keeps the commands,
    `mails` what was taken: (recipients, text)."""

    port: int = 0
    answer: Callable[[str], str] = lambda command: ""
    heard: list[str] = field(default_factory=list)
    mails: list[tuple[list[str], bytes]] = field(default_factory=list)
    lines: int = 0
    starttls: ssl.SSLContext | None = None
    is_mad: bool = False  # takes recipients of a mail that it has refused
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def verbs(self) -> list[str]:
        return [command.partition(" ")[0].upper() for command in self.heard]

    def take(self, line: socket.socket, *, hello: bool = True) -> None:
        """Serve one connection."""
        self.lines += hello
        with contextlib.suppress(OSError), line, line.makefile("rb") as said:
            if hello and not self._say(line, "220 relay"):
                return
            to: list[str] = []
            is_begun = False
            while command := said.readline().decode().rstrip("\r\n"):
                verb = command.partition(" ")[0].upper()
                text = b""
                self.heard.append(command)
                told = self.answer(command) or USUAL.get(verb, "250 OK")
                if verb == "RCPT" and not is_begun and not self.is_mad:
                    told = "503 From whom?"
                if not self._say(line, told):
                    return
                if verb == "STARTTLS" and self.starttls:
                    return self.take(self.starttls.wrap_socket(line, server_side=True), hello=False)
                if verb in ("MAIL", "RSET"):
                    to, is_begun = [], verb == "MAIL" and told.startswith("250")
                elif verb == "RCPT" and told.startswith("25"):
                    to.append(command.partition("<")[2].rstrip(">"))
                elif verb == "DATA" and told.startswith("354"):
                    while (part := said.readline()) not in (b".\r\n", b""):
                        text += part.removeprefix(b".")
                    if not part:
                        return  # the line ended before the text: nothing was said
                    self.heard.append(END)
                    told = self.answer(END) or ("250 Taken" if to else "554 Nobody to send it to")
                    if told.startswith("250"):
                        self.mails.append((to, text))
                    if not self._say(line, told):
                        return
                    to, is_begun = [], False
                elif verb == "QUIT":
                    return

    # helpers

    def _say(self, line: socket.socket, told: str) -> bool:
        if told == HANG:
            self.over.wait(PATIENCE)
        if told == HALF_CLOSE:
            line.shutdown(socket.SHUT_WR)
            self.over.wait(PATIENCE)
        if told in (HANG, HANG_UP, HALF_CLOSE):
            return False
        line.sendall(f"{told}\r\n".encode())
        return True


@contextlib.contextmanager
def relay(context: ssl.SSLContext | None = None) -> Iterator[Relay]:
    """A relay on a free port, over TLS from the first byte with *context*."""
    made = Relay()
    listener = socket.create_server(("127.0.0.1", 0))
    made.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []

    def serve() -> None:
        while not made.over.is_set():
            with contextlib.suppress(OSError):
                line, _address = listener.accept()
                threads.append(threading.Thread(target=take, args=(line,), daemon=True))
                threads[-1].start()

    def take(line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            made.take(context.wrap_socket(line, server_side=True) if context else line)

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    try:
        yield made
    finally:
        made.over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(listener.getsockname(), timeout=1).close()
        server.join()
        listener.close()
        for thread in threads:
            thread.join()
