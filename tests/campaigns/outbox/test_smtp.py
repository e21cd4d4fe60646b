"""The outbox against a real mail server: it accepts, refuses, hangs up, is not there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from campaigns.gate import decide
from campaigns.models import ChannelAccount, Message
from campaigns.outbox import Dispatched, dispatch, hand, what_became_of
from customers.models import Customer, Event, Identity
from tests.campaigns.making import Shop, add_version, make_candidate, make_customers, make_shop
from tests.campaigns.outbox.servers import Postbox, smtp_server

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def box() -> Iterator[Postbox]:
    with smtp_server() as box:
        yield box


@pytest.fixture
def shop(now: datetime, box: Postbox) -> Shop:
    shop = make_shop(now, sender_name="Tea House", language="en")
    use_server(box.port)
    add_version(
        shop.content(),
        {
            "en": {
                "subject": "For {{ customer.name }}",
                "body": "Hello {{ customer.name }}",
                "html": "<p>Hello {{ customer.name }}</p>",
            },
            "zh-hans": {
                "subject": "{{ customer.name }}，您好",
                "body": "您好，{{ customer.name }}",
            },
        },
    )
    return shop


def use_server(port: int) -> None:
    ChannelAccount.objects.filter(channel="email").update(
        provider="smtp",
        settings={"host": "127.0.0.1", "port": port, "from": "news@tea.example", "timeout": 3},
    )


def accepted(shop: Shop, now: datetime, n: int = 1, **fields: Any) -> list[Customer]:
    people = make_customers(shop, n, now, **{"display_name": "Ann", **fields})
    for each in people:
        make_candidate(shop, each, now)
    assert decide(now).allowed == n
    return people


def test_accepted(shop: Shop, box: Postbox, now: datetime) -> None:
    ann, *_others = accepted(shop, now, 3)
    (chen,) = accepted(shop, now, display_name="陈曦", language="zh-hans")

    assert dispatch(now) == Dispatched(claimed=4, handed_over=4)

    assert box.sessions == 1
    mails = {str(mail["To"]): mail for mail in box.mails}
    mail = mails[f"c{ann.pk}@example.com"]
    assert mail["From"] == "Tea House <news@tea.example>"
    assert mail["Subject"] == "For Ann"
    message = Message.objects.get(customer=ann)
    assert mail["Message-ID"] == message.provider_id == f"<waypost.{message.pk}@tea.example>"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    said, _empty, line, leave = text.get_content().splitlines()
    assert (said, line) == ("Hello Ann", "--")
    assert leave.startswith("Unsubscribe: http")
    assert html.get_content().startswith("<p>Hello Ann</p>")
    assert "<img " in html.get_content(), "the picture of an open"
    chinese = mails[f"c{chen.pk}@example.com"]
    assert chinese["Subject"] == "陈曦，您好"
    assert chinese.get_content().splitlines()[:3] == ["您好，陈曦", "", "--"]
    assert "退订: http" in chinese.get_content()
    assert (message.state, message.address) == ("handed_over", f"c{ann.pk}@example.com")
    assert (message.handed_over_at, message.next_attempt_at) == (now, None)
    assert (message.language, message.subject, message.attempts) == ("en", "For Ann", 1)
    event = Event.objects.get(customer=ann, event_type__code="message_sent")
    assert event.properties["message_id"] == message.pk
    assert event.brand_id == shop.brand.pk
    assert dispatch(now + MINUTE).claimed == 0


def test_refused_for_good(shop: Shop, box: Postbox, now: datetime) -> None:
    bad, good = accepted(shop, now, 2)
    box.answer_rcpt = lambda address: (
        "550 5.1.1 No such user" if address.startswith(f"c{bad.pk}@") else None
    )
    assert dispatch(now) == Dispatched(claimed=2, handed_over=1, failed=1)
    message = Message.objects.get(customer=bad)
    assert (message.state, message.next_attempt_at) == ("failed", None)
    assert message.error == "refused|550 5.1.1 No such user"
    event = Event.objects.get(customer=bad, event_type__code="message_failed")
    assert event.properties["reason"] == "refused"
    assert Message.objects.get(customer=good).state == "handed_over"
    with translation.override("en"):
        assert "550 5.1.1 No such user" in " ".join(what_became_of(message))


def test_refused_after_the_text(shop: Shop, box: Postbox, now: datetime) -> None:
    accepted(shop, now)
    box.answer_data = lambda address: "554 Looks like spam"
    assert dispatch(now).failed == 1
    assert Message.objects.get().error == "refused|554 Looks like spam"


def test_refused_for_now_is_tried_again_ever_later(shop: Shop, box: Postbox, now: datetime) -> None:
    accepted(shop, now)
    box.answer_rcpt = lambda address: "450 4.2.0 Greylisted"
    at, pauses = now, []
    for attempt in range(1, 4):
        assert dispatch(at) == Dispatched(claimed=1, retried=1)
        message = Message.objects.get()
        assert (message.state, message.attempts) == ("accepted", attempt)
        assert message.next_attempt_at is not None
        pauses.append(message.next_attempt_at - at)
        assert dispatch(message.next_attempt_at - timedelta(seconds=1)).claimed == 0
        at = message.next_attempt_at
    assert pauses[0] < pauses[1] < pauses[2] < timedelta(minutes=6)
    box.answer_rcpt = lambda address: None
    assert dispatch(at).handed_over == 1
    message.refresh_from_db()
    assert (message.attempts, message.error) == (4, "")


def test_given_up_at_last(shop: Shop, box: Postbox, now: datetime) -> None:
    accepted(shop, now)
    box.answer_rcpt = lambda address: "452 4.2.2 Mailbox full"
    at = now
    for _attempt in range(20):
        done = dispatch(at)
        if done.failed:
            break
        at = Message.objects.values_list("next_attempt_at", flat=True).get() or at
    assert Message.objects.get().state == "failed"
    assert timedelta(hours=1) < at - now < timedelta(days=3)


def test_hung_up_after_everything_was_said_is_uncertain(
    shop: Shop, box: Postbox, now: datetime
) -> None:
    accepted(shop, now, 3)
    box.hang_up_in_data = True
    assert dispatch(now) == Dispatched(claimed=3, retried=2, uncertain=1)
    doubtful = Message.objects.get(state="uncertain")
    assert doubtful.next_attempt_at is None
    untouched = Message.objects.filter(state="accepted")
    assert set(untouched.values_list("attempts", "claimed_at")) == {(0, None)}
    box.hang_up_in_data = False
    assert dispatch(now + MINUTE) == Dispatched(claimed=2, handed_over=2)
    assert dispatch(now + timedelta(days=2)).claimed == 0
    with translation.override("en"):
        assert "Nobody knows whether it arrived" in what_became_of(doubtful)[0]


def test_hung_up_before_the_text_is_tried_again(shop: Shop, box: Postbox, now: datetime) -> None:
    accepted(shop, now, 2)
    box.answer_rcpt = lambda address: "421 Closing down"
    assert dispatch(now) == Dispatched(claimed=2, retried=2)
    assert set(Message.objects.values_list("state", flat=True)) == {"accepted"}


def test_nobody_there_costs_no_attempt(shop: Shop, box: Postbox, now: datetime) -> None:
    use_server(1)
    accepted(shop, now, 2)
    assert dispatch(now) == Dispatched(claimed=2, retried=2)
    assert set(Message.objects.values_list("attempts", "state")) == {(0, "accepted")}
    assert dispatch(now + timedelta(seconds=5)).claimed == 0  # the account rests
    use_server(box.port)
    assert dispatch(now + MINUTE).handed_over == 2


def test_header_injection_ends_nowhere(shop: Shop, box: Postbox, now: datetime) -> None:
    accepted(shop, now, display_name="Ann\r\nBcc: all@example.com")
    (crooked,) = accepted(shop, now)
    Identity.objects.filter(customer=crooked, namespace__code="email").update(
        value="a@b.example\r\nBcc: all@example.com"
    )
    assert dispatch(now) == Dispatched(claimed=2, handed_over=1, failed=1)
    (mail,) = box.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "For Ann Bcc: all@example.com"


def test_queries_do_not_grow_with_messages(
    shop: Shop, box: Postbox, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a slow machine there is a piece to write down for every so many milliseconds.
    monkeypatch.setattr(hand, "PIECE_SECONDS", 600.0)
    queries_of_dispatch(shop, now, 1)  # meets the event's type and source for the first time
    few = queries_of_dispatch(shop, now + SECOND, 2)
    assert few == queries_of_dispatch(shop, now + 2 * SECOND, 40)


def queries_of_dispatch(shop: Shop, now: datetime, n: int) -> int:
    accepted(shop, now, n)
    with CaptureQueriesContext(connection) as queries:
        assert dispatch(now).handed_over == n
    # ANALYZE is a hint for larger batches and reads a sample only.
    return sum("ANALYZE" not in query["sql"] for query in queries)
