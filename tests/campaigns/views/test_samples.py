"""Samples to the seed list and tests of accounts: marked, counted nowhere, only where allowed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client

from campaigns.models import Candidate, ChannelAccount, Content, Message, SeedAddress
from customers.models import AuditEntry, Event
from tests.campaigns.making import Shop, make_content, make_customers
from tests.campaigns.outbox.servers import Postbox, smtp_server

pytestmark = pytest.mark.django_db
TEXTS = {
    "en": {
        "subject": "For {{ customer.name }}\u2028",
        "body": "Hi {{ unsubscribe_url }}",
        "html": '<a href="https://a.cn/">x</a>',
    },
    "zh-hans": {"subject": "嗨", "body": "{{ customer.nothing }}"},
}


@pytest.fixture
def box() -> Iterator[Postbox]:
    with smtp_server() as box:
        ChannelAccount.objects.filter(channel="email").update(
            provider="smtp",
            settings={"host": "127.0.0.1", "port": box.port, "from": "n@tea.example", "timeout": 3},
        )
        yield box


@pytest.fixture
def content(shop: Shop, now: datetime) -> Content:
    make_customers(shop, 1, now, display_name="Ann Smith", is_known=True)
    return make_content(shop.brand, texts=TEXTS)


@pytest.fixture
def seed(shop: Shop) -> SeedAddress:
    return SeedAddress.objects.create(brand=shop.brand, channel="email", address="seed@tea.example")


def send(client: Client, content: Content, *seeds: SeedAddress) -> str:
    values = {"seed": [seed.pk for seed in seeds]}
    answer = client.post(f"/content/{content.pk}/sample/", values, follow=True)
    return str(answer.content.decode())


def test_a_sample_is_marked_and_counted_nowhere(
    mia: Client, content: Content, seed: SeedAddress, box: Postbox
) -> None:
    assert "seed@tea.example" in mia.get(f"/content/{content.pk}/").content.decode()
    page = send(mia, content, seed)
    assert "Handed over: s***@***.example (English)." in page
    assert "“customer.nothing” is missing for this customer." in page
    [mail] = box.mails
    assert mail["Subject"] == "[Test] For A*** S***", "no customer's name leaves the house"
    assert mail["To"] == "seed@tea.example"
    assert mail["List-Unsubscribe"] is None
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "/u/sample" in text.get_content()
    assert "/r/" not in html.get_content()
    assert "/o/" not in html.get_content()
    for rows in (Message, Candidate, Event):
        assert not rows.objects.exists()
    assert AuditEntry.objects.get(action="content.sample").changes["to"] == 1


def test_only_to_seeds_of_the_brand(
    mia: Client, vera: Client, content: Content, other: Shop, box: Postbox
) -> None:
    foreign = SeedAddress.objects.create(brand=other.brand, channel="email", address="x@a.cn")
    assert "Choose between 1 and 20" in send(mia, content, foreign)
    assert "Choose between 1 and 20" in send(mia, content)
    assert vera.post(f"/content/{content.pk}/sample/", {"seed": "1"}).status_code == 403
    elsewhere = make_content(other.brand)
    assert mia.post(f"/content/{elsewhere.pk}/sample/", {}).status_code == 404
    assert box.mails == []


def test_an_account_that_keeps_everything_says_so(
    mia: Client, content: Content, seed: SeedAddress
) -> None:
    assert "sends nothing out of the house" in send(mia, content, seed)
    ChannelAccount.objects.all().delete()
    assert "no account for this channel" in send(mia, content, seed)


def test_nobody_there_is_said(
    mia: Client, content: Content, seed: SeedAddress, box: Postbox
) -> None:
    account = ChannelAccount.objects.get(channel="email")
    account.settings["port"] = 1
    account.save()
    page = send(mia, content, seed)
    assert "Not sent to s***@***.example in English" in page
    assert "refused" in page


def test_an_account_is_tried(ada: Client, mia: Client, shop: Shop, box: Postbox) -> None:
    account = ChannelAccount.objects.get(channel="email")
    url = f"/accounts/{account.pk}/test/"
    assert mia.get(url).status_code == 403
    assert ada.get(url).status_code == 200
    page = ada.post(url, {"address": "me@tea.example"}, follow=True).content.decode()
    assert "Handed over: m***@***.example" in page
    assert box.mails[0]["Subject"] == "[Test] It works"
    assert box.mails[0]["To"] == "me@tea.example"
    for wrong in ("no address", "a@b.cn\nBcc: c@d.cn", ""):
        assert ada.post(url, {"address": wrong}).status_code == 422
    assert len(box.mails) == 1
    assert AuditEntry.objects.filter(action="channelaccount.test").count() == 1


def test_what_is_wrong_with_an_account_is_said(ada: Client, shop: Shop) -> None:
    account = ChannelAccount.objects.get(channel="email")
    account.provider = "brevo"
    account.save()
    page = ada.get(f"/accounts/{account.pk}/test/").content.decode()
    assert "The setting “secret” is missing." in page
    account.provider = "nobody"
    account.save()
    assert "has no provider “nobody”" in ada.get(f"/accounts/{account.pk}/test/").content.decode()


def test_seeds_are_addresses(shop: Shop) -> None:
    from django.core.exceptions import ValidationError

    for channel, address in (("email", "x"), ("sms", "138"), ("email", "a@b.cn, c@d.cn")):
        with pytest.raises(ValidationError):
            SeedAddress(brand=shop.brand, channel=channel, address=address).full_clean()
    SeedAddress(brand=shop.brand, channel="sms", address=" +8613800000000 ").full_clean()
