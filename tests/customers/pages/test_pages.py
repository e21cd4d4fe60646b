"""The pages: personal data masked, brands apart, as many queries for many rows as for few."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.clock import utc_now
from customers.access import Actor, keys
from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import ApiKey, Brand, Customer, Role, Segment, Tag, User
from customers.profile import Moment, Section, register_section, registry
from customers.segments import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def cup() -> Brand:
    return Brand.objects.create(code="cup", name="Cup")


def reader(role: Role, brand: Brand | None) -> Client:
    user = User.objects.create_user(f"{role}@example.com", "x", language="en")
    user.memberships.create(brand=brand, role=role)
    client = Client()
    client.force_login(user)
    return client


def people(brand: Brand, first: int, last: int) -> None:
    now = utc_now()
    Tag.objects.get_or_create(code="tier", defaults={"name": "Tier"})
    items = [
        Item(
            str(i),
            [("phone", f"+861381234{i:04d}"), ("email", f"person{i}@example.com")],
            attributes={"name": "Chen Xi", "city": "Hangzhou"},
            tags=[TagFact("tier", "gold")],
            consents=[ConsentFact("sms", "marketing", "granted")],
            events=[EventFact(f"kettle {n}", now - timedelta(days=n), {"n": n}) for n in range(3)],
        )
        for i in range(first, last)
    ]
    assert not ingest(Batch("test", items, brand_id=brand.pk), now=now).refused


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(url)
    return len(captured)


def test_personal_data_are_masked_without_the_right(tea: Brand) -> None:
    people(tea, 0, 1)
    pk = Customer.objects.get().pk
    Segment.objects.create(code="all", name="All", kind="rule", rule={"all": []})
    build(Segment.objects.get(), now=utc_now())
    urls = [
        reverse("customers:list"),
        reverse("customers:detail", args=[pk]),
        reverse("customers:segment_members", args=[Segment.objects.get().pk]),
    ]
    viewer, manager = reader(Role.VIEWER, tea), reader(Role.MANAGER, tea)
    manager.post(reverse("customers:show", args=[pk]), {"reason": "service"})
    for url in urls:
        hidden, open_ = text(viewer, url), text(manager, url)
        for secret in ("+8613812340000", "person0@example.com", "Chen Xi"):
            assert secret not in hidden
            assert secret in open_
        assert "138 **** 0000" in hidden


def test_search_by_identity_name_and_number(tea: Brand) -> None:
    people(tea, 0, 3)
    customer = Customer.objects.order_by("pk")[1]
    url = reverse("customers:list")
    manager, viewer = reader(Role.MANAGER, tea), reader(Role.VIEWER, tea)
    here = reverse("customers:detail", args=[customer.pk])
    for q in ("138 1234 0001", "PERSON1@example.com", f"c-{customer.pk}", "person1@"):
        found = text(manager, f"{url}?q={q}")
        assert here in found
        assert found.count('name="id"') == 1
    assert here in text(manager, f"{url}?q=chen")
    assert here in text(viewer, f"{url}?q=13812340001")
    # Beginnings would tell a masked number digit by digit.
    assert here not in text(viewer, f"{url}?q=%2B861381234000")
    assert here not in text(viewer, f"{url}?q=chen")
    for odd in ("%00", "'", "C-99999999999999999999", "%25", "\\"):
        assert manager.get(f"{url}?q={odd}").status_code == 200


def test_nothing_of_another_brand_is_shown(tea: Brand, cup: Brand) -> None:
    people(tea, 0, 1)
    mine = Segment.objects.create(
        code="m", name="Mine only", kind="rule", rule={"all": []}, brand=tea
    )
    other = Segment.objects.create(
        code="o", name="Theirs", kind="rule", rule={"all": []}, brand=cup
    )
    tag = Tag.objects.create(code="secret", name="Secret tag", brand=cup)
    customer = Customer.objects.get()
    ingest(
        Batch("cup", [Item("1", customer_id=customer.pk, tags=[TagFact("secret")],
              consents=[ConsentFact("email", "service", "denied")],
              events=[EventFact("cup broken", utc_now())])], brand_id=cup.pk),
        now=utc_now(),
    )  # fmt: skip
    build(mine, now=utc_now())
    build(other, now=utc_now())
    key, _token = keys.create(Actor.of_command("t"), cup, name="Cup key", now=utc_now())
    client = reader(Role.ADMIN, tea)
    page = text(client, reverse("customers:detail", args=[customer.pk]))
    for theirs in ("Theirs", "Secret tag", "Cup broken", "service"):
        assert theirs not in page
    assert "Mine only" in page
    assert "Theirs" not in text(client, reverse("customers:segments"))
    assert "Secret tag" not in text(client, reverse("customers:tags"))
    developers = text(client, reverse("customers:developers"))
    assert "Cup key" not in developers
    assert "Cup broken" not in developers
    for url in (
        reverse("customers:segment", args=[other.pk]), reverse("customers:tag", args=[tag.pk])
    ):  # fmt: skip
        assert client.get(url).status_code == 404
    assert client.post(reverse("customers:key_revoke", args=[key.pk])).status_code == 404
    assert ApiKey.objects.get().revoked_at is None


def test_the_number_of_queries_does_not_grow(tea: Brand) -> None:
    def segments(first: int, last: int) -> None:
        for i in range(first, last):
            rule: dict[str, Any] = {"all": [{"tag": "tier"}, {"event": f"kettle {i % 3}"}]}
            segment = Segment.objects.create(code=f"s{i}", name=f"S{i}", kind="rule", rule=rule)
            build(segment, now=utc_now())

    people(tea, 0, 2)
    segments(0, 2)
    urls = [
        reverse("customers:list"), reverse("customers:segments"), reverse("customers:tags"),
        reverse("customers:segment", args=[Segment.objects.order_by("pk")[0].pk]),
        reverse("customers:detail", args=[Customer.objects.order_by("pk")[0].pk]),
        reverse("customers:tag", args=[Tag.objects.get().pk]), reverse("customers:developers"),
    ]  # fmt: skip
    client = reader(Role.ADMIN, None)
    before = {url: queries(client, url) for url in urls}
    people(tea, 2, 30)
    segments(2, 12)
    for i in range(10):
        Tag.objects.create(code=f"t{i}", name=f"T{i}")
        keys.create(Actor.of_command("t"), tea, name=f"k{i}", now=utc_now())
    after = {url: queries(client, url) for url in urls}
    assert after == before
    assert max(after.values()) <= 30


def test_pages_go_on_by_cursor(tea: Brand) -> None:
    people(tea, 0, 70)
    client = reader(Role.ADMIN, tea)
    newest = [str(pk) for pk in Customer.objects.order_by("-pk").values_list("pk", flat=True)]
    url = reverse("customers:list")
    first, second = text(client, url), text(client, f"{url}?after=0.{newest[49]}")
    for number, pk in enumerate(newest):
        assert (f"/customers/{pk}/" in first) == (number < 50)
        assert (f"/customers/{pk}/" in second) == (number >= 50)
    assert client.get(f"{url}?after=nonsense").status_code == 200


def test_the_timeline_goes_back_without_gaps(tea: Brand) -> None:
    now = utc_now()
    events = [EventFact(f"step {n:03}", now - timedelta(hours=n)) for n in range(75)]
    item = Item("1", [("member_id", "1")], events=events)
    [pk] = ingest(Batch("t", [item], brand_id=tea.pk), now=now).customer_ids
    client = reader(Role.VIEWER, tea)
    url, seen, cursor = reverse("customers:detail", args=[pk]), "", ""
    for _page in range(3):
        answer = client.get(
            url, {"after": cursor} if cursor else {}, headers={"HX-Request": "true"}
        )
        page = answer.content.decode()
        seen += page
        cursor = unquote(page.partition('href="?after=')[2].partition('"')[0])
    assert [seen.count(f"Step {n:03}") for n in range(75)] == [1] * 75
    assert not cursor


def test_facts_of_one_instant_are_told_once_each(tea: Brand) -> None:
    now = utc_now()
    events = [EventFact(f"step {n:03}", now - timedelta(hours=n // 50)) for n in range(100)]
    item = Item("1", [("member_id", "1")], events=events)
    [pk] = ingest(Batch("t", [item], brand_id=tea.pk), now=now).customer_ids
    client = reader(Role.VIEWER, tea)
    url, seen, cursor = reverse("customers:detail", args=[pk]), "", ""
    for _page in range(4):
        given = {"kind": "events"} | ({"after": cursor} if cursor else {})
        page = client.get(url, given, headers={"HX-Request": "true"}).content.decode()
        seen += page
        cursor = unquote(page.partition('href="?after=')[2].partition("&")[0])
    assert [seen.count(f"Step {n:03}") for n in range(100)] == [1] * 100
    for odd in ("x", "2026-01-01,1", "2026-01-01T00:00:00+00:00,-1", f"{now.isoformat()},99999"):
        assert client.get(url, {"after": odd}).status_code == 200


def test_orders_are_told_in_the_money_of_their_brands(tea: Brand, cup: Brand) -> None:
    tea.currency, cup.currency = "CNY", "GBP"
    tea.save()
    cup.save()
    now = utc_now()
    bought = [EventFact("order paid", now - timedelta(days=d), {"amount": 9999}) for d in (1, 2)]
    orders = [EventFact("order_paid", now - timedelta(days=d), {"amount": 100}) for d in (3, 13)]
    odd = EventFact("order_paid", now - timedelta(days=23), {"amount": "much"})
    item = Item("1", [("member_id", "1")], events=[*bought, *orders, odd])
    [pk] = ingest(Batch("t", [item], brand_id=tea.pk), now=now).customer_ids
    theirs = Item("1", customer_id=pk, events=[EventFact("order_paid", now, {"amount": 7})])
    ingest(Batch("t", [theirs], brand_id=cup.pk), now=now)
    url = reverse("customers:detail", args=[pk])
    both = text(reader(Role.ADMIN, None), url)
    assert "¥200" in both
    assert "and £7" in both
    mine = text(reader(Role.VIEWER, tea), url)
    assert "¥66.67 each, every 10 days" in mine
    assert "£" not in mine


def test_floors_add_their_cards(tea: Brand) -> None:
    people(tea, 0, 1)

    def card(customer: Customer, **options: Any) -> Section:
        return Section("Test card", count="7", footer=f"of {customer.pk}")

    register_section("test", card)
    try:
        page = text(
            reader(Role.VIEWER, tea), reverse("customers:detail", args=[Customer.objects.get().pk])
        )
    finally:
        registry._sections.pop("test")
    assert "Test card" in page
    assert Moment(datetime.now().astimezone(), "x").kind == "events"


def test_empty_pages_say_what_to_do(tea: Brand) -> None:
    client = reader(Role.ADMIN, tea)
    assert "Send the first event" in text(client, reverse("customers:list"))
    assert "No segment yet" in text(client, reverse("customers:segments"))
    assert "No tag yet" in text(client, reverse("customers:tags"))


def test_a_key_is_shown_once_and_can_be_revoked(tea: Brand) -> None:
    client = reader(Role.ADMIN, tea)
    url = reverse("customers:developers")
    given = {"name": "Web shop", "brand": tea.pk, "lives": "30", "scopes": ["ingest", "see"]}
    answer = client.post(url, given)
    token = answer.context["token"]
    page = answer.content.decode()
    assert page.count(token) >= 3
    assert token not in text(client, url)
    assert keys.verify(token, now=utc_now()) is not None
    key = ApiKey.objects.get()
    assert key.scopes == ["ingest", "see"]
    assert client.post(reverse("customers:key_revoke", args=[key.pk])).status_code == 302
    assert keys.verify(token, now=utc_now()) is None
    assert client.post(url, {"name": "", "brand": tea.pk}).status_code == 422


def test_a_marketer_makes_no_keys(tea: Brand) -> None:
    client = reader(Role.MARKETER, tea)
    given = {"name": "x", "brand": tea.pk, "scopes": ["ingest"]}
    answer = client.post(reverse("customers:developers"), given)
    assert answer.status_code == 422
    assert not ApiKey.objects.exists()


def test_a_viewer_may_not_rebuild(tea: Brand) -> None:
    segment = Segment.objects.create(code="m", name="M", kind="rule", rule={"all": []}, brand=tea)
    client = reader(Role.VIEWER, tea)
    url = reverse("customers:segment_rebuild", args=[segment.pk])
    assert client.post(url).status_code == 403
    assert client.get(url).status_code == 405
