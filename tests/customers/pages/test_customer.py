"""The page of one customer: masked until somebody who may see says what for."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from config.clock import utc_now
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Brand, Customer, Disclosure, EventType, Role
from tests.customers.pages.test_pages import reader, text

pytestmark = pytest.mark.django_db
SECRETS = ("12346021", "1234 6021", "chen@example.com", "Chen Xi", "Long Lane", "1994")


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def chen(tea: Brand) -> Customer:
    now = utc_now()
    item = Item(
        "1", [("phone", "138 1234 6021"), ("email", "chen@example.com"), ("user_id", "u1")],
        attributes={"name": "Chen Xi", "address": "12 Long Lane", "birthday": "1994-02-03"},
        events=[
            EventFact("order paid", now, {"amount": 5, "receiver": "Chen Xi", "phone": 13812346021,
                                          "note": "ring 138 1234 6021, or chen@example.com"}),
            EventFact("Chen Xi came by", now),
            EventFact("asked", now, {"remark": "has twins"}),
        ],
    )  # fmt: skip
    done = ingest(Batch("shop", [item], brand_id=tea.pk), now=now)
    assert not done.refused
    return Customer.objects.get(pk=done.customer_ids[0] or 0)


def page(client: Client, customer: Customer, query: str = "") -> str:
    return text(client, reverse("customers:detail", args=[customer.pk]) + query)


def test_nothing_personal_is_in_the_page_nor_in_the_next_of_the_timeline(
    tea: Brand, chen: Customer
) -> None:
    viewer, manager = reader(Role.VIEWER, tea), reader(Role.MANAGER, tea)
    for client in (viewer, manager):
        for query in ("", "?kind=events", "?kind=identity"):
            shown = page(client, chen, query)
            assert not [secret for secret in SECRETS if secret in shown]
    assert "has twins" in page(viewer, chen)
    EventType.objects.filter(code="asked").update(personal={"remark": True})
    assert "has twins" not in page(viewer, chen)


def test_showing_asks_what_for_and_ends(tea: Brand, chen: Customer) -> None:
    manager, viewer = reader(Role.MANAGER, tea), reader(Role.VIEWER, tea)
    show = reverse("customers:show", args=[chen.pk])
    assert show in page(manager, chen)
    assert show not in page(viewer, chen)
    assert viewer.get(show).status_code == viewer.post(show, {"reason": "service"}).status_code
    assert viewer.post(show, {"reason": "service"}).status_code == 403
    answer = manager.post(show, {"reason": ""})
    assert answer.status_code == 422
    assert "Chen Xi" not in answer.content.decode()
    assert manager.post(show, {"reason": "order"}).status_code == 302
    shown = page(manager, chen)
    assert all(secret in shown for secret in ("12346021", "chen@example.com", "Chen Xi"))
    assert "an order or a delivery" in shown
    Disclosure.objects.update(at=utc_now() - timedelta(hours=1), until=utc_now())
    assert "Chen Xi" not in page(manager, chen)
    manager.post(show, {"reason": "order"}, headers={"hx-request": "true"})
    assert "Chen Xi" in page(manager, chen)
    manager.post(reverse("customers:hide", args=[chen.pk]))
    assert "Chen Xi" not in page(manager, chen)


def test_a_manager_of_another_brand_is_not_let_in(chen: Customer) -> None:
    cup = Brand.objects.create(code="cup", name="Cup")
    manager = reader(Role.MANAGER, cup)
    show = reverse("customers:show", args=[chen.pk])
    assert show not in page(manager, chen)
    assert manager.post(show, {"reason": "service"}).status_code == 403
    assert "Chen Xi" not in page(manager, chen)


def test_the_list_is_masked_until_she_says_what_for_and_finds_whom_her_brand_knows(
    tea: Brand, chen: Customer
) -> None:
    cup = Brand.objects.create(code="cup", name="Cup")
    bao = Item(
        "1", [("phone", "138 1234 7777"), ("user_id", "u2")], attributes={"name": "Chen Bao"}
    )
    ingest(Batch("shop", [bao], brand_id=cup.pk), now=utc_now())
    url = reverse("customers:list")
    manager = reader(Role.MANAGER, tea)
    assert "Chen Xi" not in text(manager, url)
    for each in (chen.pk, chen.pk + 1):
        manager.post(reverse("customers:show", args=[each]), {"reason": "service"})
    shown = text(manager, url)
    assert "Chen Xi" in shown
    assert "Chen Bao" not in shown
    assert "138 **** 7777" in shown
    # Nor does the search tell a beginning: that would spell it out sign by sign.
    for q, hers, theirs in (
        ("Chen", True, False), ("+8613812346", True, False), ("+8613812347", False, False),
        ("Chen Bao", False, True), ("138 1234 7777", False, True),
    ):  # fmt: skip
        found = text(manager, f"{url}?q={quote(q)}")
        assert (f"/customers/{chen.pk}/" in found) is hers, q
        assert (f"/customers/{chen.pk + 1}/" in found) is theirs, q
