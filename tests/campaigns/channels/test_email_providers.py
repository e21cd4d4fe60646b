"""E-mail through the APIs of providers, over a real socket to a server that stands for them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

import pytest

from campaigns.channels import (
    Account,
    Callback,
    Fault,
    Forged,
    Outgoing,
    Report,
    Result,
    Status,
    Unreadable,
    What,
    channel,
)
from campaigns.channels.email.providers import OPTIONS
from config.calling.signing import sign
from config.clock import utc_now
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


PASSED = "me:pass"


def post(esp: str, body: Any, secret: str = PASSED, **headers: str) -> list[Report]:
    account = Account(1, "email", esp, {"from": "n@tea.example"}, "k", callback_secret=secret)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    callback = Callback("https://way.example/hooks/email/t/", headers, data)
    return list(channel("email").provider(account).read_callback(callback))


def basic(word: str) -> str:
    return f"Basic {base64.b64encode(word.encode()).decode()}"


POSTMARK = {
    "RecordType": "Bounce",
    "Type": "HardBounce",
    "MessageID": "p-1",
    "ID": 9,
    "Email": "ann@a.cn",
    "BouncedAt": "2026-03-02T09:00:00Z",
    "Details": "550 nobody",
}


def test_reports_with_name_and_password() -> None:
    [report] = post("postmark", POSTMARK, authorization=basic("me:pass"))
    assert (report.what, report.provider_id, report.is_permanent) == (What.BOUNCED, "p-1", True)
    assert report.address == "ann@a.cn"
    [soft] = post("postmark", {**POSTMARK, "Type": "SoftBounce"}, authorization=basic("me:pass"))
    assert (soft.what, soft.is_permanent) == (What.BOUNCED, False)
    for headers in ({}, {"authorization": basic("me:wrong")}, {"authorization": "Basic x"}):
        with pytest.raises(Forged):
            post("postmark", POSTMARK, **headers)
    with pytest.raises(Forged, match="no secret"):
        post("postmark", POSTMARK, secret="", authorization=basic("me:pass"))
    for body in (b"no json", b"[]", b"\xff"):
        with pytest.raises(Unreadable):
            post("postmark", body, authorization=basic("me:pass"))


def test_reports_that_are_signed() -> None:
    now = utc_now()
    body = json.dumps(
        {"type": "email.clicked", "created_at": now.isoformat(),
         "data": {"email_id": "r-1", "to": ["ann@a.cn"], "click": {"link": "https://a.cn/"}}}
    ).encode()  # fmt: skip
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    marks = {key.replace("webhook-", "svix-"): value for key, value in
             sign(secret, "msg_1", now, body).items()}  # fmt: skip
    [report] = post("resend", body, secret, **marks)
    assert (report.what, report.provider_id, report.key) == (What.CLICKED, "r-1", "msg_1")
    with pytest.raises(Forged):
        post("resend", body + b" ", secret, **marks)
    with pytest.raises(Forged):
        post("resend", body, secret)

    activity = {"type": "activity.delivered", "data": {"type": "delivered", "id": "e", "email": {
        "message": {"id": "ms-1"}, "recipient": {"email": "ann@a.cn"}}}}  # fmt: skip
    data = json.dumps(activity).encode()
    mark = hmac.new(b"key", data, hashlib.sha256).hexdigest()
    [report] = post("mailersend", data, "key", signature=mark)
    assert (report.what, report.provider_id) == (What.DELIVERED, "ms-1")
    with pytest.raises(Forged):
        post("mailersend", data, "key", signature=mark[:-1] + "0")
