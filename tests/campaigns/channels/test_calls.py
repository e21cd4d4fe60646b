"""Everything a provider can do to us over a real socket, and what we then know."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from campaigns.channels import Account, Fault, Outgoing, Result, Status, channel
from tests.campaigns.channels.gateway import (
    HALF,
    HANG,
    HANG_UP,
    Answering,
    Gateway,
    deaf_server,
)
from tests.campaigns.channels.tls import trusted_server

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def hand_over(url: str, n: int = 3, **more: Any) -> list[Result]:
    own = {
        "url": f"{url}/send",
        "body": {"to": "{{ digits }}", "text": "{{ text }}", "ref": "{{ key }}"},
        "id": "id",
        "timeout": 1,
        **more,
    }
    account = Account(1, "sms", "http", own, secret="s3cret")
    batch = [Outgoing(i, f"+861380000000{i}", "zh", "", f"您好 {i}") for i in range(1, n + 1)]
    return list(channel("sms").provider(account).hand_over(batch, NOW))


def states(results: list[Result]) -> list[tuple[str, str]]:
    return [(result.status.value, result.fault.value) for result in results]


def test_accepted_over_one_connection(server: Gateway) -> None:
    server.answer = lambda heard: Answering(body={"id": f"at-{heard.json['ref']}"})
    results = hand_over(server.url)
    assert states(results) == [("accepted", "")] * 3
    assert [result.provider_id for result in results] == [f"at-waypost-{i}" for i in (1, 2, 3)]
    assert server.connections == 1
    assert server.heard[0].json == {"to": "8613800000001", "text": "您好 1", "ref": "waypost-1"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, ("refused", "refused")),
        (404, ("refused", "refused")),
        (401, ("retry", "account")),
        (403, ("retry", "account")),
        (302, ("retry", "account")),
        (408, ("retry", "connection")),
        (503, ("retry", "connection")),
        (500, ("uncertain", "connection")),
        (502, ("uncertain", "connection")),
        (504, ("uncertain", "connection")),
    ],
)
def test_answers_that_are_no_yes(server: Gateway, status: int, expected: tuple[str, str]) -> None:
    server.answer = lambda heard: Answering(status, {"message": "no"}, {"Location": "/x"})
    first, *others = states(hand_over(server.url))
    assert first == expected
    if expected[1] == "refused":
        assert others == [expected] * 2
    else:  # the account or the line: the others are not even tried
        assert others == [("untouched", expected[1])] * 2
        assert len(server.heard) == 1


def test_an_idempotent_provider_is_asked_again_after_anything(server: Gateway) -> None:
    server.answer = lambda heard: Answering(500)
    assert states(hand_over(server.url, 1, idempotent=True)) == [("retry", "connection")]
    server.answer = lambda heard: Answering(doing=HANG_UP)
    assert states(hand_over(server.url, 1, idempotent=True)) == [("retry", "connection")]


@pytest.mark.parametrize("told", ["7", "", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_throttled_leaves_the_account_alone(server: Gateway, told: str) -> None:
    server.answer = lambda heard: (
        Answering(body={"id": "x"})
        if len(server.heard) == 1
        else Answering(429, {}, {"Retry-After": told} if told else {})
    )
    results = hand_over(server.url)
    assert states(results) == [("accepted", ""), ("retry", "throttled"), ("untouched", "throttled")]
    assert results[1].rest_seconds == {"7": 7, "": 10}.get(told, 60)


@pytest.mark.parametrize("doing", [HANG, HANG_UP, HALF])
def test_silence_after_everything_was_said_is_uncertain(server: Gateway, doing: str) -> None:
    server.answer = lambda heard: Answering(body={"id": "x" * 100}, doing=doing)
    assert states(hand_over(server.url)) == [
        ("uncertain", "connection"),
        ("untouched", "connection"),
        ("untouched", "connection"),
    ]
    assert len(server.heard) == 1


def test_nobody_there_is_certain(server: Gateway) -> None:
    assert states(hand_over("http://127.0.0.1:1", 2)) == [
        ("retry", "connection"),
        ("untouched", "connection"),
    ]


def test_hung_up_between_two_messages_is_noticed(server: Gateway) -> None:
    # A provider that closes idle connections: the next message takes a new one, for certain.
    server.answer = lambda heard: Answering(body={"id": "x"}, headers={"Connection": "close"})
    assert states(hand_over(server.url)) == [("accepted", "")] * 3
    assert server.connections == 3


def test_closed_before_it_was_heard() -> None:
    with deaf_server() as url:
        [(status, fault)] = states(hand_over(url, 1))
    # Whether our words left before the door shut can't be known in every case, and never is it
    # called a yes or a no.
    assert status in ("retry", "uncertain")
    assert fault == "connection"


def test_never_into_the_local_network(server: Gateway, settings: Settings) -> None:
    settings.PRIVATE_NETWORKS = []
    [result] = hand_over(server.url, 1)
    assert (result.status, result.fault) == (Status.RETRY, Fault.ACCOUNT)
    assert "local network" in result.error
    assert server.heard == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [("expired", "expired"), ("stranger", "self-signed"), ("other_name", "mismatch")],
)
def test_a_certificate_that_proves_nothing(
    kind: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trusted_server(kind, monkeypatch) as server:
        results = hand_over(server.url, 2)
    assert states(results) == [("retry", "certificate"), ("untouched", "certificate")]
    assert words in results[0].error
    assert server.heard == []


def test_a_certificate_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    with trusted_server("good", monkeypatch) as server:
        assert states(hand_over(server.url, 2)) == [("accepted", "")] * 2


def test_threads_do_not_stay(server: Gateway) -> None:
    before = threading.active_count()
    hand_over(server.url, 3)
    assert threading.active_count() <= before + 2  # those of the server itself
