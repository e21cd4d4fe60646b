"""Erasing on the page: what goes is told first, the number is typed, and a certificate is left."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from config.clock import utc_now
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Brand, Customer, Erasure, Role
from tests.customers.pages.test_pages import reader, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen() -> Customer:
    tea = Brand.objects.create(code="tea", name="Tea")
    item = Item(
        "1", [("phone", "138 1234 6021")], attributes={"name": "Chen Xi"},
        events=[EventFact("order paid", utc_now(), {"amount": 5})],
    )  # fmt: skip
    done = ingest(Batch("shop", [item], brand_id=tea.pk), now=utc_now())
    return Customer.objects.get(pk=done.customer_ids[0] or 0)


def test_the_whole_way(chen: Customer) -> None:
    admin = reader(Role.ADMIN, Brand.objects.get())
    detail = reverse("customers:detail", args=[chen.pk])
    url = reverse("customers:erase", args=[chen.pk])
    assert url in text(admin, detail)
    asked = text(admin, url)
    assert "Identities" in asked
    assert "Chen Xi" not in asked
    for typed in ("", "C-999", "yes"):
        answer = admin.post(url, {"reason": "request", "typed": typed})
        assert answer.status_code == 422
    assert "not the number of this customer" in answer.content.decode()
    assert not Erasure.objects.exists()
    answer = admin.post(url, {"reason": "request", "typed": f"c-{chen.pk}", "bar": "on"})
    made = Erasure.objects.get()
    certificate = reverse("customers:certificate", args=[made.pk])
    assert answer.url == certificate  # type: ignore[attr-defined]
    shown = text(admin, certificate)
    assert "she asked for it" in shown
    file = admin.get(f"{certificate}?as=html")
    assert "attachment" in file["Content-Disposition"]
    assert made.number in file.content.decode()
    data = json.loads(admin.get(f"{certificate}?as=json").content)
    assert data["customer"] == chen.pk
    assert {"table": "customers_identity", "rows": 1, "removed": True} in data["rows"]
    for page in (shown, file.content.decode(), json.dumps(data)):
        assert "Chen" not in page
        assert "6021" not in page
    # Her page says so and leads there; nothing can be done with her any more.
    assert certificate in text(admin, detail)
    assert admin.get(url).status_code == 404
    lift = reverse("customers:certificate_lift", args=[made.pk])
    assert lift in shown
    admin.post(lift)
    made.refresh_from_db()
    assert made.lifted_at is not None
    assert lift not in text(admin, certificate)


def test_who_may_not(chen: Customer) -> None:
    manager = reader(Role.MANAGER, None)
    url = reverse("customers:erase", args=[chen.pk])
    assert url not in text(manager, reverse("customers:detail", args=[chen.pk]))
    assert manager.get(url).status_code == 403
    answer = manager.post(url, {"reason": "request", "typed": str(chen.pk)})
    assert answer.status_code == 403
    assert not Erasure.objects.exists()
