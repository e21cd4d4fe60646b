"""Colleagues with known rights: Ada is admin of the group, Mia marketer, Max manager and Vera
viewer of one brand."""

from __future__ import annotations

from django.test import Client

from customers.access import Actor
from customers.models import Brand, Membership, User, Via


def user_of(name: str, role: str, brand: Brand | None, language: str = "en") -> User:
    """A colleague with one role; brand None: in all of them."""
    user = User.objects.create_user(f"{name}@example.com", display_name=name, language=language)
    Membership.objects.create(user=user, brand=brand, role=role)
    return user


def actor_of(name: str, role: str, brand: Brand | None) -> Actor:
    """A colleague as one who changes something."""
    return Actor(via=Via.PAGE, user=user_of(name, role, brand), label=name)


def client_of(name: str, role: str, brand: Brand | None, language: str = "en") -> Client:
    """A colleague's browser, signed in."""
    client = Client()
    client.force_login(user_of(name, role, brand, language))
    return client
