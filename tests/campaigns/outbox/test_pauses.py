"""What is paused waits, in the gate and in the outbox, and goes on when it is resumed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from campaigns.actions.campaigns import create_campaign
from campaigns.actions.pauses import pause_sending, resume_sending
from campaigns.gate import decide, why
from campaigns.models import Candidate, Message
from campaigns.outbox import dispatch
from customers.access import Actor
from customers.models import AuditEntry
from tests.campaigns.making import make_candidate, make_customers, make_shop

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def actor() -> Actor:
    return Actor.of_command("test")


def verdict(candidate: Candidate) -> tuple[str, str]:
    candidate.refresh_from_db()
    return candidate.state, candidate.rule


def test_a_pause_of_a_channel_holds_the_gate(now: datetime, actor: Actor) -> None:
    shop = make_shop(now)
    (her,) = make_customers(shop, 1, now)
    pause = pause_sending(actor, channel="email", note="Wrong prices.", now=now)
    mail, sms = (make_candidate(shop, her, now, channel=c) for c in ("email", "sms"))
    receipt = make_candidate(shop, her, now, purpose="transactional")
    short = make_candidate(shop, her, now, expires_at=now + HOUR / 2)
    decide(now)
    assert verdict(sms) == verdict(receipt) == ("allowed", "passed")
    assert verdict(mail) == verdict(short) == ("deferred", "paused")
    assert mail.due_at == now + HOUR
    with translation.override("en"):
        assert "goes on when somebody resumes it. Wrong prices." in why(mail)[1]
    resume_sending(actor, pause, now=now + HOUR / 4)
    decide(now + HOUR / 4)
    assert verdict(mail) == verdict(short) == ("allowed", "passed")


def test_what_was_accepted_before_waits_in_the_outbox(now: datetime, actor: Actor) -> None:
    shop = make_shop(now)
    plan = create_campaign(actor, shop.brand, code="tea", name="Tea", kind="daily", now=now)
    people = make_customers(shop, 3, now)
    held = [make_candidate(shop, each, now, campaign=plan) for each in people]
    free = make_candidate(shop, people[0], now)
    decide(now)
    pause = pause_sending(actor, campaign=plan, now=now)
    while dispatch(now, limit=2).claimed:
        pass
    waiting = Message.objects.filter(candidate__in=held)
    assert {(m.state, m.error, m.attempts, m.claimed_at) for m in waiting} == {
        ("accepted", "paused", 0, None)
    }
    assert Message.objects.get(candidate=free).state == "handed_over"
    assert dispatch(now + HOUR / 2).claimed == 0
    resume_sending(actor, pause, now=now + HOUR / 2)
    assert dispatch(now + HOUR / 2).handed_over == 3
    assert {m.error for m in waiting.all()} == {""}
    assert sorted(AuditEntry.objects.filter(action__startswith="sending.").values_list(
        "action", flat=True
    )) == ["sending.pause", "sending.resume"]  # fmt: skip


def test_another_brand_goes_on_and_twice_is_refused(now: datetime, actor: Actor) -> None:
    shop, other = make_shop(now), make_shop(now, "coffee")
    pause_sending(actor, brand=shop.brand, holds_transactional=True, now=now)
    with pytest.raises(ValidationError, match="paused already"):
        pause_sending(actor, brand=shop.brand, now=now)
    mine, foreign = (make_customers(each, 1, now)[0] for each in (shop, other))
    receipt = make_candidate(shop, mine, now, purpose="transactional")
    news = make_candidate(other, foreign, now)
    decide(now)
    assert verdict(receipt) == ("deferred", "paused")
    assert verdict(news) == ("allowed", "passed")
