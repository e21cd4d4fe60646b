"""People with known rights: Ada is admin everywhere, Mia marketer and Vera viewer of a brand."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from customers.models import Brand, Membership, User
from tests.campaigns.making import Shop, make_shop


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(now, name="Tea House")


@pytest.fixture
def other(now: datetime) -> Shop:
    return make_shop(now, "coffee", name="Coffee Bar")


def client_of(email: str, role: str, brand: Brand | None) -> Client:
    user = User.objects.create_user(email, language="en")
    Membership.objects.create(user=user, brand=brand, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ada(shop: Shop) -> Client:
    return client_of("ada@example.com", "admin", None)


@pytest.fixture
def mia(shop: Shop) -> Client:
    return client_of("mia@example.com", "marketer", shop.brand)


@pytest.fixture
def vera(shop: Shop) -> Client:
    return client_of("vera@example.com", "viewer", shop.brand)
