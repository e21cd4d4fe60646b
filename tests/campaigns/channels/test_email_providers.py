"""E-mail through the APIs of providers, over a real socket to a server that stands for them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

import pytest

from campaigns.channels import Account, Fault, Outgoing, Result, Status, channel
from campaigns.channels.email.providers import OPTIONS
from tests.campaigns.channels.gateway import HANG_UP, Answering, Gateway, Heard

LEAVE = "https://way.example/u/abc"
# What each says when it takes a message, and the id that it gives.
YES: dict[str, tuple[Any, str]] = {
    "brevo": ({"messageId": "<b-1@x>"}, "<b-1@x>"),
    "mailgun": ({"id": "<m-1@x>", "message": "Queued. Thank you."}, "<m-1@x>"),
    "mailjet": (
        {"Messages": [{"Status": "success", "To": [
            {"Email": "ann@a.cn", "MessageID": 12, "MessageUUID": "u"}]}]}, "12",
    ),
    "mailersend": ({}, "ms-1"),
    "postmark": (
        {"To": "ann@a.cn", "ErrorCode": 0, "Message": "OK", "MessageID": "p-1"}, "p-1",
    ),
    "resend": ({"id": "r-1"}, "r-1"),
    "sparkpost": (
        {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "s-1"}},
        "s-1",
    ),
}  # fmt: skip


def message(**values: Any) -> Outgoing:
    parts = {"subject": "Hi", "body": "Text", "html": "<p>Html</p>", "sender_name": "Tea"}
    return Outgoing(**{"id": 7, "address": "ann@a.cn", "language": "en", **parts, **values})


def hand_over(server: Gateway, esp: str, *batch: Outgoing, **account: Any) -> list[Result]:
    own = {"api_url": f"{server.url}/api/", "from": "news@tea.example", "timeout": 1,
           "sender_domain": "tea.example"}  # fmt: skip
    made = Account(1, "email", esp, **{"settings": own, "secret": "key-1:more", **account})
    return list(channel("email").provider(made).hand_over(batch, datetime.now().astimezone()))


def says(body: Any, status: int = 200, **headers: str) -> Callable[[Heard], Answering]:
    return lambda heard: Answering(status, body, headers)


def whole(heard: Heard) -> str:
    return f"{heard.path} {heard.headers} {unquote_plus(heard.body.decode())}"


@pytest.mark.parametrize("esp", OPTIONS)
def test_accepted(server: Gateway, esp: str) -> None:
    body, number = YES[esp]
    status, headers = (202, {"X-Message-Id": number}) if esp == "mailersend" else (200, {})
    server.answer = says(body, status, **headers)
    two = [message(unsubscribe_url=LEAVE), message(id=8, unsubscribe_url=LEAVE)]
    results = hand_over(server, esp, *two)
    assert [(each.id, each.status) for each in results] == [
        (7, Status.ACCEPTED),
        (8, Status.ACCEPTED),
    ], results
    assert results[0].provider_id == number
    first = whole(server.heard[0])
    for part in ("ann@a.cn", "news@tea.example", "Text", "One-Click"):
        assert part in first, part
    assert "Html" in first
    secret = base64.b64encode(b"key-1:more").decode()
    key = base64.b64encode(b"api:key-1:more").decode()
    assert any(each in first for each in ("key-1:more", secret, key))
    assert server.connections == 1


@pytest.mark.parametrize(
    ("status", "outcome", "fault"),
    [
        (429, Status.RETRY, Fault.THROTTLED),
        (401, Status.RETRY, Fault.ACCOUNT),
        (400, Status.REFUSED, Fault.REFUSED),
        (500, Status.UNCERTAIN, Fault.CONNECTION),
    ],
)
def test_refused(server: Gateway, status: int, outcome: Status, fault: Fault) -> None:
    server.answer = says({"message": "no"}, status)
    [result] = hand_over(server, "postmark", message())
    assert (result.status, result.fault) == (outcome, fault)


def test_rejected_by_its_words(server: Gateway) -> None:
    server.answer = says({"ErrorCode": 406, "Message": "Inactive recipient"}, 422)
    [result] = hand_over(server, "postmark", message())
    assert (result.status, result.fault) == (Status.REFUSED, Fault.REFUSED)


def test_a_yes_in_unknown_words_is_uncertain(server: Gateway) -> None:
    server.answer = says(b"<html>welcome</html>")
    [result] = hand_over(server, "brevo", message())
    assert result.status == Status.UNCERTAIN


def test_hung_up_is_uncertain(server: Gateway) -> None:
    server.answer = lambda heard: Answering(doing=HANG_UP)
    [result] = hand_over(server, "resend", message())
    assert result.status == Status.UNCERTAIN


def test_nothing_is_forged(server: Gateway) -> None:
    server.answer = says({"id": "1"})
    crooked = message(subject="Hi\r\nBcc: all@a.cn", sender_name="Tea\r\nX: y")
    wrong = message(id=8, address="a@b.cn, all@a.cn")
    first, second = hand_over(server, "resend", crooked, wrong)
    assert first.status == Status.ACCEPTED
    assert server.heard[0].json["subject"] == "Hi Bcc: all@a.cn"
    assert second.status == Status.REFUSED
    assert len(server.heard) == 1


def test_an_account_without_a_key_tries_nothing(server: Gateway) -> None:
    first, second = hand_over(server, "brevo", message(), message(id=8), secret="")
    assert (first.status, first.fault) == (Status.RETRY, Fault.ACCOUNT)
    assert second.status == Status.UNTOUCHED
    assert server.heard == []
    made = channel("email").provider(Account(1, "email", "mailgun"))
    assert len(made.problems()) == 3
