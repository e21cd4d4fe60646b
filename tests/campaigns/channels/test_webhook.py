"""The webhook channel: signed, with an idempotency key, and reports that are signed too."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns.channels import (
    Account,
    Callback,
    Forged,
    Outgoing,
    Report,
    Unreadable,
    What,
    channel,
)
from campaigns.gate import decide
from campaigns.models import ChannelAccount, Message
from campaigns.outbox import dispatch, settle
from campaigns.outbox.claim import LEASE
from campaigns.secrets import seal
from config.calling.signing import fits, sign
from config.clock import utc_now
from customers.models import Identity, Namespace
from tests.campaigns.channels.gateway import HANG_UP, Answering, Gateway
from tests.campaigns.making import make_candidate, make_customers, make_shop

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.django_db
def test_sent_once_whatever_breaks(server: Gateway, now: datetime) -> None:
    shop = make_shop(now)
    ChannelAccount.objects.create(
        brand=shop.brand, channel="webhook", name="hook", provider="signed", is_default=True,
        settings={"url": f"{server.url}/in", "timeout": 1}, secret=seal(SECRET),
    )  # fmt: skip
    [customer] = make_customers(shop, 1, now)
    space, _made = Namespace.objects.get_or_create(code="user_id", defaults={"name": "user"})
    Identity.objects.create(customer=customer, namespace=space, value="u-1", created_at=now)
    make_candidate(shop, customer, now, channel="webhook", purpose="service")
    decide(now)
    server.answer = lambda heard: Answering(doing=HANG_UP)
    assert dispatch(now).retried == 1  # by its id the endpoint knows it again
    server.answer = lambda heard: Answering(body={"id": "in-7"})
    assert dispatch(now + timedelta(minutes=5)).handed_over == 1
    first, second = server.heard
    message = Message.objects.get()
    assert message.provider_id == "in-7"
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert (
        second.headers["Idempotency-Key"] == f"waypost-{message.pk}" == second.headers["webhook-id"]
    )
    assert second.json["data"]["customer"] == {"id": customer.pk, "user_id": "u-1"}
    assert second.json["data"]["body"] == "Hello"
    headers = {name.lower(): value for name, value in second.headers.items()}
    assert fits(SECRET, headers, second.body, utc_now(), timedelta(minutes=1))
    assert not fits(SECRET, headers, second.body + b" ", utc_now(), timedelta(minutes=1))
    # Cut off in the middle, it is handed over again and not called uncertain.
    Message.objects.update(state="accepted", claimed_at=now, next_attempt_at=now)
    assert settle(now).again == 0
    assert settle(now + LEASE).again == 1


def send(server: Gateway, own: dict[str, Any], secret: str) -> tuple[str, str]:
    provider = channel("webhook").provider(Account(1, "webhook", "signed", own, secret=secret))
    [result] = provider.hand_over([Outgoing(1, "", "en", "", "x")], utc_now())
    return result.status.value, result.fault.value


def test_badly_set_up(server: Gateway) -> None:
    own = {"url": server.url, "namespaces": []}
    assert send(server, {}, SECRET) == ("retry", "account")
    assert send(server, own, "") == ("retry", "account")
    assert send(server, own, "whsec_é") == ("retry", "account")
    server.answer = lambda heard: Answering(410)
    assert send(server, own, SECRET) == ("refused", "refused")
    assert channel("webhook").provider(Account(1, "webhook", "signed")).problems() != []


def posted(body: Any, secret: str = SECRET, at: datetime | None = None) -> list[Report]:
    raw = json.dumps(body).encode()
    callback = Callback("", sign(secret, "evt_1", at or utc_now(), raw), raw)
    provider = channel("webhook").provider(Account(1, "webhook", "signed", secret=SECRET))
    return list(provider.read_callback(callback))


def test_reports() -> None:
    at = "2026-03-04T09:30:00+00:00"
    assert posted({"message_id": 3, "what": "delivered"}) == [
        Report(What.DELIVERED, 3, key="evt_1")
    ]
    [one] = posted([{"message_id": 3, "what": "clicked", "at": at, "url": "https://x", "key": "k"}])
    assert (one.what, one.key, one.url) == (What.CLICKED, "k", "https://x")
    assert one.at == datetime.fromisoformat(at)
    for rubbish in (
        {},
        [1],
        {"message_id": "x", "what": "delivered"},
        {"message_id": 1, "what": "?"},
    ):
        with pytest.raises(Unreadable):
            posted(rubbish)
    with pytest.raises(Forged):
        posted({}, secret="whsec_" + "A" * 32)
    with pytest.raises(Forged):  # kept by somebody and posted again
        posted({}, at=utc_now() - timedelta(minutes=6))
