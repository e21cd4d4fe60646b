"""Every provider that calls somebody × everything that somebody can do: what is then known.

SMTP has its own way of talking and its own test, `test_dialog`. Here a new provider joins by being
in its channel's list; one that claims more than it can know falls out of a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from campaigns.channels import (
    CHANNELS,
    Account,
    Callback,
    Forged,
    Outgoing,
    Provider,
    Result,
    Unreadable,
    channel,
)
from campaigns.channels.calls import CallingProvider
from campaigns.channels.email.providers import OPTIONS
from tests.campaigns.channels.gateway import HALF, HANG, HANG_UP, Answering, Gateway, gateway

NOW: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PHONE, MAIL = "+8613800000001", "ann@example.com"
# By channel and provider: an address of it, and the settings that lead to a server.
OWN: Final[Mapping[tuple[str, str], tuple[str, dict[str, str]]]] = {
    ("sms", "http"): (PHONE, {"url": "{url}/send", "id": "id"}),
    ("sms", "twilio"): (
        PHONE,
        {"base_url": "{url}", "account_sid": "AC1", "from": "+15005550006", "signature": ""},
    ),
    ("sms", "aliyun"): (
        PHONE,
        {"base_url": "{url}", "access_key_id": "k", "sign_name": "Tea", "template_code": "SMS_1"},
    ),
    ("webhook", "signed"): ("", {"url": "{url}/in"}),
    **{
        ("email", esp): (
            MAIL,
            {"api_url": "{url}/api/", "from": "news@tea.example", "sender_domain": "tea.example"},
        )
        for esp in OPTIONS
    },
}
WAYS: Final = sorted(OWN)
# What it does → (state and fault of the message, the same where a repetition does no harm).
SURE: Final = {
    "throttles": ("retry", "throttled"),
    "wrong key": ("retry", "account"),
    "forbidden": ("retry", "account"),
    "refuses": ("refused", "refused"),
    "is busy": ("retry", "connection"),
}
DOING: Final = {
    "throttles": Answering(429, {}, {"Retry-After": "7"}),
    "wrong key": Answering(401),
    "forbidden": Answering(403),
    "refuses": Answering(422),
    "is busy": Answering(503),
    "fails": Answering(500),
    "hangs": Answering(doing=HANG),
    "hangs up": Answering(doing=HANG_UP),
    "half-closes": Answering(body={"id": "x" * 500}, doing=HALF),
    "says yes in unknown words": Answering(200, b"<p>ok"),
}

NO_PROOF: Final = {
    "webhook-id": "1", "webhook-timestamp": "1772616600", "webhook-signature": "v1,AAAA",
    "svix-signature": "v1,AAAA", "x-twilio-signature": "AAAA=",
    "authorization": "Basic QUFBQTpBQUFB",
}  # fmt: skip


def provider_at(way: tuple[str, str], url: str) -> Provider:
    own = {key: value.replace("{url}", url) for key, value in OWN[way][1].items()}
    settings: dict[str, Any] = {**own, "timeout": 0.3}
    if way == ("sms", "http"):
        settings["body"] = {"to": "{{ digits }}", "text": "{{ text }}"}
    return channel(way[0]).provider(
        Account(1, way[0], way[1], settings, secret=SECRET, callback_secret=SECRET,
                callback_url="https://way.example/hooks/x/t0ken/")
    )  # fmt: skip


def hand_over(way: tuple[str, str], url: str) -> list[Result]:
    batch = [
        Outgoing(number, OWN[way][0], "en", "Subject", "Text", "<p>Html", "Tea")
        for number in (1, 2)
    ]
    return list(provider_at(way, url).hand_over(batch, NOW))


def test_every_provider_that_calls_stands_here() -> None:
    calling = {
        (code, name)
        for code, each in CHANNELS.items()
        for name, kind in each.known_providers().items()
        if issubclass(kind, CallingProvider)
    }
    assert set(OWN) == calling


@pytest.mark.django_db
@pytest.mark.parametrize("doing", DOING)
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_what_is_known_afterwards(server: Gateway, way: tuple[str, str], doing: str) -> None:
    server.answer = lambda heard: DOING[doing]
    first, second = hand_over(way, server.url)
    repeats = provider_at(way, server.url).is_repeatable
    if doing in SURE:
        assert (first.status, first.fault) == SURE[doing]
    elif doing == "says yes in unknown words":
        # Whoever reads the status alone takes it for a yes; nobody may say that it is not sent.
        assert first.status in ("accepted", "uncertain") or repeats
    else:
        assert first.status == ("retry" if repeats else "uncertain")
    if first.fault in ("connection", "account", "throttled"):
        # The line or the account is at fault: the next one is not even tried, and loses nothing.
        assert (second.status, second.fault) == ("untouched", first.fault)
        assert len(server.heard) == 1
    assert first.rest_seconds == (7 if doing == "throttles" else 0)


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_nobody_listens(way: tuple[str, str]) -> None:
    with gateway() as gone:
        pass
    first, second = hand_over(way, gone.url)
    assert (first.status, first.fault) == ("retry", "connection")
    assert second.status == "untouched"


# Aliyun signs nothing: its proof is the secret in the address, without which nobody gets so far.
@pytest.mark.parametrize(
    "way", [way for way in WAYS if way not in {("sms", "aliyun"), ("sms", "http")}], ids="-".join
)
@pytest.mark.parametrize("body", [b"{}", b"[]", b"MessageSid=SM1&MessageStatus=delivered", b""])
def test_a_post_that_proves_nothing_is_forged(way: tuple[str, str], body: bytes) -> None:
    provider = provider_at(way, "http://127.0.0.1")
    for headers in ({}, NO_PROOF):
        with pytest.raises((Forged, Unreadable)):
            provider.read_callback(Callback("https://way.example/hooks/x/t0ken/", headers, body))
