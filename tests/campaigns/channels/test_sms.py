"""The SMS providers by their documented APIs, over real sockets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.channels import (
    Account,
    Callback,
    CallbackMissing,
    Forged,
    Outgoing,
    Provider,
    Report,
    Unreadable,
    What,
    channel,
)
from campaigns.channels.sms.aliyun import sign
from campaigns.channels.sms.twilio import signature
from tests.campaigns.channels.gateway import Answering, Gateway

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
SECRET_KEY = "s3cret"
HOOK = "https://waypost.example/hooks/sms/t0ken/"


def provider(name: str, own: dict[str, Any], secret: str = SECRET_KEY, **more: Any) -> Provider:
    account = Account(7, "sms", name, own, secret=secret, callback_url=HOOK, **more)
    return channel("sms").provider(account)


def send(
    with_: Provider, text: str = "您好", to: str = "+8613800000001"
) -> tuple[str, str, str, str]:
    message = Outgoing(12, to, "zh", "", text, sender_name="云渚")
    [result] = with_.hand_over([message], NOW)
    return result.status.value, result.fault.value, result.provider_id, result.error


# Twilio

TWILIO = {"account_sid": "AC1", "from": "+15005550006", "signature": ""}


def twilio(server: Gateway) -> Provider:
    return provider("twilio", {**TWILIO, "base_url": server.url})


def test_twilio_sends_as_documented(server: Gateway) -> None:
    server.answer = lambda heard: Answering(201, {"sid": "SM1", "status": "queued"})
    assert send(twilio(server)) == ("accepted", "", "SM1", "")
    [heard] = server.heard
    assert heard.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert heard.headers["Authorization"] == "Basic " + base64.b64encode(b"AC1:s3cret").decode()
    assert heard.form == {
        "To": "+8613800000001",
        "From": "+15005550006",
        "Body": "您好",
        "StatusCallback": f"{HOOK}?message=12",
    }


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"code": 21211, "message": "Invalid To"}, ("refused", "refused")),
        (400, {"code": 21610, "message": "unsubscribed recipient"}, ("refused", "refused")),
        (400, {"code": 21606, "message": "From is not yours"}, ("retry", "account")),
        (401, {"code": 20003, "message": "Authenticate"}, ("retry", "account")),
        (429, {"code": 20429, "message": "Too Many Requests"}, ("retry", "throttled")),
        (500, {"code": 20500, "message": "Internal"}, ("uncertain", "connection")),
        (200, {"hello": "proxy"}, ("uncertain", "connection")),
        (201, b"<html>", ("uncertain", "connection")),
    ],
)
def test_twilio_says_no(server: Gateway, status: int, body: Any, expected: tuple[str, str]) -> None:
    server.answer = lambda heard: Answering(status, body)
    assert send(twilio(server))[:2] == expected


def test_no_number_and_no_settings(server: Gateway) -> None:
    assert send(twilio(server), to="13800000001")[:2] == ("refused", "refused")
    assert send(provider("twilio", {"base_url": server.url}))[:2] == ("retry", "account")
    assert server.heard == []
    assert len(provider("twilio", {}).problems()) == 2
    assert twilio(server).problems() == []


def test_twilio_signature_as_documented() -> None:
    # The example of Twilio's page on validating requests.
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    made = signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", fields)
    assert made == "GvWf1cFY/Q7PnoempGyD5oXAezc="


def twilio_post(
    fields: dict[str, str], token: str = SECRET_KEY, query: str = "?message=12"
) -> Callback:
    from urllib.parse import parse_qsl, urlencode

    url = f"{HOOK}{query}"
    return Callback(
        url,
        {"x-twilio-signature": signature(token, url, fields)},
        urlencode(fields).encode(),
        dict(parse_qsl(query[1:])),
    )


def test_twilio_reports() -> None:
    by = provider("twilio", TWILIO)
    post = twilio_post({"MessageSid": "SM1", "MessageStatus": "delivered"})
    assert by.read_callback(post) == [Report(What.DELIVERED, 12, "SM1")]
    post = twilio_post({"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30005"})
    [bounce] = by.read_callback(post)
    assert (bounce.what, bounce.is_permanent, bounce.text) == (What.BOUNCED, True, "30005")
    post = twilio_post({"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"})
    assert by.read_callback(post)[0].is_permanent is False
    assert by.read_callback(twilio_post({"MessageSid": "SM1", "MessageStatus": "sent"})) == []
    reply = twilio_post(
        {"MessageSid": "SM9", "SmsStatus": "received", "From": "+15551234567", "Body": "STOP"},
        query="",
    )
    assert by.read_callback(reply) == [
        Report(What.REPLIED, address="+15551234567", key="SM9", text="STOP")
    ]
    with pytest.raises(Unreadable):
        by.read_callback(twilio_post({"To": "x"}))


@pytest.mark.parametrize("token", ["wrong", ""])
def test_twilio_forged(token: str) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    with pytest.raises(Forged):
        provider("twilio", TWILIO).read_callback(twilio_post(fields, token))
    with pytest.raises(Forged):  # an account without a token believes nobody
        provider("twilio", TWILIO, secret="").read_callback(twilio_post(fields, ""))


# Aliyun

ALIYUN = {"access_key_id": "LTAI1", "template_code": "SMS_1"}


def aliyun(server: Gateway, **own: Any) -> Provider:
    return provider("aliyun", {**ALIYUN, "base_url": server.url, **own})


def test_aliyun_signature_as_documented() -> None:
    # The example with fixed parameters of Aliyun's page on the V3 signature.
    headers = sign(
        "RunInstances",
        "2014-05-26",
        host="ecs.cn-shanghai.aliyuncs.com",
        query={
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            "RegionId": "cn-shanghai",
        },
        key_id="YourAccessKeyId",
        secret="YourAccessKeySecret",
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    mark = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert headers["Authorization"].endswith(f"Signature={mark}")


def test_aliyun_sends_as_documented(server: Gateway) -> None:
    server.answer = lambda heard: Answering(body={"Code": "OK", "BizId": "9^0", "Message": "OK"})
    assert send(aliyun(server)) == ("accepted", "", "9^0", "")
    [heard] = server.heard
    assert heard.query == {
        "PhoneNumbers": "13800000001",
        "SignName": "云渚",
        "TemplateCode": "SMS_1",
        "TemplateParam": '{"content":"您好"}',
        "OutId": "waypost-12",
    }
    assert heard.headers["x-acs-action"] == "SendSms"
    assert heard.headers["x-acs-version"] == "2017-05-25"
    # The server checks it as Aliyun does, over the query as it came.
    names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
    lower = {name.lower(): value for name, value in heard.headers.items()}
    lines = "".join(f"{name}:{lower[name]}\n" for name in names.split(";"))
    empty = hashlib.sha256(b"").hexdigest()
    canonical = f"POST\n/\n{heard.path.partition('?')[2]}\n{lines}\n{names}\n{empty}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    mark = hmac.new(b"s3cret", text.encode(), hashlib.sha256).hexdigest()
    assert lower["authorization"].endswith(f"Signature={mark}")


def test_aliyun_templates(server: Gateway) -> None:
    server.answer = lambda heard: Answering(body={"Code": "OK", "BizId": "1"})
    send(aliyun(server), "SMS_99\nname: 陈曦\n\ncode：8\n")
    assert server.heard[0].query["TemplateCode"] == "SMS_99"
    assert json.loads(server.heard[0].query["TemplateParam"]) == {"name": "陈曦", "code": "8"}
    assert send(aliyun(server), "SMS_99\nrubbish")[:2] == ("refused", "refused")
    assert send(aliyun(server, template_code=""), "您好")[:2] == ("refused", "refused")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (200, "isv.MOBILE_NUMBER_ILLEGAL", ("refused", "refused")),
        (200, "isv.BUSINESS_LIMIT_CONTROL", ("retry", "mailbox")),
        (200, "isv.AMOUNT_NOT_ENOUGH", ("retry", "account")),
        (400, "SignatureDoesNotMatch", ("retry", "account")),
        (404, "InvalidAccessKeyId.NotFound", ("retry", "account")),
        (400, "Throttling.User", ("retry", "throttled")),
        (500, "isp.SYSTEM_ERROR", ("retry", "connection")),
        (502, "", ("uncertain", "connection")),
        (200, "", ("uncertain", "connection")),
    ],
)
def test_aliyun_says_no(server: Gateway, status: int, code: str, expected: tuple[str, str]) -> None:
    body = {"Code": code, "Message": "said"} if code else {}
    server.answer = lambda heard: Answering(status, body)
    assert send(aliyun(server))[:2] == expected


def test_aliyun_reports() -> None:
    by = provider("aliyun", ALIYUN)
    rows = [
        {"phone_number": "13800000001", "success": True, "err_code": "DELIVERED", "biz_id": "9^0",
         "out_id": "waypost-12", "report_time": "2026-03-04 17:30:05"},
        {"phone_number": "13800000002", "success": False, "err_code": "MK:0001",
         "err_msg": "空号", "biz_id": "9^1", "out_id": "13"},
        {"phone_number": "13800000003", "content": "TD", "send_time": "2026-03-04 17:31:00",
         "sequence_id": 77},
    ]  # fmt: skip
    delivered, bounced, reply = by.read_callback(Callback("", {}, json.dumps(rows).encode()))
    assert (delivered.what, delivered.message_id, delivered.provider_id) == (
        What.DELIVERED, 12, "9^0",
    )  # fmt: skip
    assert delivered.at == datetime(2026, 3, 4, 9, 30, 5, tzinfo=UTC)
    assert (bounced.what, bounced.is_permanent, bounced.message_id) == (What.BOUNCED, True, 13)
    assert (reply.what, reply.address, reply.text) == (What.REPLIED, "+8613800000003", "TD")
    assert json.loads(by.answer_callback()[0])["code"] == 0
    for body in (b"{}", b"[1]", b"\xff", b"["):
        with pytest.raises(Unreadable):
            by.read_callback(Callback("", {}, body))


# one described by settings

CONFIGURED: dict[str, Any] = {
    "body": {"mobile": "{{ national }}", "content": "{{ text }}", "key": "{{ secret.key }}"},
    "headers": {"X-Sign": "{{ secret.sign }}"},
    "id": "data.0.sid",
    "code": "code",
    "accepted": [0],
    "throttled": ["8"],
    "later": ["5"],
    "account": ["101"],
    "callback": {
        "items": "reports", "ref": "ref", "id": "sid", "status": "status",
        "delivered": ["DELIVRD"], "bounced": ["UNDELIV"], "permanent": ["UNKNOWN"],
        "error": "why", "from": "mobile", "text": "content", "answer": {"code": 0},
        "signature": {"header": "X-Signature", "prefix": "sha256="},
    },
}  # fmt: skip
SECRET = '{"key": "k1", "sign": "s1"}'


def configured(url: str, **own: Any) -> Provider:
    told = {**CONFIGURED, "url": f"{url}/send", **own}
    return provider("http", told, secret=SECRET, callback_secret="hmac")


def test_configured_sends_as_described(server: Gateway) -> None:
    server.answer = lambda heard: Answering(body={"code": 0, "data": [{"sid": "S1"}]})
    assert send(configured(server.url)) == ("accepted", "", "S1", "")
    [heard] = server.heard
    assert heard.json == {"mobile": "13800000001", "content": "【云渚】您好", "key": "k1"}
    assert heard.headers["X-Sign"] == "s1"
    # A text can't reach for a secret.
    send(configured(server.url), "{{ secret.key }}")
    assert server.heard[1].json["content"] == "【云渚】{{ secret.key }}"
    send(configured(server.url, format="form"))
    assert server.heard[2].form["mobile"] == "13800000001"
    send(configured(server.url + "/{{ text }}", method="GET"), "a&b/c")
    assert server.heard[3].method == "GET"
    assert "a%26b%2Fc" in server.heard[3].path


@pytest.mark.parametrize(
    ("body", "more", "expected"),
    [
        ({"code": "5"}, {}, ("retry", "mailbox")),
        ({"code": 8}, {}, ("retry", "throttled")),
        ({"code": "101"}, {}, ("retry", "account")),
        ({"code": "77"}, {}, ("refused", "refused")),
        ({"code": "77"}, {"never": ["78"]}, ("uncertain", "connection")),
        ({"code": "78"}, {"never": ["78"]}, ("refused", "refused")),
        ({}, {}, ("uncertain", "connection")),
        (b"rubbish", {}, ("uncertain", "connection")),
    ],
)
def test_configured_codes(
    server: Gateway, body: Any, more: dict[str, Any], expected: tuple[str, str]
) -> None:
    server.answer = lambda heard: Answering(body=body)
    assert send(configured(server.url, **more))[:2] == expected


def test_configured_badly(server: Gateway) -> None:
    assert configured(server.url).problems() == []
    bad = configured(server.url, body="{{ nobody }}", format="xml", headers=[])
    assert len(bad.problems()) == 3
    assert send(bad)[:2] == ("retry", "account")
    assert send(configured(server.url, headers={"X": "a\r\nb"}))[:2] == ("retry", "account")
    assert send(configured(server.url), "x" * 1000)[:2] == ("refused", "refused")
    assert server.heard == []


def configured_post(body: Any, secret: bytes = b"hmac") -> Callback:
    raw = json.dumps(body).encode()
    mark = hmac.new(secret, raw, hashlib.sha256).hexdigest()
    return Callback("", {"x-signature": f"sha256={mark}"}, raw)


def test_configured_reports() -> None:
    by = configured("http://x")
    rows = [
        {"ref": "waypost-12", "sid": "S1", "status": "DELIVRD"},
        {"sid": "S2", "status": "UNKNOWN", "why": "empty number"},
        {"sid": "S3", "status": "ON_ITS_WAY"},
        {"sid": "R1", "mobile": "13800000001", "content": "退订"},
    ]
    delivered, bounced, reply = by.read_callback(configured_post({"reports": rows}))
    assert (delivered.what, delivered.message_id) == (What.DELIVERED, 12)
    assert (bounced.what, bounced.is_permanent, bounced.text) == (
        What.BOUNCED, True, "empty number",
    )  # fmt: skip
    assert (reply.what, reply.address, reply.text) == (What.REPLIED, "+8613800000001", "退订")
    assert by.answer_callback() == ('{"code": 0}', "application/json")
    with pytest.raises(Forged):
        by.read_callback(configured_post({"reports": rows}, b"other"))
    with pytest.raises(Forged):
        by.read_callback(Callback("", {}, b"{}"))
    with pytest.raises(CallbackMissing):
        configured("http://x", callback=None).read_callback(configured_post({}))
