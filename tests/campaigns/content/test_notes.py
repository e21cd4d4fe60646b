"""What an author is told of a text, and which values are missing for whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from campaigns.consents.pages import sample_pages
from campaigns.content import Rendered
from campaigns.content.notes import notes_of, size_of_sms
from campaigns.models import ChannelAccount, ContentText
from campaigns.queries.content_gaps import gaps_of
from customers.models import Customer
from tests.campaigns.making import make_content, make_customers, make_shop

OUT = sample_pages()["unsubscribe_url"]


def mail(html: str = "", body: str = "Hi", subject: str = "Hi") -> Rendered:
    return Rendered("en", "a", subject, body, html)


def notes(html: str, purpose: str = "service", **parts: str) -> list[str]:
    return notes_of("email", purpose, mail(html, **parts))


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<a href="/sale">x</a>', "“/sale” leads nowhere"),
        ('<a href="sale.html">x</a>', "leads nowhere"),
        ('<a href="https://">x</a>', "leads nowhere"),
        ('<a href="https://shop/x">x</a>', "leads nowhere"),
        ('<a href="">x</a>', "leads nowhere"),
        ('<a href="#">x</a>', "leads nowhere"),
        ('<a href="javascript:x()">x</a>', "leads nowhere"),
        ('<a href="https://a b.cn">x</a>', "leads nowhere"),
        ('<a href="https://[::1">x</a>', "leads nowhere"),
        ('<a href="https://www.example.com/">x</a>', "still that of the template"),
        ('<img src="logo.png" alt="x">', "can't be found"),
        (f'<img src="data:image/png;base64,{"A" * 150_000}" alt="x">', "146 kB"),
        ('<img src="data:image/png;base64,AA" alt="x">', "Gmail does not show"),
        ('<img src="https://a.cn/x.png" width="2400" alt="">', "2,400 pixels"),
        ('<img src="https://a.cn/x.png">', "no alt text"),
        ("<p>" + "x" * 110_000, "102 kB"),
    ],
)
def test_mails(html: str, words: str) -> None:
    assert any(words in note for note in notes(html))


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://a.cn/x?b=1&amp;c=2">x</a><a href="mailto:a@b.cn">x</a>',
        '<a href="tel:+86138">x</a><a href="#part">x</a>',
        '<img src="https://a.cn/x.png" alt="Tea" width="600">',
    ],
)
def test_nothing_to_say(html: str) -> None:
    assert notes(html) == []
    assert notes(f'{html}<a href="{OUT}">out</a>', "marketing") == []


def test_leaving() -> None:
    assert "no link to unsubscribe" in notes("<p>x</p>", "marketing", body=OUT)[0]
    assert notes("", "marketing", body=f"x {OUT}") == []
    assert notes("<p>x</p>", "transactional") == []
    for body in ("News. 回T退订", "Reply STOP", f"News {OUT}"):
        assert notes_of("sms", "marketing", mail(body=body)) == []
    assert "how to stop" in notes_of("sms", "marketing", mail(body="News"))[0]
    assert notes_of("push", "marketing", mail()) == []


def test_a_long_subject() -> None:
    assert "phone" in notes("", subject="x" * 90)[0]


@pytest.mark.parametrize(
    ("body", "settings", "words"),
    [
        ("Hello", {"signature": ""}, "1 part: 5 of 160 characters (GSM-7)"),
        ("您好", {}, "1 part: 7 of 70 characters (UCS-2)"),
        ("您好" * 40, {}, "2 parts: 85 characters, 67 to a part (UCS-2)"),
        ("【茶】您好", {}, "1 part: 5 of 70"),
    ],
)
def test_parts_of_a_text_message(body: str, settings: dict[str, Any], words: str) -> None:
    account = ChannelAccount(pk=1, channel="sms", provider="twilio", settings=settings)
    assert words in size_of_sms(mail(body=body), account=account, signature="Tea")


@pytest.mark.django_db
def test_gaps(now: datetime) -> None:
    shop, other = make_shop(now), make_shop(now, "coffee")
    for n in range(10):
        city = {"city": "Rome"} if n < 6 else {"city": ""} if n < 8 else {}
        make_customers(shop, 1, now, attributes=city, display_name="Ann", brand_ids=[shop.brand.pk])
    make_customers(other, 5, now, brand_ids=[other.brand.pk])
    make_customers(shop, 1, now, brand_ids=[shop.brand.pk], erased_at=now)
    texts = [
        ContentText(subject="{{ customer.name }}", body="{{ customer.city }} {{ event.x }}"),
        ContentText(
            html="<mjml><mj-body><mj-raw>{{ customer.attributes.zip }}</mj-raw></mj-body></mjml>"
        ),
        ContentText(body="{{ customer['first name'] }} {{ customer.id }} {{ customer"),
        ContentText(body="{{ customer['no''quote'] | default: \"'; DROP TABLE x\" }}"),
    ]
    gaps = gaps_of(shop.brand, texts)
    assert [(gap.name, gap.missing, gap.n) for gap in gaps] == [
        ("customer.no''quote", 10, 10),
        ("customer.zip", 10, 10),
        ("customer.city", 4, 10),
    ]
    assert gaps_of(shop.brand, [ContentText(body="Hi")]) == []
    Customer.objects.all().delete()
    assert gaps_of(shop.brand, texts) == []


@pytest.mark.django_db
def test_the_page_says_it(client: Client, now: datetime, admin_client: Client) -> None:
    shop = make_shop(now)
    make_customers(shop, 4, now, brand_ids=[shop.brand.pk], is_known=True)
    text = {"en": {"body": "Hi {{ customer.city | default: 'you' }} " + "x" * 170}}
    content = make_content(shop.brand, "sms", texts=text)
    page = admin_client.get(f"/content/{content.pk}/").content.decode()
    assert "3 parts: " in page
    assert "how to stop" in page
    assert "<b>customer.city</b> is empty for 100" in page
