"""What providers report: facts once each, early, twice, late and of nobody."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from campaigns.channels import Report, What
from campaigns.gate import decide
from campaigns.models import ChannelAccount, Message, Suppression, WaitingReport
from campaigns.outbox import dispatch, settle, what_became_of
from campaigns.outbox.claim import LEASE
from campaigns.outbox.feedback import TakenIn, take_in, take_in_waiting
from campaigns.outbox.machines import machine_of
from campaigns.outbox.stop import is_stop
from customers.models import Consent, Event
from tests.campaigns.making import Shop, make_candidate, make_customers, make_shop
from tests.campaigns.outbox.reported import names_of, sent

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
TOKEN = "s3cret"


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(now)


def account_of(message: Message) -> ChannelAccount:
    assert message.account is not None
    return message.account


def test_delivered_opened_clicked_once_each_however_often_posted(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now)
    reports = [
        Report(What.DELIVERED, message.pk, at=now + MINUTE),
        Report(What.OPENED, provider_id=message.provider_id, at=now + 2 * MINUTE, key="o1"),
        Report(What.CLICKED, message.pk, at=now + 3 * MINUTE, key="c1", url="https://a.example"),
    ]
    later = now + 5 * MINUTE
    assert take_in(account_of(message), reports, later) == TakenIn(taken=3)
    assert take_in(account_of(message), reports, later) == TakenIn(repeated=3)
    assert take_in(account_of(message), [*reports, *reports], later) == TakenIn(repeated=6)
    again = [Report(What.CLICKED, message.pk, at=now + 4 * MINUTE, key="c2")]
    assert take_in(account_of(message), again, later) == TakenIn(taken=1)
    message.refresh_from_db()
    assert message.state == "delivered"
    assert (message.delivered_at, message.opened_at, message.clicked_at) == tuple(
        now + n * MINUTE for n in (1, 2, 3)
    )
    assert names_of(message.customer) == [
        "message_sent", "message_delivered", "message_opened", "message_clicked",
        "message_clicked",
    ]  # fmt: skip
    event = Event.objects.filter(event_type__code="message_clicked").earliest("occurred_at")
    assert event.properties["url"] == "https://a.example"
    assert event.properties["message_id"] == message.pk


def test_a_report_of_another_account_or_of_nobody_is_unknown(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now)
    other = ChannelAccount.objects.get(channel="sms")
    forged = [
        Report(What.DELIVERED, message.pk),
        Report(What.DELIVERED, 10**15),
        Report(What.OPENED),
    ]
    assert take_in(other, forged, now) == TakenIn(unknown=3)
    message.refresh_from_db()
    assert (message.state, message.delivered_at) == ("handed_over", None)


def test_early_waits_for_the_message(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now)
    Message.objects.update(
        state="accepted", claimed_at=now, next_attempt_at=now, provider_id="",
        handed_over_at=None,
    )  # fmt: skip
    account = account_of(message)
    by_number = [Report(What.DELIVERED, message.pk, at=now)]
    by_provider = [Report(What.OPENED, provider_id="P1", at=now, key="o")]
    assert take_in(account, by_number, now) == TakenIn(waiting=1)
    assert take_in(account, by_provider, now) == TakenIn(waiting=1)
    assert take_in(account, by_number + by_provider, now) == TakenIn(waiting=2)
    assert WaitingReport.objects.count() == 2
    assert take_in_waiting(now) == TakenIn()  # still in hand
    Message.objects.update(
        state="handed_over", provider_id="P1", handed_over_at=now, next_attempt_at=None
    )
    assert take_in_waiting(now + MINUTE) == TakenIn(taken=2)
    message.refresh_from_db()
    assert (message.state, message.delivered_at, message.opened_at) == ("delivered", now, now)
    assert WaitingReport.objects.count() == 0


def test_what_waits_in_vain_is_dropped(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now)
    stray = [Report(What.DELIVERED, provider_id="nobody's")]
    assert take_in(account_of(message), stray, now) == TakenIn(waiting=1)
    assert take_in_waiting(now + timedelta(days=2)) == TakenIn()
    assert take_in_waiting(now + timedelta(days=3)) == TakenIn(unknown=1)
    assert WaitingReport.objects.count() == 0


@pytest.mark.parametrize("what", [What.DELIVERED, What.FAILED, What.BOUNCED, What.DEFERRED])
def test_uncertain_is_settled(shop: Shop, now: datetime, what: What) -> None:
    [message] = sent(shop, now)
    Event.objects.all().delete()
    Message.objects.update(state="uncertain", handed_over_at=None, error="interrupted|")
    take_in(account_of(message), [Report(what, message.pk, at=now, text="why")], now)
    message.refresh_from_db()
    states = {What.DELIVERED: "delivered", What.DEFERRED: "handed_over"}
    assert message.state == states.get(what, "failed")
    assert message.handed_over_at == now
    assert f"message_{what}" in names_of(message.customer)
    with translation.override("en"):
        assert "Nobody knows" not in " ".join(what_became_of(message))


def test_what_waits_for_another_attempt_is_not_sent_again(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now)
    Message.objects.update(
        state="accepted", claimed_at=None, next_attempt_at=now + MINUTE, handed_over_at=None,
        attempts=1, error="connection|broke",
    )  # fmt: skip
    assert take_in(account_of(message), [Report(What.DELIVERED, message.pk)], now).taken >= 1
    assert dispatch(now + timedelta(hours=1)).claimed == 0
    message.refresh_from_db()
    assert (message.state, message.next_attempt_at, message.error) == ("delivered", None, "")


def test_a_bounce_ends_it_and_suppresses_when_it_is_for_good(shop: Shop, now: datetime) -> None:
    hard, soft, listed = sent(shop, now, 3)
    reports = [
        Report(What.DELIVERED, hard.pk),
        Report(What.BOUNCED, hard.pk, text="5.1.1 no such user", is_permanent=True),
        Report(What.BOUNCED, soft.pk, text="4.2.2 full"),
        Report(What.COMPLAINED, listed.pk, address="Someone@Example.com"),
    ]
    for _twice in range(2):
        take_in(account_of(hard), reports, now)
    take_in(account_of(hard), [Report(What.OPENED, hard.pk, key="late")], now)
    hard.refresh_from_db()
    assert (hard.state, hard.error) == ("failed", "bounced|5.1.1 no such user")
    rows = set(Suppression.objects.values_list("value", "reason", "channel", "brand"))
    assert rows == {
        (f"c{hard.customer_id}@example.com", "bounce", "email", None),
        ("someone@example.com", "complaint", "email", shop.brand.pk),
    }
    assert names_of(listed.customer).count("message_complained") == 1
    assert names_of(soft.customer).count("message_bounced") == 1
    with translation.override("en"):
        assert "no such user" in " ".join(what_became_of(hard))
    # She is not written to again.
    make_candidate(shop, hard.customer, now)
    assert decide(now).allowed == 0


def test_rules_may_be_left_out(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now)
    account = account_of(message)
    account.settings = {"suppress": []}
    bounce = Report(What.BOUNCED, message.pk, is_permanent=True)
    take_in(account, [bounce, Report(What.COMPLAINED, message.pk)], now)
    assert Suppression.objects.count() == 0


@pytest.mark.parametrize(
    "text", ["TD", " td ", "ＴＤ", "T", "STOP", "Stop.", "退订", "退订！", "TD退订"]
)
def test_stop(shop: Shop, now: datetime, text: str) -> None:
    [message] = sent(shop, now, channel="sms")
    number = f"+86138{message.customer_id:08d}"
    reply = [Report(What.REPLIED, address=number, key="r1", text=text)]
    for _twice in range(2):
        take_in(account_of(message), reply, now)
    [entry] = Suppression.objects.all()
    assert (entry.value, entry.reason, entry.channel) == (number, "unsubscribe", "sms")
    assert sorted(names_of(message.customer)) == ["message_replied", "message_sent", "unsubscribed"]
    event = Event.objects.get(event_type__code="message_replied")
    assert event.properties["message_id"] == message.pk
    assert event.properties["text"] == text.strip()


@pytest.mark.parametrize("text", ["", "好的", "don't stop", "T恤有货吗", "今天", "not at the end"])
def test_not_stop(text: str) -> None:
    assert is_stop(text) is False


def test_a_reply_of_somebody_unknown(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now, channel="sms")
    stranger = [Report(What.REPLIED, address="+8613999999999", key="r", text="STOP")]
    assert take_in(account_of(message), stranger, now) == TakenIn(unknown=1)
    assert Suppression.objects.get().value == "+8613999999999"
    [known] = make_customers(shop, 1, now)
    hello = [Report(What.REPLIED, address=f"+86138{known.pk:08d}", key="r", text="hello")]
    assert take_in(account_of(message), hello, now) == TakenIn(taken=1)  # nothing was sent to her
    assert names_of(known) == ["message_replied"]


def test_unsubscribed_at_the_provider_takes_the_yes_back(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now)
    take_in(account_of(message), [Report(What.UNSUBSCRIBED, message.pk)], now)
    consent = Consent.objects.get(customer=message.customer, channel="email")
    assert consent.state == "denied"
    make_candidate(shop, message.customer, now)
    assert decide(now).allowed == 0


@pytest.mark.parametrize(
    ("agent", "machine"),
    [
        ("Mozilla/5.0", "apple_mail_privacy"),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko (via ggpht.com GoogleImageProxy)",
         "google_image_proxy"),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
         "yahoo_mail_proxy"),
        ("Barracuda Sentinel (EE)", "scanner"),
        ("curl/8.5.0", "robot"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15", ""),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML)", ""),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Cubot", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_machines(agent: str, machine: str) -> None:
    assert machine_of(agent) == machine


def test_a_machine_is_no_reader(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now)
    proxy = Report(What.OPENED, message.pk, key="1", user_agent="Mozilla/5.0")
    told = Report(What.OPENED, message.pk, key="2", machine="provider")
    assert take_in(account_of(message), [proxy, told], now) == TakenIn(taken=2)
    message.refresh_from_db()
    assert (message.state, message.opened_at) == ("delivered", None)
    events = Event.objects.filter(event_type__code="message_opened_by_machine")
    assert {event.properties["machine"] for event in events} == {"apple_mail_privacy", "provider"}
    take_in(
        account_of(message), [Report(What.OPENED, message.pk, key="3", user_agent="Safari")], now
    )
    message.refresh_from_db()
    assert message.opened_at == now


def test_clocks_that_are_wrong(shop: Shop, now: datetime) -> None:
    [message] = sent(shop, now)
    wrong = [datetime(1970, 1, 1, tzinfo=UTC), now + timedelta(days=400)]
    for at in wrong:
        take_in(account_of(message), [Report(What.DELIVERED, message.pk, at=at)], now)
        message.refresh_from_db()
        assert message.delivered_at == now


def test_queries_do_not_grow_with_reports(shop: Shop, now: datetime) -> None:
    messages = sent(shop, now, 45)

    def queries(of: Sequence[Message]) -> int:
        reports = [Report(What.DELIVERED, each.pk) for each in of]
        reports += [Report(What.CLICKED, each.pk, key="c") for each in of]
        with CaptureQueriesContext(connection) as seen:
            assert take_in(account_of(of[0]), reports, now).taken == 2 * len(of)
        return sum("ANALYZE" not in query["sql"] for query in seen)

    queries(messages[:1])  # meets the types of events for the first time
    assert queries(messages[1:3]) == queries(messages[3:45])


@pytest.mark.django_db(transaction=True)
def test_the_same_post_by_many_at_once(now: datetime) -> None:
    shop = make_shop(now)
    messages = sent(shop, now, 20)
    account = account_of(messages[0])
    done: list[TakenIn] = []

    def post(reports: list[Report]) -> None:
        done.append(take_in(account, reports, now))
        connection.close()

    reports = [Report(What.DELIVERED, each.pk) for each in messages]
    reports += [Report(What.BOUNCED, each.pk, is_permanent=True) for each in messages]
    orders = [reports, reports[::-1], reports, reports[::-1]]
    threads = [threading.Thread(target=post, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 4
    assert sum(each.taken for each in done) == 40
    assert sum(each.repeated for each in done) == 120
    assert Event.objects.filter(event_type__code="message_delivered").count() == 20
    assert Suppression.objects.count() == 20
    assert set(Message.objects.values_list("state", flat=True)) == {"failed"}


def test_cut_off_and_reported(shop: Shop, now: datetime) -> None:
    """A worker died between handing over and writing down; the report came in between."""
    [message] = sent(shop, now)
    ChannelAccount.objects.update(provider="smtp")
    Message.objects.update(
        state="accepted", claimed_at=now, next_attempt_at=now, handed_over_at=None
    )
    take_in(account_of(message), [Report(What.DELIVERED, message.pk, at=now)], now)
    later = now + LEASE
    assert settle(later).uncertain == 1
    assert take_in_waiting(later).taken >= 1
    message.refresh_from_db()
    assert message.state == "delivered"
    assert json.dumps(names_of(message.customer)).count("message_delivered") == 1
