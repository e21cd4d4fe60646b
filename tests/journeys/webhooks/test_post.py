"""One call: signed, bounded in time and size, and never into the local network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import socket
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from config.calling.guard import Refused, aim, is_public
from config.calling.signing import new_secret, sign
from journeys.webhooks.post import post
from tests.journeys.webhooks.servers import serving

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


def anywhere(_address: str) -> bool:
    return True


def call(url: str, **more: Any) -> Any:
    return post(url, new_secret(), "call_1", {"a": "é"}, at=NOW, allowed=anywhere, **more)


def test_signature_as_the_standard_gives_it() -> None:
    # The example of the Standard Webhooks specification's libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_call_and_its_answer() -> None:
    with serving(lambda n, path: (200, {}, b'{"tier": "gold"}')) as server:
        secret = new_secret()
        reply = post(f"{server.url}/x?y=1", secret, "call_7", {"a": 1}, at=NOW, allowed=anywhere)
    assert (reply.status, reply.answer, reply.error, reply.is_ok) == (
        200,
        {"tier": "gold"},
        "",
        True,
    )
    [asked] = server.asked
    assert (asked.path, json.loads(asked.body)) == ("/x?y=1", {"a": 1})
    stamp = str(int(NOW.timestamp()))
    signed = f"call_7.{stamp}.".encode() + asked.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mark = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert asked.headers["webhook-signature"] == f"v1,{mark}"
    assert (asked.headers["webhook-id"], asked.headers["webhook-timestamp"]) == ("call_7", stamp)


@pytest.mark.parametrize(
    ("status", "body", "error", "is_final"),
    [
        (200, b"<html>", "not JSON", False),
        (200, b"NaN", "not JSON", False),
        (200, b"\xff\xfe", "not JSON", False),
        (200, b'"' + b"x" * 20_000 + b'"', "larger than 16 kB", False),
        (200, b"[" * 15_000, "not JSON", False),
        (204, b"", "", False),
        (302, b"", "answered 302", True),
        (404, b"", "answered 404", True),
        (429, b"", "answered 429", False),
        (500, b"{}", "answered 500", False),
    ],
)
def test_rubbish_has_a_stated_outcome(status: int, body: bytes, error: str, is_final: bool) -> None:
    with serving(lambda n, path: (status, {"Location": "/elsewhere"}, body)) as server:
        reply = call(server.url)
    assert (reply.status, reply.is_final, reply.answer) == (status, is_final, None)
    assert error in reply.error
    assert reply.is_ok == (200 <= status < 300)


def test_one_that_hangs_or_drips_is_cut_off() -> None:
    pieces = itertools.repeat(b" ")
    with serving(lambda n, path: (200, {}, pieces)) as server:
        begun = time.monotonic()
        reply = call(server.url, seconds=0.4)
        assert time.monotonic() - begun < 2
    assert (reply.status, reply.is_final) == (None, False)
    assert "No whole answer within 0.4 seconds" in reply.error
    with socket.create_server(("127.0.0.1", 0)) as silent:
        reply = call(f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=0.3)
    assert "within 0.3 seconds" in reply.error


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "ConnectionRefusedError" in call(f"http://127.0.0.1:{port}").error
    assert "can't be found" in call("http://nowhere.invalid/").error


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.1", "224.0.0.1", "::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1",
        "::ffff:127.0.0.1", "2002:0a00:0001::", "255.255.255.255", "198.18.0.1",
    ],
)  # fmt: skip
def test_local_addresses(address: str) -> None:
    assert not is_public(address)


def test_public_addresses() -> None:
    assert is_public("8.8.8.8")
    assert is_public("2606:4700:4700::1111")
    assert is_public("::ffff:8.8.8.8")


def test_names_are_judged_by_every_address_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_more: Any) -> list[Any]:
        found = ["8.8.8.8", "10.0.0.5"] if host == "both.example" else ["8.8.4.4"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Refused, match="local network"):
        aim("https://both.example/x")
    target = aim("https://fine.example:8443/x?y")
    assert (target.address, target.host_header, target.path) == (
        "8.8.4.4", "fine.example:8443", "/x?y",
    )  # fmt: skip
    for bad in ("ftp://fine.example", "https://a:b@fine.example", "https://", "https://x:99999/"):
        with pytest.raises(Refused):
            aim(bad)


def test_a_redirect_into_the_local_network_is_refused() -> None:
    """The first address is allowed by its port, the one that it redirects to is not."""
    inner_asked = []
    with serving(lambda n, path: (200, {}, b"{}")) as inner:
        where = {"Location": f"{inner.url}/secret".replace("127.0.0.1", "127.0.0.2")}
        with serving(lambda n, path: (307, where, b"")) as outer:
            reply = post(
                outer.url, new_secret(), "c", {}, at=NOW, allowed=lambda ip: ip == "127.0.0.1"
            )
        inner_asked = inner.asked
    assert (reply.status, reply.is_final) == (None, True)
    assert "local network" in reply.error
    assert inner_asked == []


def test_redirects_are_followed_so_far() -> None:
    def answer(n: int, path: str) -> Any:
        return (200, {}, b"1") if path == "/end" else (308, {"Location": "/end"}, b"")

    with serving(answer) as server:
        assert call(server.url).answer == 1
        assert [json.loads(a.body) for a in server.asked] == [{"a": "é"}] * 2
    with serving(lambda n, path: (307, {"Location": f"/{n}"}, b"")) as server:
        reply = call(server.url)
    assert (reply.is_final, len(server.asked)) == (True, 4)
    assert "again and again" in reply.error
