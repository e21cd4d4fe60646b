"""A server in front of the product that is busy, breaks down and cuts lines before it lets a call
through, as networks do."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Rough:
    """`plan` is what becomes of the calls, one after the other: a status, "cut", "late" (taken in,
    and the answer lost) or "through"; when it is over all go through. `calls` counts them."""

    origin: str
    plan: list[int | str] = field(default_factory=list)
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> int | str:
        with self.lock:
            self.calls += 1
            return self.plan.pop(0) if self.plan else "through"


@contextmanager
def in_front_of(url: str, plan: Sequence[int | str]) -> Iterator[tuple[str, Rough]]:
    """(address, what it does) of such a server."""
    rough = Rough(url, list(plan))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            what = rough.next()
            if isinstance(what, int):
                self.send_response(what)
                if what in (429, 503):
                    self.send_header("Retry-After", "1")
                self.end_headers()
                self.wfile.write(b'{"code": "busy", "message": "later"}')
                return
            if what in ("late", "through"):
                there = urlsplit(rough.origin)
                line = http.client.HTTPConnection(str(there.hostname), there.port, timeout=30)
                kept = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
                line.request("POST", self.path, body, kept)
                answer = line.getresponse()
                data = answer.read()
                line.close()
            if what != "through":
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args: object) -> None:
            return

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                return  # the line was cut on purpose

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", rough
    finally:
        server.shutdown()
        server.server_close()
