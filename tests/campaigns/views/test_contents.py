"""Contents: list, page with preview, editor, rights."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import usage
from campaigns.models import Content
from customers.models import Attribute, AuditEntry, Customer
from tests.campaigns.making import Shop, make_content, make_customers
from tests.campaigns.views.counting import queries_of

pytestmark = pytest.mark.django_db
TEXTS = {
    "en": {"subject": "For {{ customer.name }}", "body": "Hello {{ customer.phone2 }}"},
    "zh-hans": {"subject": "您好", "body": "您好，{{ customer.name }}", "html": "<b>您好</b>"},
}


def page_of(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def test_empty(vera: Client, mia: Client) -> None:
    assert "No content yet" in page_of(vera, "/content/")
    assert "/content/new/" not in page_of(vera, "/content/")
    assert "/content/new/" in page_of(mia, "/content/")


def test_list_and_isolation(
    vera: Client, shop: Shop, other: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, foreign = make_content(shop.brand, texts=TEXTS), make_content(other.brand)
    monkeypatch.setattr(usage, "_content_uses", [lambda ids: {mine.pk: [usage.Use("Winter")]}])
    page = page_of(vera, "/content/")
    assert mine.name in page
    assert foreign.name not in page
    assert "Winter" in page
    assert "English" in page
    page_of(vera, f"/content/{foreign.pk}/", 404)
    few = queries_of(vera, "/content/")
    for _ in range(10):
        make_content(shop.brand, texts=TEXTS)
    assert queries_of(vera, "/content/") == few


def test_preview_as_a_customer_masks_for_viewers(
    vera: Client, ada: Client, shop: Shop, now: datetime
) -> None:
    Attribute.objects.create(code="phone2", name="Phone", is_personal=True)
    make_customers(
        shop, 1, now, display_name="Ann Smith", is_known=True, attributes={"phone2": "13812346021"}
    )
    url = f"/content/{make_content(shop.brand, texts=TEXTS).pk}/"
    ann = Customer.objects.get(display_name="Ann Smith")
    Customer.objects.filter(pk=ann.pk).update(brand_ids=[shop.brand.pk])
    assert "Ann Smith" not in page_of(ada, url), "not before she says what for"
    ada.post(f"/customers/{ann.pk}/show/", {"reason": "service"})
    seen, masked = page_of(ada, url), page_of(vera, url)
    assert "For Ann Smith" in seen
    assert "Hello 13812346021" in seen
    assert "Ann Smith" not in masked
    assert "13812346021" not in masked
    assert "For A*** S***" in masked
    assert "&lt;b&gt;您好&lt;/b&gt;" in masked  # the mail, in a sandboxed frame


def test_a_missing_value_is_said_in_the_preview(vera: Client, shop: Shop) -> None:
    page = page_of(vera, f"/content/{make_content(shop.brand, texts=TEXTS).pk}/")
    assert "“customer.name” is missing for this customer." in page


def post_new(client: Client, shop: Shop, **values: Any) -> Any:
    return client.post(
        "/content/new/",
        {
            "name": "Reminder",
            "code": "reminder",
            "brand": shop.brand.pk,
            "channel": "email",
            "purpose": "marketing",
            "on_missing": "skip",
            "en-subject": "Hi",
            "en-body": "Hello {{ customer.name }}",
            **values,
        },
    )


def test_a_marketer_writes_a_content_and_a_version(mia: Client, shop: Shop) -> None:
    page_of(mia, "/content/new/?channel=sms")
    answer = post_new(mia, shop)
    content = Content.objects.get(code="reminder")
    assert answer["Location"] == f"/content/{content.pk}/"
    assert content.current is not None
    assert list(content.current.texts.values_list("language", "body")) == [
        ("en", "Hello {{ customer.name }}")
    ]
    edit = f"/content/{content.pk}/edit/"
    assert "Hello {{ customer.name }}" in page_of(mia, edit)
    new = {"en-subject": "Hi", "en-body": "Hey", "zh-hans-subject": "嗨", "zh-hans-body": "嗨"}
    assert mia.post(edit, new).status_code == 302
    content.refresh_from_db()
    assert content.current.number == 2
    assert content.current.texts.count() == 2
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {
        "content.create",
        "content.version",
    }


def test_problems_stand_where_they_happened(mia: Client, shop: Shop) -> None:
    answer = post_new(mia, shop, **{"en-body": "{{ customer.name", "zh-hans-body": "{{ foo }}"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The template can&#x27;t be read" in page
    assert "“foo” is not known here" in page
    assert "A message of this channel needs a subject." in page
    assert "{{ customer.name" in page  # nothing typed is lost
    assert not Content.objects.exists()
    assert post_new(mia, shop, code="Not a code").status_code == 422


def test_rights(vera: Client, mia: Client, shop: Shop, other: Shop) -> None:
    content, foreign = make_content(shop.brand), make_content(other.brand)
    body = {"en-subject": "x", "en-body": "x"}
    assert vera.post(f"/content/{content.pk}/edit/", body).status_code == 403
    assert vera.post(f"/content/{content.pk}/archive/", {"archived": "1"}).status_code == 403
    assert mia.post(f"/content/{foreign.pk}/edit/", body).status_code == 404
    assert post_new(vera, shop).status_code in (403, 422)
    assert post_new(mia, other).status_code == 422
    assert mia.post(f"/content/{content.pk}/archive/", {"archived": "1"}).status_code == 302
    assert content.name not in page_of(mia, "/content/")
    assert content.name in page_of(mia, "/content/?archived=1")


def test_live_preview(mia: Client, shop: Shop, now: datetime) -> None:
    (customer,) = make_customers(shop, 1, now, display_name="Bo", is_known=True)
    url = reverse("campaigns:preview", args=[make_content(shop.brand).pk])
    answer = mia.post(url, {"en-body": "Yo {{ customer.name }}", "as": customer.pk})
    assert "Yo B***" in answer.content.decode()
