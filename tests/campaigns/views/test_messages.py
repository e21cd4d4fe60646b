"""The list of messages: what is on it, its filters, its pages, and whose it is."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from campaigns.gate import decide
from campaigns.models import Candidate
from campaigns.outbox import dispatch
from campaigns.queries.messages import Filters, messages_page
from tests.campaigns.making import Shop, make_candidate, make_customers
from tests.campaigns.views.counting import queries_of

pytestmark = pytest.mark.django_db
URL = "/messages/"


def test_empty(vera: Client) -> None:
    assert "No message yet" in vera.get(URL).content.decode()


def test_rows_and_filters(vera: Client, shop: Shop, other: Shop, now: datetime) -> None:
    ann, bob = make_customers(shop, 2, now, display_name="Ann Smith")
    make_candidate(shop, ann, now, journey_id=5)
    make_candidate(shop, bob, now, channel="sms", journey_id=6, expires_at=now)
    (foreign,) = make_customers(other, 1, now, display_name="Zoe")
    make_candidate(other, foreign, now)
    decide(now)
    dispatch(now)
    page = vera.get(URL).content.decode()
    assert page.count("<tr>") == 3
    assert "A*** S***" in page
    assert "Ann Smith" not in page
    assert "Expired" in page
    assert "handed over" in page
    for query, n in [
        ("channel=sms", 1),
        ("verdict=allowed", 1),
        ("state=handed_over", 1),
        ("journey=5", 1),
        ("journey=7", 0),
        ("channel=pigeon", 2),
        (f"customer={foreign.pk}", 0),
        ("after=x&journey=%27", 2),
    ]:
        found = vera.get(f"{URL}?{query}").content.decode()
        assert max(0, found.count("<tr>") - 1) == n, query


def test_pages_by_cursor_meet_every_row_once(shop: Shop, now: datetime) -> None:
    people = make_customers(shop, 7, now)
    shop.content()
    Candidate.objects.bulk_create(make_candidate(shop, each, now, save=False) for each in people)
    ids = list(Candidate.objects.order_by("-pk").values_list("pk", flat=True))
    brands = [shop.brand.pk]
    first = messages_page(brands, Filters(), per_page=3)
    second = messages_page(brands, Filters(), after=int(first.after), per_page=3)
    third = messages_page(brands, Filters(), after=int(second.after), per_page=3)
    assert [row.pk for page in (first, second, third) for row in page.rows] == ids
    assert (first.before, third.after) == ("", "")
    back = messages_page(brands, Filters(), before=int(third.before), per_page=3)
    assert [row.pk for row in back.rows] == [row.pk for row in second.rows]


def test_queries_do_not_grow(vera: Client, shop: Shop, now: datetime) -> None:
    people = make_customers(shop, 30, now)
    for each in people[:2]:
        make_candidate(shop, each, now)
    decide(now)
    few = queries_of(vera, URL)
    for each in people[2:]:
        make_candidate(shop, each, now)
    decide(now)
    assert queries_of(vera, URL) == few
