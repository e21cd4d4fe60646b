"""A line to another system: one call after the other over a connection that is kept.

When a call fails it says whether everything was said before: only then may the other side have
done what it was asked, and only then must nobody ask again without thinking.
"""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from config.calling.deadline import Deadline
from config.calling.guard import Allowed, Refused, Target, aim, is_permitted

SECONDS: Final = 20.0
ANSWER_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` have small letters."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> int | None:
        """The seconds of Retry-After; a date there counts as a minute."""
        told = self.headers.get("retry-after", "").strip()
        if not told:
            return None
        return min(int(told), 86_400) if told.isdecimal() else 60


class Broken(Exception):
    """A call without an answer. *said_all*: the other side may have heard it."""

    def __init__(self, text: str, *, said_all: bool = False, is_certificate: bool = False) -> None:
        super().__init__(text)
        self.said_all = said_all
        self.is_certificate = is_certificate


class Line:
    """Calls, one at a time. A connection is used again as long as it leads to the same place and
    the other side has not hung up."""

    def __init__(self, seconds: float = SECONDS, allowed: Allowed = is_permitted) -> None:
        self.seconds, self.allowed = seconds, allowed
        self._open: http.client.HTTPConnection | None = None
        self._where: tuple[bool, str, int] | None = None

    def ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Make one call, without following redirects. Raises Refused when it must not be made, and
        Broken when no whole answer came within the seconds of this line."""
        said_all = False
        with Deadline(self.seconds) as deadline:
            try:
                target = aim(url, self.allowed)
                connection = self._connection(target, deadline)
                connection.request(
                    method, target.path, body, {**headers, "Host": target.host_header}
                )
                said_all = True
                response = connection.getresponse()
                text = response.read(ANSWER_BYTES + 1)
                if deadline.is_over:
                    raise TimeoutError
                if response.length and len(text) <= ANSWER_BYTES:
                    raise http.client.IncompleteRead(text, response.length)
            except Refused:
                raise
            except ssl.SSLCertVerificationError as error:
                self.close()
                raise Broken(
                    f"{target.host}: {error.verify_message}", is_certificate=True
                ) from error
            except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
                self.close()
                text_of = _words(error)
                if deadline.is_over:
                    text_of = f"no whole answer within {self.seconds:g} seconds"
                raise Broken(text_of, said_all=said_all) from error
        found = {name.lower(): value for name, value in response.getheaders()}
        if response.will_close or len(text) > ANSWER_BYTES:
            self.close()
        return Answer(response.status, found, text[:ANSWER_BYTES])

    def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            with contextlib.suppress(OSError):
                self._open.close()
        self._open = self._where = None

    # helpers

    def _connection(self, target: Target, deadline: Deadline) -> http.client.HTTPConnection:
        where = (target.is_tls, target.host, target.port)
        kept = self._open
        if kept is not None and kept.sock and where == self._where and not _hung_up(kept.sock):
            deadline.watch(kept.sock)
            return kept
        self.close()
        if deadline.is_over:
            raise TimeoutError
        raw = socket.create_connection((target.address, target.port), timeout=self.seconds)
        deadline.watch(raw)
        if target.is_tls:
            try:
                raw = ssl.create_default_context().wrap_socket(raw, server_hostname=target.host)
            except BaseException:
                raw.close()
                raise
            deadline.watch(raw)
        connection = http.client.HTTPConnection(target.host, target.port, timeout=self.seconds)
        connection.sock = raw
        self._open, self._where = connection, where
        return connection


# helpers


def _hung_up(sock: socket.socket) -> bool:
    """Whether something lies there to be read between two calls: a goodbye, or rubbish."""
    try:
        readable, _writable, _errors = select.select([sock], [], [], 0)
    except (OSError, ValueError):
        return True
    return bool(readable)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
