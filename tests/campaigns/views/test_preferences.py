"""The pages that links in messages open: unsubscribe by one click, preferences, forged links."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from campaigns.consents.choices import GOOD_FOR
from campaigns.consents.pages import pages_of
from campaigns.gate import decide
from campaigns.models import (
    BrandSending,
    Candidate,
    ChannelAccount,
    Message,
    Suppression,
)
from campaigns.outbox import dispatch
from campaigns.tokens import Kind, sign
from config.clock import utc_now
from customers.models import Consent, ConsentChange, Event, Identity
from tests.campaigns.making import Shop, add_version, make_candidate, make_customers, make_shop
from tests.campaigns.outbox.reported import names_of, sent
from tests.campaigns.outbox.servers import smtp_server

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def now() -> datetime:
    return utc_now() - timedelta(hours=1)


@pytest.fixture
def message(shop: Shop, now: datetime) -> Message:
    return sent(shop, now)[0]


def path(message: Message, name: str) -> str:
    return urlsplit(pages_of(message.pk, {})[f"{name}_url"]).path


def page_of(message: Message, name: str, **headers: str) -> str:
    answer = Client().get(path(message, name), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def states(message: Message) -> dict[tuple[str, str], str]:
    rows = Consent.objects.filter(customer=message.customer)
    return {(row.channel, row.purpose): row.state for row in rows}


def test_one_click_from_a_real_message_stops_the_next_one(shop: Shop, now: datetime) -> None:
    """RFC 8058: the mail says where and how; a bare POST without cookies is enough."""
    add_version(shop.content(), {"en": {"subject": "News", "body": "Hi", "html": "<p>Hi</p>"}})
    (ann,) = make_customers(shop, 1, now)
    with smtp_server() as box:
        ChannelAccount.objects.filter(channel="email").update(
            provider="smtp",
            settings={"host": "127.0.0.1", "port": box.port, "from": "a@tea.example"},
        )
        make_candidate(shop, ann, now)
        decide(now)
        assert dispatch(now).handed_over == 1
        make_candidate(shop, ann, now)
        decide(now)  # accepted, and not handed over yet
        [mail] = box.mails
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        [url] = re.findall(r"<(http[^>]+)>", mail["List-Unsubscribe"])
        text = mail.get_body(("plain",))
        html = mail.get_body(("html",))
        assert text is not None
        assert html is not None
        assert url in text.get_content()
        assert url in html.get_content()
        answer = Client(enforce_csrf_checks=True).post(urlsplit(url).path, ONE_CLICK)
        assert (answer.status_code, answer.cookies) == (200, {})
        assert dispatch(utc_now()).failed == 1, "what was accepted before does not go either"
        make_candidate(shop, ann, now)
        assert decide(utc_now()).allowed == 0
        assert len(box.mails) == 1
    assert Candidate.objects.order_by("-pk")[0].rule == "consent"
    consent = Consent.objects.get(customer=ann, channel="email", purpose="marketing")
    number = Message.objects.order_by("pk")[0].pk
    assert consent.state == "denied"
    assert consent.proof == {"message_id": number, "how": "one_click"}
    assert consent.source is not None
    assert consent.source.code == "preferences"
    event = Event.objects.get(customer=ann, event_type__code="unsubscribed")
    assert event.properties["message_id"] == number
    assert event.brand_id == shop.brand.pk
    assert Consent.objects.get(customer=ann, channel="sms").state == "granted"


def test_a_look_changes_nothing(message: Message) -> None:
    before = states(message)
    assert "No more news and offers?" in page_of(message, "unsubscribe")
    Client().head(path(message, "unsubscribe"))
    assert Client().post(path(message, "unsubscribe"), {}).status_code == 400
    assert states(message) == before
    assert names_of(message.customer) == ["message_sent"]


def test_the_page_unsubscribes_once(message: Message) -> None:
    for _again in range(3):
        answer = Client().post(path(message, "unsubscribe"), {"confirm": "1"})
        assert "You are unsubscribed" in answer.content.decode()
    assert names_of(message.customer).count("unsubscribed") == 1
    assert ConsentChange.objects.filter(customer=message.customer).count() == 1
    assert ConsentChange.objects.get().proof["how"] == "page"


def test_no_personal_data_but_a_masked_address(message: Message) -> None:
    message.customer.display_name = "Ann Smith"
    message.customer.save()
    for name in ("unsubscribe", "preferences"):
        page = page_of(message, name)
        assert message.address not in page
        assert "Ann" not in page
        assert "c***@***.com" in page


def test_headers_keep_the_address_to_ourselves(message: Message) -> None:
    answer = Client().get(path(message, "preferences"))
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]


@pytest.mark.parametrize("place", ["u", "p", "c"])
def test_forged(message: Message, place: str) -> None:
    good = sign({"u": Kind.PREFERENCES, "p": Kind.UNSUBSCRIBE, "c": Kind.OPEN}[place], message.pk)
    for token in (good, "x", good[:-2] + "AA"):
        assert Client().post(f"/{place}/{token}", ONE_CLICK).status_code == 404
        assert Client().get(f"/{place}/{token}").status_code == 404
    assert Client().get(f"/{place}/sample").status_code == 200
    assert Client().post(f"/{place}/sample", ONE_CLICK).status_code == 200
    assert states(message)["email", "marketing"] == "granted"


def test_switches(message: Message, shop: Shop) -> None:
    page = page_of(message, "preferences")
    assert page.count('role="switch"') == 4  # e-mail and SMS, marketing and service
    url = path(message, "preferences")
    wanted = ["sms.marketing", "email.service"]
    answer = Client(enforce_csrf_checks=True).post(url, {"on": wanted})
    assert "Saved." in answer.content.decode()
    assert states(message) == {
        ("email", "marketing"): "denied",
        ("sms", "marketing"): "granted",
        ("sms", "service"): "denied",
    }
    assert names_of(message.customer).count("unsubscribed") == 2
    Client().post(url, {"on": [*wanted, "email.marketing", "webhook.marketing", "x"]})
    assert states(message)["email", "marketing"] == "granted"
    assert ("webhook", "marketing") not in states(message)
    assert names_of(message.customer).count("resubscribed") == 1
    Client().post(url, {"everything": "off", "on": wanted})
    assert set(states(message).values()) == {"denied"}


def test_an_old_link_still_unsubscribes(message: Message) -> None:
    Message.objects.update(accepted_at=utc_now() - GOOD_FOR - timedelta(days=1))
    page = page_of(message, "preferences")
    assert "This link is too old" in page
    assert path(message, "unsubscribe") in page
    Client().post(path(message, "preferences"), {"on": ["email.service"]})
    assert states(message)["email", "marketing"] == "granted"
    Client().post(path(message, "unsubscribe"), ONE_CLICK)
    assert states(message)["email", "marketing"] == "denied"


def test_other_brands_are_not_touched(message: Message, now: datetime) -> None:
    other = make_shop(now, "coffee")
    Consent.objects.create(
        customer=message.customer, brand=other.brand, channel="email", purpose="marketing",
        state="granted", since=now,
    )  # fmt: skip
    Client().post(path(message, "preferences"), {"everything": "off"})
    assert Consent.objects.get(brand=other.brand).state == "granted"


def test_a_blocked_address_says_so(message: Message, now: datetime) -> None:
    Suppression.objects.create(
        scope="address", value=message.address, channel="email", reason="bounce", at=now
    )
    page = page_of(message, "preferences")
    assert "it is blocked" in page
    assert page.count('role="switch"') == 2
    Client().post(path(message, "preferences"), {"on": ["email.service"]})
    assert states(message)["email", "marketing"] == "granted", "nothing was asked about it"


def test_from_a_text_message(shop: Shop, now: datetime) -> None:
    add_version(shop.content("sms"), {"en": {"body": "Tea! {{ unsubscribe_url }}"}})
    [message] = sent(shop, now, channel="sms")
    assert len(path(message, "unsubscribe")) < 28
    assert "138 ****" in page_of(message, "unsubscribe")
    Client().post(path(message, "unsubscribe"), {"confirm": "1"})
    assert states(message)["sms", "marketing"] == "denied"
    assert states(message)["email", "marketing"] == "granted"


def test_in_her_language(message: Message) -> None:
    message.customer.language = "zh-hans"
    message.customer.save()
    assert "退订" in page_of(message, "unsubscribe", **{"Accept-Language": "en"})
    message.customer.language = "fr"
    message.customer.save()
    assert "No more news" in page_of(message, "unsubscribe", **{"Accept-Language": "zh-CN"})


def test_somebody_who_was_erased(message: Message) -> None:
    message.customer.erased_at = utc_now()
    message.customer.save()
    assert Client().get(path(message, "preferences")).status_code == 404


def test_a_yes_for_an_address_where_the_link_was_not_is_confirmed_first(
    shop: Shop, now: datetime
) -> None:
    BrandSending.objects.create(brand=shop.brand, double_opt_in=True)
    [message] = sent(shop, now, channel="sms")
    Consent.objects.filter(channel="email").delete()
    Client().post(path(message, "preferences"), {"on": ["email.marketing", "sms.marketing"]})
    assert states(message)["email", "marketing"] == "pending"
    assert "Waits for your confirmation" in page_of(message, "preferences")


def test_no_address_no_switch(message: Message) -> None:
    Identity.objects.filter(namespace__code="phone").delete()
    assert page_of(message, "preferences").count('role="switch"') == 2
