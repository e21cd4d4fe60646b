"""Events and tags of one customer, and what the admin does by actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import (
    AuditEntry,
    Customer,
    EventRow,
    Identity,
    SegmentInsight,
    Tag,
    TagCategory,
    TagRow,
)
from tests.customers.admin.samples import a_brand, a_user, key_of, one_of_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(a_user(is_staff=True, is_superuser=True))
    return client


def rows(client: Client, model: str, **query: str) -> list[Any]:
    page = client.get(reverse(f"admin:customers_{model}_changelist"), query)
    return list(page.context["cl"].queryset)


@pytest.mark.parametrize("model", ["eventrow", "tagrow"])
def test_a_list_is_of_the_customer_who_is_looked_up(
    boss: Client, now: datetime, model: str
) -> None:
    mine, other = (one_of_each(a_brand(), now)[Customer] for _ in range(2))
    phone = Identity.objects.get(customer=mine).value

    assert rows(boss, model) == []
    for term in (str(mine.pk), mine.reference, phone):
        assert {row.customer_id for row in rows(boss, model, q=term)} == {mine.pk}
    both = rows(boss, model, q=str(other.pk)) + rows(boss, model, q=str(mine.pk))
    assert [row.customer_id for row in both] == [other.pk, mine.pk]
    assert rows(boss, model, q="nobody@example.com") == []


def test_a_list_is_read_by_the_index_of_the_customer(boss: Client, now: datetime) -> None:
    customer = one_of_each(a_brand(), now)[Customer]
    with CaptureQueriesContext(connection) as asked:
        rows(boss, "eventrow", q=str(customer.pk), occurred_at_from_0="2026-01-01")
    said = [query["sql"] for query in asked if '"customers_event"' in query["sql"]]
    assert said
    assert all('"customers_event"."customer_id" IN (' in sql for sql in said)


def test_what_an_event_says_is_shown_masked(boss: Client, now: datetime) -> None:
    row = one_of_each(a_brand(), now)[EventRow]

    key = key_of(admin.site._registry[EventRow], row)
    page = boss.get(reverse("admin:customers_eventrow_change", args=[key])).content.decode()
    assert "tea" in page
    assert "13912345678" not in page
    assert "contact" in page


def test_the_page_of_a_customer_leads_to_her_lists(boss: Client, now: datetime) -> None:
    made = one_of_each(a_brand(), now)
    page = boss.get(reverse("admin:customers_customer_change", args=[made[Customer].pk]))
    for model in ("eventrow", "tagrow"):
        address = reverse(f"admin:customers_{model}_changelist", query={"q": made[Customer].pk})
        assert f'href="{address}"' in page.content.decode()
    assert made[TagRow].value in page.content.decode()


def test_a_category_is_made_moved_and_removed_by_the_actions(boss: Client) -> None:
    def post(verb: str, /, *args: Any, **typed: Any) -> Any:
        return boss.post(reverse(f"admin:customers_tagcategory_{verb}", args=args), typed)

    post("add", name="Behaviour", names="{}", parent="")
    top = TagCategory.objects.get()
    post("add", name="Orders", names='{"zh-hans": "订单"}', parent=top.pk)
    below = TagCategory.objects.get(parent=top)
    refused = post("change", top.pk, name="Behaviour", names="{}", parent=below.pk)
    assert "parent" in refused.context["adminform"].form.errors
    twice = post("add", name="orders", names="{}", parent=top.pk)
    assert "name" in twice.context["adminform"].form.errors
    post("change", below.pk, name="Buying", names="{}", parent="")
    below.refresh_from_db()
    assert (below.name, below.parent, below.position) == ("Buying", None, 1)

    Tag.objects.create(code="t", name="T", category=top)
    assert post("delete", top.pk, post="yes").status_code == 403
    bulk = {"action": "delete_selected", "_selected_action": [below.pk], "post": "yes"}
    boss.post(reverse("admin:customers_tagcategory_changelist"), bulk)
    assert list(TagCategory.objects.all()) == [top]
    said = AuditEntry.objects.filter(object_type="tagcategory").order_by("pk")
    assert [entry.action.split(".")[1] for entry in said] == [
        "create", "create", "change", "move", "delete",
    ]  # fmt: skip


def test_an_insight_that_is_on_its_way_is_stopped(boss: Client, now: datetime) -> None:
    row = one_of_each(a_brand(), now)[SegmentInsight]
    row.moved_at = now - timedelta(hours=1)
    row.save()
    chosen = {"action": "stop", "_selected_action": [row.pk]}
    boss.post(reverse("admin:customers_segmentinsight_changelist"), chosen)
    row.refresh_from_db()
    assert row.state == "stopped"
    assert AuditEntry.objects.filter(action="segment.insight_stop").count() == 1
