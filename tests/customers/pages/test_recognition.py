"""How customers are recognised: by right, with the effect said first, and audited."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.urls import reverse

from customers.ingest import Batch, Item, ingest
from customers.models import Attribute, AuditEntry, Brand, Identity, Namespace, Role, Source
from tests.customers.pages.test_merges import a_pair, reader, text

pytestmark = pytest.mark.django_db


def values_of(kind: Namespace, **changed: object) -> dict[str, object]:
    return {"name": kind.name, "chinese": "微信", "strength": kind.strength, "limit": kind.limit,
            "normaliser": kind.normaliser, "is_personal": "on", "brand": "", **changed}  # fmt: skip


def test_a_lower_limit_says_whom_it_concerns_before_it_is_saved(now: datetime) -> None:
    a_pair(now)
    admin, manager = reader(Role.ADMIN, None), reader(Role.MANAGER, None)
    kind = Namespace.objects.get(code="unionid")
    url = reverse("customers:recognition_kind", args=[kind.pk])
    page = admin.post(url, values_of(kind, limit=1)).content.decode()
    said = "1 customer has more than 1 now and keeps them. Further ones go to review."
    assert said in page
    kind.refresh_from_db()
    assert kind.limit == 2
    # What was said has to be what is still so.
    assert admin.post(url, values_of(kind, limit=1, seen="something else")).status_code == 422
    assert manager.post(url, values_of(kind, limit=1, seen=said)).status_code == 403
    assert admin.post(url, values_of(kind, limit=1, seen=said)).status_code == 302
    kind.refresh_from_db()
    assert (kind.limit, kind.names) == (1, {"zh-hans": "微信"})
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.changes["limit"]) == ("namespace.change", [2, 1])
    for limit in ("0", "1001", "x", ""):
        assert admin.post(url, values_of(kind, limit=limit)).status_code == 422


def test_strength_says_what_it_does_and_the_normal_form_stays(now: datetime) -> None:
    a_pair(now)
    admin = reader(Role.ADMIN, None)
    kind = Namespace.objects.get(code="unionid")
    url = reverse("customers:recognition_kind", args=[kind.pk])
    page = admin.post(url, values_of(kind, strength="weak")).content.decode()
    assert "2 customers have one, 0 of them nothing else that identifies a person." in page
    admin.post(url, values_of(kind, normaliser="lower"))
    kind.refresh_from_db()
    assert (kind.strength, kind.normaliser) == ("strong", "text")


def test_a_brand_has_member_numbers_of_its_own(now: datetime) -> None:
    tea = Brand.objects.create(code="tea", name="Tea")
    rum = Brand.objects.create(code="rum", name="Rum")
    admin = reader(Role.ADMIN, None)
    general = Namespace.objects.get(code="member_id")
    made = {"name": "Tea member", "chinese": "", "code": "tea_member", "strength": "strong",
            "limit": 1, "normaliser": "text", "brand": tea.pk, "general": general.pk}  # fmt: skip
    url = reverse("customers:recognition_new")
    page = admin.post(url, made).content.decode()
    said = page.split('name="seen" value="')[1].split('"')[0]
    assert "is read as this kind" in said
    seen = said.replace("&#x27;", "'")
    assert admin.post(url, {**made, "seen": seen}).status_code == 302
    for brand in (tea, rum):
        ingest(Batch("shop", [Item("1", [("member_id", "7")])], brand_id=brand.pk), now=now)
    owners = dict(Identity.objects.values_list("namespace__code", "customer_id"))
    assert set(owners) == {"tea_member", "member_id"}
    assert len(set(owners.values())) == 2
    again = admin.post(url, {**made, "code": "tea_other", "seen": seen})
    assert again.status_code == 422


def test_rules_and_trust_are_set_by_who_may(now: datetime) -> None:
    a_pair(now)
    admin, marketer = reader(Role.ADMIN, None), reader(Role.MARKETER, None)
    city = Attribute.objects.get(code="city")
    url = reverse("customers:recognition_rule", args=[city.pk])
    values = {"name": "City", "chinese": "城市", "conflict": "trusted"}
    assert marketer.post(url, values).status_code == 403
    assert admin.post(url, values).status_code == 302
    city.refresh_from_db()
    assert (city.conflict, city.names["zh-hans"]) == ("trusted", "城市")
    shop = Source.objects.get(code="shop")
    url = reverse("customers:recognition_source", args=[shop.pk])
    assert admin.post(url, {"name": "Shop", "trust": 101}).status_code == 422
    assert admin.post(url, {"name": "Shop", "trust": 90}).status_code == 302
    page = text(admin, reverse("customers:recognition_sources"))
    assert page.index("Shop") < page.index("crm")
    assert "The value of the most trusted source stays." in text(
        admin, reverse("customers:recognition_rules")
    )
