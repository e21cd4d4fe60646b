"""Which brands a reader sees, and the switch between them."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from customers.models import Brand, Membership, User
from customers.scope import scope_of


@pytest.fixture
def brands(db: None) -> list[Brand]:
    names = [("bakery", "Harbour Bakery"), ("tea", "Cloud Teahouse"), ("wine", "Old Cellar")]
    return [Brand.objects.create(code=code, name=name) for code, name in names]


def reader(*of: Brand | None) -> tuple[Client, User]:
    user = User.objects.create_user("wei@example.com", "a long pass phrase")
    for brand in of:
        Membership.objects.create(user=user, brand=brand, role="viewer")
    client = Client()
    client.force_login(user)
    return client, user


def seen(client: Client, rf: RequestFactory, user: User) -> list[str]:
    request = rf.get("/")
    request.user = user
    request.session = client.session
    return [brand.code for brand in scope_of(request).brands]


def test_people_of_two_brands_see_both_and_choose_one(
    rf: RequestFactory, brands: list[Brand]
) -> None:
    bakery, tea, _wine = brands
    client, user = reader(bakery, tea)
    assert seen(client, rf, user) == ["tea", "bakery"]  # by name
    client.post("/account/brand/", {"brand": str(tea.pk)})
    assert seen(client, rf, user) == ["tea"]
    client.post("/account/brand/", {"brand": "all"})
    assert seen(client, rf, user) == ["tea", "bakery"]


def test_a_brand_of_others_can_not_be_chosen(rf: RequestFactory, brands: list[Brand]) -> None:
    bakery, tea, wine = brands
    client, user = reader(bakery, tea)
    client.post("/account/brand/", {"brand": str(wine.pk)})
    assert seen(client, rf, user) == ["tea", "bakery"]


def test_people_of_the_group_see_every_brand(rf: RequestFactory, brands: list[Brand]) -> None:
    client, user = reader(None)
    assert len(seen(client, rf, user)) == len(brands)
    assert "All brands" in client.get("/").content.decode()


def test_people_of_one_brand_have_nothing_to_switch(
    rf: RequestFactory, brands: list[Brand]
) -> None:
    client, user = reader(brands[0])
    assert seen(client, rf, user) == ["bakery"]
    assert 'popovertarget="brands"' not in client.get("/").content.decode()


def test_people_of_no_brand_see_nothing(rf: RequestFactory, brands: list[Brand]) -> None:
    client, user = reader()
    assert seen(client, rf, user) == []
    assert client.get("/").status_code == 200


def test_a_right_taken_away_counts_at_once(rf: RequestFactory, brands: list[Brand]) -> None:
    client, user = reader(brands[0], brands[1])
    client.post("/account/brand/", {"brand": str(brands[1].pk)})
    user.memberships.filter(brand=brands[1]).delete()
    assert seen(client, rf, User.objects.get(pk=user.pk)) == ["bakery"]
