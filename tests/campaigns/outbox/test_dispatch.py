"""Dispatching without a network: what changed since the gate, cut-off work, pace, gaps."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from campaigns.channels import Account, Fault, Outgoing, Result, Status, channel
from campaigns.channels.email.smtp import Smtp
from campaigns.channels.pace import PATIENCE_SECONDS, Paced
from campaigns.gate import decide
from campaigns.models import (
    Candidate,
    ChannelAccount,
    Message,
    RecordedMessage,
    Suppression,
)
from campaigns.outbox import Dispatched, Settled, dispatch, settle, what_became_of
from campaigns.outbox.words import why_not
from customers.models import Consent, Customer, Event, Identity
from tests.campaigns.making import (
    Shop,
    make_candidate,
    make_content,
    make_customers,
    make_shop,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(now)


def accepted(shop: Shop, now: datetime, n: int = 1, **fields: Any) -> list[Customer]:
    people = make_customers(shop, n, now)
    for each in people:
        make_candidate(shop, each, now, **fields)
    assert decide(now).allowed == n
    return people


def test_a_recording_keeps_what_would_be_sent(shop: Shop, now: datetime) -> None:
    (customer,) = accepted(shop, now)
    assert dispatch(now) == Dispatched(claimed=1, handed_over=1)
    kept = RecordedMessage.objects.get()
    assert (kept.address, kept.subject, kept.body.partition("\n\n--\n")[0], kept.at) == (
        f"c{customer.pk}@example.com",
        "News",
        "Hello",
        now,
    )


def test_record_only_sends_nothing_whatever_the_account_says(shop: Shop, now: datetime) -> None:
    ChannelAccount.objects.update(provider="smtp", settings={"host": "127.0.0.1", "port": 1})
    ChannelAccount.objects.update(rate_per_second=1)
    accepted(shop, now, 30)
    assert dispatch(now, record_only=True).handed_over == 30
    assert RecordedMessage.objects.count() == 30


def test_what_was_withdrawn_since_the_gate_does_not_go(shop: Shop, now: datetime) -> None:
    no, listed, gone, moved, late = accepted(shop, now, 5, expires_at=now + timedelta(hours=1))
    Consent.objects.filter(customer=no).update(state="denied")
    Suppression.objects.create(
        scope="address", value=f"c{listed.pk}@example.com", reason="bounce", at=now
    )
    Identity.objects.filter(customer=gone, namespace__code="email").delete()
    Identity.objects.filter(customer=moved, namespace__code="email").update(value="new@x.example")
    Candidate.objects.filter(customer=late).update(expires_at=now)

    assert dispatch(now) == Dispatched(claimed=5, handed_over=1, failed=4)

    errors = dict(Message.objects.values_list("customer", "error"))
    assert errors == {
        no.pk: "consent|",
        listed.pk: "suppression|",
        gone.pk: "address|",
        late.pk: "expired|",
        moved.pk: "",
    }
    assert RecordedMessage.objects.get().address == "new@x.example"
    assert Event.objects.filter(event_type__code="message_failed").count() == 4
    with translation.override("en"):
        for message in Message.objects.filter(state="failed"):
            assert len(" ".join(what_became_of(message))) > 60


@pytest.mark.parametrize(
    ("policy", "state", "body"),
    [("skip", "failed", ""), ("hold", "held", ""), ("fallback", "handed_over", "Hello !")],
)
def test_a_missing_value(shop: Shop, now: datetime, policy: str, state: str, body: str) -> None:
    content = make_content(
        shop.brand,
        texts={"en": {"subject": "x", "body": "Hello {{ customer.city }}!"}},
        on_missing=policy,
    )
    accepted(shop, now, content=content)
    dispatch(now)
    message = Message.objects.get()
    assert message.state == state
    assert message.error == ("" if body else "text_missing|customer.city")
    # Beneath it stands how to unsubscribe.
    said = [kept.body.partition("\n\n--\n")[0] for kept in RecordedMessage.objects.all()]
    assert said == ([body] if body else [])


def test_the_most_urgent_go_first_and_mails_of_need_before_all(shop: Shop, now: datetime) -> None:
    low, high = make_customers(shop, 2, now)
    make_candidate(shop, low, now, priority=100)
    make_candidate(shop, high, now, priority=0, purpose="transactional")
    decide(now)
    assert dispatch(now, limit=1).handed_over == 1
    assert RecordedMessage.objects.get().address == f"c{high.pk}@example.com"


def test_paused_accounts_keep_their_messages(shop: Shop, now: datetime) -> None:
    accepted(shop, now)
    ChannelAccount.objects.update(paused_at=now)
    assert dispatch(now).claimed == 0
    ChannelAccount.objects.update(paused_at=None)
    assert dispatch(now).handed_over == 1


class Cut(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("provider", ["smtp", "recording"])
def test_cut_off_between_handing_over_and_writing_down(
    shop: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    sent: list[int] = []

    def hand_over(self: Any, batch: Sequence[Outgoing], now: datetime) -> Iterator[Result]:
        for message in batch:
            sent.append(message.id)
            yield Result(message.id, Status.ACCEPTED)

    monkeypatch.setattr(Smtp, "hand_over", hand_over)
    ChannelAccount.objects.update(provider=provider)
    accepted(shop, now)
    dispatching = importlib.import_module("campaigns.outbox.dispatch")
    write_down = dispatching.write_down

    def cut(outcomes: Any, **moments: Any) -> Any:
        if outcomes:
            raise Cut
        return write_down(outcomes, **moments)

    with monkeypatch.context() as broken:
        broken.setattr(dispatching, "write_down", cut)
        with pytest.raises(Cut):
            dispatch(now)

    message = Message.objects.get()
    assert (message.state, message.claimed_at) == ("accepted", now)
    later = now + timedelta(minutes=14)
    assert settle(later) == Settled()
    assert dispatch(later).claimed == 0
    later = now + timedelta(minutes=15)
    if provider == "recording":
        assert settle(later) == Settled(again=1)
        assert dispatch(later).handed_over == 1
        assert RecordedMessage.objects.count() == 1
    else:
        assert settle(later) == Settled(uncertain=1)
        assert dispatch(later + timedelta(days=9)).claimed == 0
        assert sent == [message.pk]
        message.refresh_from_db()
        assert (message.state, message.next_attempt_at) == ("uncertain", None)


def test_a_provider_that_breaks_leaves_one_uncertain_and_the_rest_untouched(
    shop: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hand_over(self: Any, batch: Sequence[Outgoing], now: datetime) -> Iterator[Result]:
        for place, message in enumerate(batch):
            if place == 1:
                raise ZeroDivisionError
            yield Result(message.id, Status.ACCEPTED)

    monkeypatch.setattr(Smtp, "hand_over", hand_over)
    ChannelAccount.objects.update(provider="smtp")
    accepted(shop, now, 4)
    assert dispatch(now) == Dispatched(claimed=4, handed_over=1, uncertain=1, retried=2)


def test_an_account_with_an_unknown_provider_loses_nothing(shop: Shop, now: datetime) -> None:
    ChannelAccount.objects.update(provider="pigeon")
    accepted(shop, now)
    assert dispatch(now) == Dispatched(claimed=1, retried=1)
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("accepted", 0)
    assert "pigeon" in message.error


def test_a_secret_that_can_not_be_read_sends_nothing(shop: Shop, now: datetime) -> None:
    """As after a change of SECRET_KEY: the account is at fault, not the message."""
    ChannelAccount.objects.update(
        provider="smtp", secret=b"rubbish", settings={"host": "x.example"}
    )
    accepted(shop, now)
    assert dispatch(now) == Dispatched(claimed=1, retried=1)
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("accepted", 0)
    assert message.error.startswith("account|")
    assert dispatch(now + timedelta(minutes=1)).claimed == 0  # the account rests
    with translation.override("en"):
        assert "secret" in " ".join(what_became_of(message))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_fault_has_a_sentence_of_its_own(language: str) -> None:
    with translation.override(language):
        said = {fault: why_not(f"{fault.value}|451 4.7.1 Go away") for fault in Fault if fault}
    assert len(set(said.values())) == len(said)
    assert all(len(sentence) > 4 for sentence in said.values())


def test_workers_share_the_pace_of_an_account(shop: Shop, now: datetime) -> None:
    ChannelAccount.objects.update(rate_per_second=3)
    accepted(shop, now, 50)
    assert dispatch(now).claimed == 30  # ten seconds ahead
    assert dispatch(now).claimed == 0
    assert dispatch(now + timedelta(seconds=2)).claimed == 6


def test_a_batch_walks_at_the_pace_of_its_account() -> None:
    clock = [100.0]
    batch = [Outgoing(id=i, address="", language="", subject="", body="") for i in range(700)]
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        clock[0] += seconds

    walked = list(Paced(batch, 5, 2.0, clock=lambda: clock[0], sleep=sleep))
    assert naps[0] == pytest.approx(2.0)
    assert naps[1] == pytest.approx(0.2)
    assert len(walked) == int((PATIENCE_SECONDS - 2.0) * 5) + 1


def test_every_channel_records() -> None:
    for code in ("email", "sms", "push", "wechat", "inapp", "webhook", "task"):
        account = Account(id=1, channel=code, provider="recording")
        assert channel(code).provider(account).is_repeatable
