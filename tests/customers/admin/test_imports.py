"""Imports in the admin: looked at, stopped, resumed; mappings are checked before they are kept."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import AuditEntry, Brand, Import, ImportState, RememberedMapping, Role, User

pytestmark = pytest.mark.django_db
LIST = "admin:customers_import_changelist"


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def client(brand: Brand) -> Client:
    user = User.objects.create_user("mia@example.com", "x", is_staff=True)
    user.memberships.create(brand=brand, role=Role.MARKETER)
    client = Client()
    client.force_login(user)
    return client


def test_imports_are_stopped_and_resumed(client: Client, brand: Brand, now: datetime) -> None:
    found = Import.objects.create(
        brand=brand, kind="customers", file_name="x.csv", stored="imports/x", created_at=now,
        state=ImportState.RUNNING,
    )  # fmt: skip
    for action, state in (("stop", "stopped"), ("go_on", "running")):
        sent = {"action": action, "_selected_action": [found.pk]}
        assert client.post(reverse(LIST), sent).status_code == 302
        found.refresh_from_db()
        assert found.state == state
    assert [one.action for one in AuditEntry.objects.order_by("pk")] == [
        "import.stop", "import.start",
    ]  # fmt: skip
    answer = client.post(reverse(LIST), {"action": "go_on", "_selected_action": [found.pk]},
                         follow=True)  # fmt: skip
    assert "Only what was stopped or failed" in answer.content.decode()
    page = client.get(reverse("admin:customers_import_change", args=[found.pk]))
    assert 'name="_save"' not in page.content.decode()


def test_a_remembered_mapping_is_checked(client: Client, brand: Brand, now: datetime) -> None:
    known = RememberedMapping.objects.create(
        brand=brand, kind="customers", header_digest="x", header=["phone"], used_at=now,
        mapping={"columns": {"phone": ["identity:phone"]}},
    )  # fmt: skip
    url = reverse("admin:customers_rememberedmapping_change", args=[known.pk])
    bad = client.post(url, {"mapping": json.dumps({"columns": {"phone": ["identity:nowhere"]}})})
    assert "no kind of identity" in bad.content.decode()
    good = {"columns": {"phone": ["identity:phone", "attribute:phone_text"]}}
    assert client.post(url, {"mapping": json.dumps(good)}).status_code == 302
    known.refresh_from_db()
    assert known.mapping == good
