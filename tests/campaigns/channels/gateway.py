"""A provider on this machine that does as it is told: answers, hangs, hangs up, breaks off."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HANG = "hang"  # takes everything, says nothing
HANG_UP = "hang up"  # takes everything, closes without a word
HALF = "half"  # the head and half of the body, then closes


@dataclass
class Heard:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answering:
    """What to say; `doing` instead of saying it."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    doing: str = ""


@dataclass
class Gateway:
    """`answer` is asked for each request; `heard` keeps them all."""

    url: str
    answer: Callable[[Heard], Answering] = lambda heard: Answering()
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    stop: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def gateway(context: ssl.SSLContext | None = None) -> Iterator[Gateway]:
    """A gateway on a free port, over TLS with *context*."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            made.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            heard = Heard(self.command, self.path, dict(self.headers), body)
            made.heard.append(heard)
            told = made.answer(heard)
            text = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
            if told.doing == HANG:
                made.stop.wait(20)
            if told.doing in (HANG, HANG_UP):
                self.close_connection = True
                return
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if told.doing == HALF:
                text, self.close_connection = text[: len(text) // 2], True
            self.wfile.write(text)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: Any) -> None:
            pass

    http = Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if context is not None:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        scheme = "https"
    made = Gateway(f"{scheme}://127.0.0.1:{http.server_port}")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        made.stop.set()
        http.shutdown()
        http.server_close()
        thread.join()


@contextlib.contextmanager
def deaf_server() -> Iterator[str]:
    """The address of a server that closes each connection before it has heard anything."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def close_all() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError):
                each, _address = listener.accept()
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                each.close()

    thread = threading.Thread(target=close_all)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(listener.getsockname(), timeout=1).close()
        thread.join()
        listener.close()
