""" "Jump to…" finds by name, shows masked names, and only what one may see."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from customers.access.people import Sight
from customers.models import Brand, Customer, Membership, Segment, User
from customers.names import catch_up
from customers.scope import Scope
from journeys.models import Journey
from journeys.queries.jump import find

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def tea(db: None) -> Brand:
    return Brand.objects.create(code="tea", name="Cloud Teahouse")


def names(words: str, *brands: Brand) -> list[str]:
    scope = Scope(list(brands), None, False)
    return [hit.name for group in find(words, scope, []) for hit in group.hits]


@pytest.fixture
def pages_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hits without a page are left out; here every kind has one."""
    monkeypatch.setattr("journeys.queries.jump.address", lambda route, pk: f"/{route}/{pk}/")


@pytest.mark.usefixtures("pages_exist")
def test_names_that_begin_with_the_words_come_first(tea: Brand) -> None:
    for code, name in [("a", "The second order"), ("b", "Second order"), ("c", "Welcome")]:
        Journey.objects.create(brand=tea, code=code, name=name)
    assert names("second", tea) == ["Second order", "The second order"]


@pytest.mark.usefixtures("pages_exist")
def test_things_of_other_brands_are_not_found(tea: Brand) -> None:
    other = Brand.objects.create(code="bakery", name="Bakery")
    Journey.objects.create(brand=other, code="a", name="Second order")
    Segment.objects.create(brand=other, code="gold", name="Second gold", kind="rule")
    Segment.objects.create(brand=None, code="all", name="Second for all", kind="rule")
    assert names("second", tea) == ["Second for all"]


@pytest.mark.usefixtures("pages_exist")
def test_a_customer_is_found_by_number_and_shown_masked(tea: Brand) -> None:
    customer = Customer.objects.create(
        pk=4_018_226, display_name="陈曦", sort_key="陈曦", created_at=NOW
    )
    assert customer.reference == "C-4\N{NO-BREAK SPACE}018\N{NO-BREAK SPACE}226"
    for words in (customer.reference, "c-4018226", "4 018 226", "4,018,226"):
        assert names(words, tea) == ["陈*"]
    assert names("陈曦", tea) == ["陈*"]
    customer.erased_at = NOW
    customer.save()
    assert names("陈曦", tea) == []


@pytest.mark.usefixtures("pages_exist")
def test_beginnings_and_pinyin_are_for_who_may_see(tea: Brand) -> None:
    Customer.objects.create(
        display_name="陈曦", sort_key="陈曦", created_at=NOW, brand_ids=[tea.pk]
    )
    catch_up()
    scope = Scope([tea], None, False)
    for words in ("chenxi", "cx", "陈"):
        mine = find(words, scope, [], Sight(False, frozenset([tea.pk])))
        assert [hit.name for group in mine for hit in group.hits] == ["陈*"]
        assert names(words, tea) == []


@pytest.mark.usefixtures("pages_exist")
def test_people_of_no_brand_find_no_customer(tea: Brand) -> None:
    Customer.objects.create(display_name="陈曦", sort_key="陈曦", created_at=NOW)
    assert names("陈曦") == []


def test_the_palette_gets_a_list_and_a_plain_browser_a_page(tea: Brand) -> None:
    user = User.objects.create_user("wei@example.com", "a long pass phrase")
    Membership.objects.create(user=user, brand=tea, role="viewer")
    client = Client()
    client.force_login(user)
    part = client.get("/jump/", {"q": "acc"}, headers={"hx-request": "true"}).content.decode()
    assert 'role="option"' in part
    assert "Your account" in part
    assert "<html" not in part
    whole = client.get("/jump/", {"q": "<zzz>"}).content.decode()
    assert "Nothing is called “&lt;zzz&gt;”" in whole
    assert "<html" in whole
