"""One call: signed as Standard Webhooks say, bounded in time and size.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin

from config.calling.deadline import Deadline
from config.calling.guard import Allowed, Refused, Target, aim, is_permitted
from config.calling.signing import sign

SECONDS: Final = 10.0
ANSWER_BYTES: Final = 16 * 1024
MOST_REDIRECTS: Final = 3
# Only these keep the method and the body; any other redirect is an answer that is no success.
REDIRECTS: Final = (307, 308)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `error` is a sentence when nothing did, or nothing that can be kept;
    `is_final` says that trying again would not help."""

    status: int | None
    answer: Any = None
    error: str = ""
    is_final: bool = False
    retry_after: int | None = None

    @property
    def is_ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(
    url: str, secret: str, id: str, body: Any, *, at: datetime, allowed: Allowed = is_permitted,
    seconds: float = SECONDS, headers: Mapping[str, str] | None = None, old_secret: str = "",
) -> Reply:  # fmt: skip
    """Make one call and return what came back; never raises for what the other side does.

    While the secret is changed the call is signed by *old_secret* too. Of *headers* none can
    replace one of those that every call has.

    *seconds* is for everything together: looking up, connecting, sending, all redirects and every
    byte of the answer.
    """
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    every = {
        "Content-Type": "application/json",
        "User-Agent": "Waypost",
        "Accept": "application/json",
        **sign(secret, id, at, data, *([old_secret] if old_secret else [])),
    }
    kept = {name.lower() for name in every}
    sent = {name: text for name, text in (headers or {}).items() if name.lower() not in kept}
    with Deadline(seconds) as deadline:
        try:
            for _redirect in range(MOST_REDIRECTS + 1):
                reply, where = _once(aim(url, allowed), data, {**sent, **every}, deadline)
                if where is None:
                    return reply
                url = urljoin(url, where)
            return Reply(None, error="It redirects again and again.", is_final=True)
        except Refused as error:
            return Reply(None, error=str(error), is_final=True)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            # A socket may give up a moment before the deadline does; its time is the same.
            if deadline.is_over or isinstance(error, TimeoutError):
                return Reply(None, error=f"No whole answer within {seconds:g} seconds.")
            return Reply(None, error=f"{type(error).__name__}: {error}"[:200])


# helpers


def _once(
    target: Target, data: bytes, headers: dict[str, str], deadline: Deadline
) -> tuple[Reply, str | None]:
    """One request; the reply, or where it redirects to."""
    if deadline.is_over:
        raise TimeoutError
    raw = socket.create_connection((target.address, target.port), timeout=deadline.seconds)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=deadline.seconds)
    try:
        deadline.watch(raw)
        if target.is_tls:
            context = ssl.create_default_context()
            raw = context.wrap_socket(raw, server_hostname=target.host)
            deadline.watch(raw)
        connection.sock = raw
        connection.request("POST", target.path, data, {**headers, "Host": target.host_header})
        response = connection.getresponse()
        if response.status in REDIRECTS and (where := response.headers.get("Location")):
            return Reply(response.status), where
        body = response.read(ANSWER_BYTES + 1)
        if deadline.is_over:
            raise TimeoutError
        return _read(response.status, body, response.headers.get("Retry-After")), None
    finally:
        connection.close()
        raw.close()


def _read(status: int, body: bytes, retry_after: str | None) -> Reply:
    wait = int(retry_after) if retry_after and retry_after.isdigit() else None
    is_final = 300 <= status < 500 and status not in (408, 425, 429)
    if not 200 <= status < 300:
        return Reply(status, error=f"It answered {status}.", is_final=is_final, retry_after=wait)
    if len(body) > ANSWER_BYTES:
        return Reply(status, error=f"The answer is larger than {ANSWER_BYTES // 1024} kB.")
    if not body.strip():
        return Reply(status)
    try:
        answer = json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Reply(status, error="The answer is not JSON.")
    if "\x00" in json.dumps(answer, ensure_ascii=False).replace("\\u0000", "\x00"):
        return Reply(status, error="The answer holds a null character.")
    return Reply(status, answer)


def _no_constant(name: str) -> None:
    raise ValueError(name)
