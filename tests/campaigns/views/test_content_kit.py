"""Blocks, seed addresses, a content's settings and a brand's links: pages, rights, audit."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from django.test import Client

from campaigns.models import BrandSending, Content, ContentBlock, SeedAddress
from customers.models import AuditEntry
from tests.campaigns.making import Shop, make_content
from tests.campaigns.views.counting import queries_of

pytestmark = pytest.mark.django_db


def page_of(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def audited(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


def test_a_block_is_made_changed_and_removed(mia: Client, shop: Shop) -> None:
    assert "No block yet" in page_of(mia, "/content/blocks/")
    values = {"brand": shop.brand.pk, "code": "footer", "language": "", "source": "Tea House"}
    assert mia.post("/content/blocks/new/", values).status_code == 302
    block = ContentBlock.objects.get()
    assert audited("block.create").changes == {"code": "footer", "language": ""}
    again = mia.post("/content/blocks/new/", values)
    assert again.status_code == 422
    assert "already exists" in again.content.decode()

    url = f"/content/blocks/{block.pk}/"
    assert "{% include &quot;footer&quot; %}" in page_of(mia, url)
    broken = mia.post(url, {"source": "{% if %}"})
    assert broken.status_code == 422
    assert mia.post(url, {"source": "Tea House, Bremen"}).status_code == 302
    assert audited("block.change").changes == {"source": ["Tea House", "Tea House, Bremen"]}
    assert "Tea House, Bremen" in page_of(mia, "/content/blocks/?q=bremen")

    make_content(shop.brand, texts={"en": {"subject": "x", "body": '{% include "footer" %}'}})
    kept = mia.post(f"{url}remove/", follow=True).content.decode()
    assert "Take it out of them first" in kept
    assert ContentBlock.objects.exists()
    Content.objects.update(current=None)
    assert mia.post(f"{url}remove/").status_code == 302
    assert not ContentBlock.objects.exists()
    assert audited("block.remove").changes["source"] == "Tea House, Bremen"


def test_a_block_of_one_language_may_go_while_another_stands_in(mia: Client, shop: Shop) -> None:
    for language in ("", "en"):
        ContentBlock.objects.create(brand=shop.brand, code="f", language=language, source="x")
    make_content(shop.brand, texts={"en": {"subject": "x", "body": '{% include "f" %}'}})
    own = ContentBlock.objects.get(language="en")
    assert mia.post(f"/content/blocks/{own.pk}/remove/").status_code == 302
    assert ContentBlock.objects.count() == 1


def test_seeds_are_masked_added_and_removed(mia: Client, shop: Shop) -> None:
    values = {"brand": shop.brand.pk, "channel": "email", "address": "mia.long@tea.example"}
    assert mia.post("/content/seeds/", values).status_code == 302
    page = page_of(mia, "/content/seeds/")
    assert "mia.long@tea.example" not in page
    assert "m***@***.example" in page
    assert "mia.long" not in str(audited("seed.add").changes)
    for bad in ("mia", "a@b.example\r\nBcc: c@d.example"):
        answer = mia.post("/content/seeds/", {**values, "address": bad})
        assert answer.status_code == 422
    wrong = mia.post("/content/seeds/", {**values, "channel": "sms", "address": "138"})
    assert "Write the number with its country" in wrong.content.decode()
    seed = SeedAddress.objects.get()
    assert mia.post(f"/content/seeds/{seed.pk}/remove/").status_code == 302
    assert not SeedAddress.objects.exists()
    assert audited("seed.remove").changes["channel"] == "email"


def test_the_settings_of_a_content(mia: Client, vera: Client, shop: Shop) -> None:
    content = make_content(shop.brand)
    url = f"/content/{content.pk}/settings/"
    assert url in page_of(mia, f"/content/{content.pk}/")
    values = {"name": "Spring", "on_missing": "hold", "on_loss": "drop", "worth": "12.50"}
    wrong = mia.post(url, {**values, "worth": "-1"})
    assert wrong.status_code == 422
    assert mia.post(url, {**values, "purpose": "transactional"}).status_code == 302
    content.refresh_from_db()
    assert (content.on_loss, content.worth, content.name) == ("drop", Decimal("12.50"), "Spring")
    assert content.purpose == "marketing", "what the gate goes by is no setting of a text"
    assert audited("content.change").changes["worth"] == ["0.00", "12.50"]
    text = page_of(vera, f"/content/{content.pk}/")
    assert "do not send" in text
    assert "12.50" in text
    assert url not in text
    assert vera.get(url).status_code == 403
    assert vera.post(url, values).status_code == 403


def test_what_a_brand_wants_done_to_its_links(ada: Client, mia: Client, shop: Shop) -> None:
    url = f"/policies/sending/{shop.brand.pk}/"
    page = page_of(ada, "/policies/")
    assert url in page
    assert "Clicks and opens are followed." in page
    assert url not in page_of(mia, "/policies/")
    values = {"tracks_clicks": "on", "adds_utm": "on", "utm_source": "tea house"}
    wrong = ada.post(url, values)
    assert wrong.status_code == 422
    assert "Leave out blanks" in wrong.content.decode()
    assert not BrandSending.objects.exists()
    assert ada.post(url, {**values, "utm_source": "tea"}).status_code == 302
    kept = BrandSending.objects.get(brand=shop.brand)
    assert (kept.tracks_opens, kept.utm_source) == (False, "tea")
    changes = {"tracks_opens": [True, False], "utm_source": ["", "tea"]}
    assert audited("sending.change").changes == changes
    assert "Clicks are followed, opens are not." in page_of(ada, "/policies/")
    assert mia.get(url).status_code == 403
    assert mia.post(url, values).status_code == 403


def test_nobody_sees_another_brands(mia: Client, vera: Client, shop: Shop, other: Shop) -> None:
    block = ContentBlock.objects.create(brand=other.brand, code="theirs", source="x")
    seed = SeedAddress.objects.create(brand=other.brand, channel="email", address="a@b.example")
    content = make_content(other.brand)
    assert "theirs" not in page_of(mia, "/content/blocks/")
    for url in (f"/content/blocks/{block.pk}/", f"/content/{content.pk}/settings/",
                f"/policies/sending/{other.brand.pk}/"):  # fmt: skip
        assert mia.get(url).status_code == 404
    assert mia.post(f"/content/seeds/{seed.pk}/remove/").status_code == 404
    values = {"brand": other.brand.pk, "code": "f", "language": "", "source": "x"}
    assert mia.post("/content/blocks/new/", values).status_code == 422
    assert vera.post("/content/blocks/new/", {**values, "brand": shop.brand.pk}).status_code == 422
    own = ContentBlock.objects.create(brand=shop.brand, code="ours", source="x")
    assert vera.get(f"/content/blocks/{own.pk}/").status_code == 200
    assert vera.post(f"/content/blocks/{own.pk}/", {"source": "y"}).status_code == 403
    assert vera.post(f"/content/blocks/{own.pk}/remove/").status_code == 403


def test_queries_do_not_grow(mia: Client, shop: Shop, now: datetime) -> None:
    for n in range(2):
        ContentBlock.objects.create(brand=shop.brand, code=f"b{n}", source="x")
        SeedAddress.objects.create(brand=shop.brand, channel="email", address=f"a{n}@b.example")
    few = queries_of(mia, "/content/blocks/"), queries_of(mia, "/content/seeds/")
    for n in range(2, 20):
        ContentBlock.objects.create(brand=shop.brand, code=f"b{n}", source="x")
        SeedAddress.objects.create(brand=shop.brand, channel="email", address=f"a{n}@b.example")
    assert (queries_of(mia, "/content/blocks/"), queries_of(mia, "/content/seeds/")) == few
