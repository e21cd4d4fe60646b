"""Changing a customer from her page: who may, what is refused with which words, what is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Suppression
from config.clock import utc_now
from customers.ingest import Batch, Item, ingest
from customers.models import (
    Attribute,
    AuditEntry,
    Brand,
    Conflict,
    Consent,
    Customer,
    CustomerTag,
    Identity,
    MergeReview,
    Namespace,
    Role,
    Source,
    Tag,
    TagChange,
)
from tests.customers.pages.test_pages import reader, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def chen(tea: Brand) -> Customer:
    item = Item(
        "1", [("phone", "138 1234 6021"), ("email", "chen@example.com")],
        attributes={"name": "Chen Xi", "city": "Hangzhou", "points": 12, "birthday": "1994-02-03",
                    "likes": ["tea"], "vip": True},
    )  # fmt: skip
    other = Item("2", [("phone", "139 1234 6021"), ("device", "d9")])
    done = ingest(Batch("crm", [item, other], brand_id=tea.pk), now=utc_now())
    assert not done.refused
    return Customer.objects.get(pk=done.customer_ids[0] or 0)


def post(client: Client, name: str, args: list[Any], **data: Any) -> Any:
    return client.post(reverse(name, args=args), data, headers={"hx-request": "true"})


def fresh(customer: Customer) -> Customer:
    return Customer.objects.get(pk=customer.pk)


@pytest.mark.parametrize(
    ("code", "typed", "kept"),
    [
        ("city", "Suzhou", "Suzhou"),
        ("points", "13.5", 13.5),
        ("points", "14", 14),
        ("birthday", "1995-12-31", "1995-12-31"),
        ("likes", "cups\n\n tins ", ["cups", "tins"]),
        ("vip", "false", False),
        ("name", "陈曦", "陈曦"),
    ],
)
def test_attributes_by_type(tea: Brand, chen: Customer, code: str, typed: str, kept: Any) -> None:
    manager = reader(Role.MANAGER, tea)
    Attribute.objects.filter(code=code).update(conflict=Conflict.FIRST)
    answer = post(manager, "customers:attribute", [chen.pk, code], value=typed)
    assert answer.status_code == 200, answer.content.decode()
    assert answer["HX-Redirect"] == reverse("customers:detail", args=[chen.pk])
    now = fresh(chen)
    assert now.attributes[code] == kept
    assert now.provenance[code][0] == Source.objects.get(code="by_hand").pk
    assert now.display_name == ("陈曦" if code == "name" else "Chen Xi")
    entry = AuditEntry.objects.get(action="customer.set_attribute")
    assert entry.changes == {"attribute": code}
    # The same again changes nothing, an empty one removes it.
    post(manager, "customers:attribute", [chen.pk, code], remove="1", value="x")
    assert code not in fresh(chen).attributes
    assert code not in fresh(chen).provenance


@pytest.mark.parametrize(
    ("code", "typed", "said"),
    [
        ("points", "many", "Enter a number"),
        ("birthday", "1994-02-30", "valid date"),
        ("points", "1e300", "expects"),
        ("city", "x" * 2_001, "2000"),
    ],
)
def test_what_does_not_fit_is_said(
    tea: Brand, chen: Customer, code: str, typed: str, said: str
) -> None:
    before = fresh(chen).attributes
    answer = post(reader(Role.MANAGER, tea), "customers:attribute", [chen.pk, code], value=typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert fresh(chen).attributes == before


def test_a_masked_value_is_not_in_the_form(tea: Brand, chen: Customer) -> None:
    manager = reader(Role.MANAGER, tea)
    url = reverse("customers:attribute", args=[chen.pk, "name"])
    assert "Chen" not in text(manager, url)
    assert "138 **** 6021" in text(manager, reverse("customers:identity", args=[chen.pk]))
    assert post(manager, "customers:attribute", [chen.pk, "name"], value="").status_code == 422
    assert fresh(chen).display_name == "Chen Xi"
    manager.post(reverse("customers:show", args=[chen.pk]), {"reason": "correction"})
    assert "Chen Xi" in text(manager, url)


def test_identities_come_go_and_clash(tea: Brand, chen: Customer) -> None:
    manager = reader(Role.MANAGER, tea)
    spaces = {each.code: each.pk for each in Namespace.objects.all()}

    def add(space: str, value: str) -> Any:
        return post(
            manager, "customers:identity", [chen.pk], space=spaces[space], value=value
        )  # fmt: skip

    assert add("phone", "137 0000 1111").status_code == 200
    assert Identity.objects.get(value="+8613700001111").customer_id == chen.pk
    for space, value, said in (
        ("phone", "12", "not a phone number"),
        ("phone", "13700001111", "already"),
        ("device", "d9", "joins nobody"),
    ):
        answer = add(space, value)
        assert answer.status_code == 422, value
        assert said in answer.content.decode()
    # One of somebody else is not moved, and nobody is merged: a person decides.
    assert add("phone", "139 1234 6021").status_code == 200
    review = MergeReview.objects.get()
    assert {review.one_id, review.two_id} == {chen.pk, chen.pk + 1}
    assert Identity.objects.get(value="+8613912346021").customer_id == chen.pk + 1
    Namespace.objects.filter(code="email").update(limit=1)
    assert "limit" in add("email", "second@example.com").content.decode()
    for each in Identity.objects.filter(customer=chen):
        post(manager, "customers:identity_remove", [chen.pk, each.pk])
    assert not fresh(chen).is_known
    assert "+86137" not in str(list(AuditEntry.objects.values_list("changes", flat=True)))


def test_tags_by_hand(tea: Brand, chen: Customer) -> None:
    marketer = reader(Role.MARKETER, tea)
    tag = Tag.objects.create(code="tier", name="Tier")
    computed = Tag.objects.create(code="rfm", name="RFM", kind="model")
    theirs = Tag.objects.create(
        code="cup", name="Cup", brand=Brand.objects.create(code="cup", name="Cup")
    )
    assert (
        post(marketer, "customers:tag_her", [chen.pk], tag=tag.pk, value="gold").status_code == 200
    )
    held = CustomerTag.objects.get(customer=chen)
    assert (held.value, held.source and held.source.code) == ("gold", "by_hand")
    for other in (computed, theirs):
        answer = post(marketer, "customers:tag_her", [chen.pk], tag=other.pk, value="1")
        assert answer.status_code == 422
    post(marketer, "customers:untag", [chen.pk, tag.pk], value="gold")
    assert not CustomerTag.objects.filter(customer=chen).exists()
    assert TagChange.objects.filter(customer=chen).count() == 2


def test_a_yes_needs_its_proof(tea: Brand, chen: Customer) -> None:
    manager = reader(Role.MANAGER, tea)
    said = {"brand": tea.pk, "channel": "sms", "purpose": "marketing", "state": "granted"}
    answer = post(manager, "customers:consent", [chen.pk], **said)
    assert answer.status_code == 422
    assert "proof" in answer.content.decode()
    assert post(manager, "customers:consent", [chen.pk], **said, note="rang us").status_code == 200
    assert Consent.objects.get(customer=chen).proof["note"] == "rang us"
    said["state"] = "denied"
    post(manager, "customers:consent", [chen.pk], **said)
    assert Consent.objects.get(customer=chen).state == "denied"


def test_suppressed_and_lifted(tea: Brand, chen: Customer) -> None:
    manager = reader(Role.MANAGER, tea)
    detail = reverse("customers:detail", args=[chen.pk])
    assert reverse("campaigns:suppress", args=[chen.pk]) in text(manager, detail)
    for _times in range(2):
        assert post(manager, "campaigns:suppress", [chen.pk], brand=tea.pk).status_code == 200
    entry = Suppression.objects.get()
    assert (entry.customer_id, entry.brand_id, entry.channel) == (chen.pk, tea.pk, "")
    assert "Suppressed since" in text(manager, detail)
    assert post(manager, "campaigns:suppress", [chen.pk], brand="").status_code == 422
    post(manager, "campaigns:unsuppress", [chen.pk, entry.pk])
    assert not Suppression.objects.exists()
    actions = AuditEntry.objects.filter(action__contains="suppress").values_list(
        "action", flat=True
    )
    assert sorted(actions) == ["customer.suppress", "customer.unsuppress"]


def test_who_may_not(tea: Brand, chen: Customer) -> None:
    """Neither a viewer of this brand nor a manager of another one changes anything."""
    cup = Brand.objects.create(code="cup", name="Cup")
    tag = Tag.objects.create(code="tier", name="Tier")
    known = Identity.objects.filter(customer=chen)[0]
    for client in (reader(Role.VIEWER, tea), reader(Role.MANAGER, cup)):
        for name, args, data in (
            ("customers:attribute", [chen.pk, "city"], {"value": "x"}),
            ("customers:attributes", [chen.pk], {}),
            ("customers:identity", [chen.pk], {"space": 1, "value": "13700001111"}),
            ("customers:identity_remove", [chen.pk, known.pk], {}),
            ("customers:consent", [chen.pk], {"state": "granted"}),
        ):
            assert post(client, name, args, **data).status_code in (403, 405), name
        answer = post(client, "customers:tag_her", [chen.pk], tag=tag.pk, value="x")
        assert answer.status_code == 403
        page = text(client, reverse("customers:detail", args=[chen.pk]))
        assert "Change…" not in page
    viewer = Client()
    assert post(viewer, "campaigns:suppress", [chen.pk]).status_code != 200
    assert fresh(chen).attributes["city"] == "Hangzhou"
    assert not CustomerTag.objects.exists()
    assert not Suppression.objects.exists()
