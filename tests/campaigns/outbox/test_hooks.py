"""What providers post: signed, forged, early and twice, over real sockets."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from campaigns.channels.sms.twilio import signature
from campaigns.gate import decide
from campaigns.models import ChannelAccount, Message, WaitingReport
from campaigns.outbox import dispatch
from campaigns.outbox.feedback import TakenIn, take_in_waiting
from campaigns.secrets import seal
from tests.campaigns.channels.gateway import HANG_UP, Answering, gateway
from tests.campaigns.making import Shop, make_candidate, make_customers, make_shop
from tests.campaigns.outbox.reported import names_of, sent

pytestmark = pytest.mark.django_db
TOKEN = "s3cret"


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(now)


def hook(account: ChannelAccount, fields: dict[str, str], token: str, query: str = "") -> Any:
    url = f"{account.callback_url}{query}"
    return Client().post(
        f"/hooks/sms/{account.token}/{query}",
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature(token, url, fields)},
    )


def twilio(shop: Shop, base_url: str = "", token: str = TOKEN) -> ChannelAccount:
    account = ChannelAccount.objects.get(channel="sms")
    account.provider, account.secret = "twilio", seal(token)
    account.settings = {"account_sid": "AC1", "from": "+15005550006", "base_url": base_url,
                        "timeout": 60}  # fmt: skip
    account.save()
    return account


def test_hook(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now, channel="sms")
    account = twilio(shop)
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert hook(account, fields, "forged", f"?message={message.pk}").status_code == 403
    message.refresh_from_db()
    assert message.state == "handed_over"
    for _twice in range(2):
        answer = hook(account, fields, "s3cret", f"?message={message.pk}")
        assert (answer.status_code, answer.content) == (200, b"<Response></Response>")
    message.refresh_from_db()
    assert message.state == "delivered"
    assert names_of(message.customer).count("message_delivered") == 1
    assert hook(account, {}, "s3cret").status_code == 400
    assert Client().get(f"/hooks/sms/{account.token}/").status_code == 405
    assert Client().post(f"/hooks/email/{account.token}/").status_code == 404
    assert Client().post("/hooks/sms/nobody/").status_code == 404
    ChannelAccount.objects.update(provider="recording")
    assert hook(account, fields, "s3cret").status_code == 404
    ChannelAccount.objects.update(provider="twilio", secret=b"rubbish")
    assert hook(account, fields, "s3cret").status_code == 503


@pytest.mark.django_db(transaction=True)
def test_a_provider_that_calls_back_before_it_answers(
    live_server: Any, settings: Settings, now: datetime
) -> None:
    """Over real sockets: early, twice and forged, while the hand-over is still open; then one
    that accepts, hangs up and reports later."""
    settings.PUBLIC_URL = live_server.url
    settings.PRIVATE_NETWORKS = ["127.0.0.0/8"]
    shop = make_shop(now)
    statuses: list[int] = []

    def call_back(url: str, token: str, sid: str) -> None:
        fields = {"MessageSid": sid, "MessageStatus": "delivered"}
        request = urllib.request.Request(  # noqa: S310  # this machine
            url,
            urlencode(fields).encode(),
            {"X-Twilio-Signature": signature(token, url, fields)},
        )
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:  # noqa: S310
                statuses.append(answer.status)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)

    with gateway() as server:
        account = twilio(shop, server.url)

        def answer(heard: Any) -> Answering:
            url = heard.form["StatusCallback"]
            if heard.form["To"] == doubtful:
                return Answering(doing=HANG_UP)
            for token in ("s3cret", "s3cret", "forged"):
                call_back(url, token, "SM1")
            return Answering(201, {"sid": "SM1"})

        server.answer = answer
        first, second = make_customers(shop, 2, now)
        doubtful = f"+86138{second.pk:08d}"
        for each in (first, second):
            make_candidate(shop, each, now, channel="sms")
        decide(now)
        done = dispatch(now)
        assert (done.handed_over, done.uncertain) == (1, 1)
        assert statuses == [200, 200, 403]
        early = Message.objects.get(customer=first)
        assert (early.state, early.provider_id) == ("handed_over", "SM1")
        assert WaitingReport.objects.count() == 1
        assert take_in_waiting(now) == TakenIn(taken=1)
        early.refresh_from_db()
        assert early.state == "delivered"
        unknown = Message.objects.get(customer=second)
        assert unknown.state == "uncertain"
        call_back(f"{account.callback_url}?message={unknown.pk}", "s3cret", "SM2")
        unknown.refresh_from_db()
        assert unknown.state == "delivered"
        assert dispatch(now + timedelta(days=1)).claimed == 0
        assert len(server.heard) == 2
        for each in (first, second):
            assert names_of(each).count("message_sent") == 1
            assert names_of(each).count("message_delivered") == 1
