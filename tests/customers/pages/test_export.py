"""The dossier of a customer: everything of the reader's brands, nothing of others, safe to open."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from config.clock import utc_now
from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import AuditEntry, Brand, Customer, Role, Tag
from tests.customers.pages.test_pages import reader

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen() -> Customer:
    now = utc_now()
    tea, cup = (Brand.objects.create(code=code, name=code) for code in ("tea", "cup"))
    Tag.objects.create(code="tier", name="Tier")
    phone = ("phone", "138 1234 6021")
    for brand, item in (
        (tea, Item("1", [phone], attributes={"name": "=cmd()", "likes": ["tea"]},
                   tags=[TagFact("tier", "gold")],
                   consents=[ConsentFact("sms", "marketing", "granted")],
                   events=[EventFact("order paid", now - timedelta(days=n), {"n": n})
                           for n in range(3)])),
        (cup, Item("2", [phone], events=[EventFact("cup broken", now, {"secret": "theirs"})])),
    ):  # fmt: skip
        assert not ingest(Batch("crm", [item], brand_id=brand.pk), now=now).refused
    return Customer.objects.get()


def file(client: Client, customer: Customer, form: str) -> bytes:
    answer: Any = client.post(reverse("customers:export", args=[customer.pk]), {"form": form})
    assert answer.status_code == 200
    assert f"customer-{customer.pk}.{form}" in answer["Content-Disposition"]
    return b"".join(answer.streaming_content)


def test_everything_of_ones_brands(chen: Customer) -> None:
    manager = reader(Role.MANAGER, Brand.objects.get(code="tea"))
    found = json.loads(file(manager, chen, "json"))
    assert found["identities"][0]["value"] == "+8613812346021"
    likes = next(row for row in found["attributes"] if row["attribute"] == "likes")
    assert (likes["value"], likes["source"]) == (["tea"], "crm")
    assert [row["properties"] for row in found["events"]] == [{"n": 2}, {"n": 1}, {"n": 0}]
    assert found["tags"][0]["value"] == "gold"
    assert found["consents"][0]["state"] == "granted"
    assert "theirs" not in json.dumps(found)
    entry = AuditEntry.objects.get(action="customer.export")
    assert entry.changes["rows"]["events"] == 3
    assert "6021" not in json.dumps(entry.changes)


def test_tables_are_safe_to_open(chen: Customer) -> None:
    archive = zipfile.ZipFile(io.BytesIO(file(reader(Role.MANAGER, None), chen, "zip")))
    names = set(archive.namelist())
    assert {"README.txt", "customer.csv", "events.csv", "identities.csv"} <= names
    rows = list(csv.DictReader(io.StringIO(archive.read("customer.csv").decode("utf-8-sig"))))
    assert rows[0]["name"] == "'=cmd()"
    events = list(csv.DictReader(io.StringIO(archive.read("events.csv").decode("utf-8-sig"))))
    assert len(events) == 4
    identities = archive.read("identities.csv").decode("utf-8-sig")
    assert "'+8613812346021" in identities


def test_who_may_not(chen: Customer) -> None:
    other = Brand.objects.create(code="tin", name="Tin")
    url = reverse("customers:export", args=[chen.pk])
    for client in (reader(Role.MARKETER, None), reader(Role.MANAGER, other)):
        assert client.get(url).status_code == 403
        assert client.post(url, {"form": "json"}).status_code == 403
    assert not AuditEntry.objects.filter(action="customer.export").exists()
