"""Links of messages: UTM parameters, the way over this server, and the picture of an open."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from campaigns.channels import Outgoing
from campaigns.gate import decide
from campaigns.models import BrandSending, Campaign, Message, RecordedMessage, ShortLink
from campaigns.outbox import dispatch
from campaigns.outbox.links import (
    KEPT,
    LONGEST_TARGET,
    Following,
    follow,
    forget_unused,
    with_utm,
    without_picture,
)
from campaigns.outbox.visits import target_of
from campaigns.tokens import Kind, read
from tests.campaigns.making import Shop, add_version, make_candidate, make_customers, make_shop

UTM = (("utm_source", "tea"), ("utm_medium", "email"))
PLAIN = Following(tracks_clicks=False, tracks_opens=False, utm=UTM)
BOTH = Following(utm=UTM)
NOW = datetime.fromisoformat("2026-03-02T09:00:00+00:00")


@pytest.fixture(autouse=True)
def _address(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://way.example"


def html_of(html: str, how: Following = PLAIN) -> str:
    return follow([(Outgoing(7, "a@b.c", "en", "", "", html), "email", how)], NOW)[0].html


def text_of(body: str, how: Following = PLAIN, channel: str = "email") -> str:
    return follow([(Outgoing(7, "a@b.c", "en", "", body), channel, how)], NOW)[0].body


@pytest.mark.parametrize(
    ("url", "with_it"),
    [
        ("https://a.cn", "https://a.cn?utm_source=tea&utm_medium=email"),
        ("https://a.cn/x?b=1", "https://a.cn/x?b=1&utm_source=tea&utm_medium=email"),
        ("https://a.cn/x?", "https://a.cn/x?utm_source=tea&utm_medium=email"),
        ("https://a.cn/#top", "https://a.cn/?utm_source=tea&utm_medium=email#top"),
        ("https://a.cn/?utm_source=own", "https://a.cn/?utm_source=own&utm_medium=email"),
        ("https://a.cn/?utm_source=a&utm_medium=b", "https://a.cn/?utm_source=a&utm_medium=b"),
    ],
)
def test_utm(url: str, with_it: str) -> None:
    assert with_utm(url, UTM) == with_it


def test_values_of_utm_are_quoted() -> None:
    assert with_utm("https://a.cn", (("utm_campaign", "双11 a&b"),)).endswith(
        "utm_campaign=%E5%8F%8C11%20a%26b"
    )


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:a@b.c">',
        '<a href="#top">',
        '<a href="/r">',
        '<a href="javascript:alert(1)">',
        '<link href="https://fonts.example/x.css">',
        '<img src="https://a.cn/x.png">',
        '<a data-href="https://a.cn">',
        '<a href="https://way.example/u/x">',
        '<a href="https://way.example">',
        '<a href="https://[bad">',
        "<abbr href='https://a.cn'>",
    ],
)
def test_what_is_no_link_of_somebody_else_stays(html: str) -> None:
    assert html_of(html) == html


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://a.cn/x?b=1&amp;c=2">',
        "<A class='b' HREF = 'https://a.cn/x?b=1&amp;c=2'>",
        '<area\nshape="rect" href="https://a.cn/x?b=1&amp;c=2">',
    ],
)
def test_links_in_html(html: str) -> None:
    assert "b=1&amp;c=2&amp;utm_source=tea&amp;utm_medium=email" in html_of(html)
    [token] = re.findall(r"https://way\.example/r/([\w-]+)[\"']", html_of(html, BOTH))
    said = read(token, Kind.CLICK)
    assert said.numbers == (7,)
    assert target_of(said) == "https://a.cn/x?b=1&c=2&utm_source=tea&utm_medium=email"


def test_a_host_that_begins_like_ours_is_not_ours() -> None:
    assert "utm_source" in html_of('<a href="https://way.example.evil.example/">')


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("See https://a.cn/x. Bye", "https://a.cn/x"),
        ("(https://a.cn/x_(y))", "https://a.cn/x_(y)"),
        ("点击https://a.cn/x，谢谢", "https://a.cn/x"),
        ("点击https://a.cn/x回T退订", "https://a.cn/x"),
        ("https://a.cn/x?b=1&c=2!", "https://a.cn/x?b=1&c=2"),
        ("<https://a.cn/x>", "https://a.cn/x"),
    ],
)
def test_links_in_text(text: str, target: str) -> None:
    assert text_of(text, Following(False, False, (("u", "v"),))) == text.replace(
        target, with_utm(target, (("u", "v"),))
    )


def test_a_very_long_target_is_led_to_straight() -> None:
    target = "https://a.cn/" + "x" * LONGEST_TARGET
    assert html_of(f'<a href="{target}">', Following(True, False)) == f'<a href="{target}">'


def test_the_picture_stands_at_the_end_once() -> None:
    made = html_of("<html><body><p>Hi</p></body></html>", Following())
    found = re.findall(
        r'<img src="https://way\.example/o/([\w-]+)\.gif"[^>]*></body></html>$', made
    )
    assert read(found[0], Kind.OPEN).numbers == (7,)
    assert made.count("/o/") == 1
    assert without_picture(made) == "<html><body><p>Hi</p></body></html>"
    assert "/o/" not in html_of("<p>Hi</p>", Following(tracks_opens=False))
    assert html_of("<p>Hi</p>", Following()).startswith("<p>Hi</p><img")


@pytest.mark.parametrize("bomb", ["<a " * 160_000, '<a "' * 120_000, "<a " + "href= " * 80_000])
def test_html_that_never_closes_costs_no_time(bomb: str) -> None:
    began = time.process_time()
    html_of(bomb, BOTH)
    assert time.process_time() - began < 2


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(now)


def sent(shop: Shop, now: datetime, n: int = 1, channel: str = "email", **fields: Any) -> None:
    for each in make_customers(shop, n, now):
        make_candidate(shop, each, now, channel=channel, **fields)
    assert decide(now).allowed == n
    assert dispatch(now).handed_over == n


def tokens() -> Iterator[str]:
    for text, html in RecordedMessage.objects.order_by("pk").values_list("body", "html"):
        yield from re.findall(r"https://way\.example/r/([\w-]+)", f"{text} {html}")


LINK = {
    "en": {"subject": "x", "body": "to https://a.cn/x", "html": '<a href="https://a.cn/x">x</a>'}
}


@pytest.mark.django_db
def test_a_mail_of_a_brand_that_never_said_anything(shop: Shop, now: datetime) -> None:
    version = add_version(shop.content(), LINK)
    sent(shop, now)
    targets = {target_of(read(token, Kind.CLICK)) for token in tokens()}
    code = version.content.code
    assert targets == {f"https://a.cn/x?utm_source=tea&utm_medium=email&utm_campaign={code}"}
    assert not ShortLink.objects.exists()


@pytest.mark.django_db
def test_what_the_brand_and_the_campaign_want(shop: Shop, now: datetime) -> None:
    add_version(shop.content(), LINK)
    campaign = Campaign.objects.create(
        brand=shop.brand, code="spring", name="Spring", kind="daily", currency="EUR"
    )
    wants = BrandSending.objects.create(
        brand=shop.brand, tracks_clicks=False, tracks_opens=False, utm_source="crm"
    )
    sent(shop, now, campaign=campaign)
    Campaign.objects.update(utm_campaign="S26")
    sent(shop, now, campaign=campaign)
    wants.adds_utm = False
    wants.save()
    sent(shop, now, campaign=campaign)
    bodies = RecordedMessage.objects.order_by("pk").values_list("body", flat=True)
    assert [body.partition("\n")[0] for body in bodies] == [
        "to https://a.cn/x?utm_source=crm&utm_medium=email&utm_campaign=spring",
        "to https://a.cn/x?utm_source=crm&utm_medium=email&utm_campaign=S26",
        "to https://a.cn/x",
    ]


@pytest.mark.django_db
def test_short_links_are_one_row_for_each_target(shop: Shop, now: datetime) -> None:
    add_version(shop.content("sms"), {"en": {"body": "https://a.cn/x and https://a.cn/y"}})
    sent(shop, now, 3, "sms")
    later = now + timedelta(days=2)
    add_version(shop.content("sms"), {"en": {"body": "https://a.cn/x"}})
    sent(shop, later, 2, "sms")
    assert [
        (link.url.partition("?")[0], link.used_on) for link in ShortLink.objects.order_by("url")
    ] == [
        ("https://a.cn/x", later.date()),
        ("https://a.cn/y", now.date()),
    ]
    numbers = set(Message.objects.values_list("pk", flat=True))
    made = [read(token, Kind.SHORT) for token in tokens()]
    assert len(made) == 8
    assert {token.numbers[0] for token in made} == numbers
    assert target_of(made[0]).startswith("https://a.cn/x?utm_source=tea&utm_medium=sms")
    assert forget_unused(now + KEPT + timedelta(days=1)) == 1
    assert target_of(made[1]) == ""


@pytest.mark.django_db
def test_queries_do_not_grow_with_messages(now: datetime) -> None:
    def queries(n: int, at: datetime) -> int:
        batch = [
            (Outgoing(k, "", "en", "", f"https://a.cn/{n}/{k}"), "sms", Following())
            for k in range(1, n + 1)
        ]
        with CaptureQueriesContext(connection) as caught:
            follow(batch, at)
        return len(caught)

    assert queries(1, now) == queries(50, now)
    assert queries(50, now) < queries(1, now) + 1


@pytest.mark.django_db
def test_a_replay_follows_nothing(shop: Shop, now: datetime) -> None:
    add_version(shop.content("sms"), {"en": {"body": "https://a.cn/x"}})
    make_candidate(shop, make_customers(shop, 1, now)[0], now, channel="sms")
    decide(now)
    dispatch(now, record_only=True)
    assert RecordedMessage.objects.get().body == "https://a.cn/x"
