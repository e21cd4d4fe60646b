"""A small web server that answers as a test tells it, and keeps what it was asked."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """`answers` gives (status, headers, body) for the n-th call; body may be a drip of pieces."""

    url: str
    asked: list[Asked] = field(default_factory=list)


Answer = tuple[int, dict[str, str], Any]


@contextlib.contextmanager
def serving(answer: Callable[[int, str], Answer]) -> Iterator[Server]:
    """A server on this machine; *answer* is asked with the number of the call and its path."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            server.asked.append(Asked(self.path, dict(self.headers), body))
            status, headers, text = answer(len(server.asked), self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if isinstance(text, bytes):
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                return
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            with contextlib.suppress(OSError):
                for piece in text:
                    self.wfile.write(piece)
                    self.wfile.flush()
                    time.sleep(0.05)

        def log_message(self, *_args: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Server(f"http://127.0.0.1:{http.server_port}")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
