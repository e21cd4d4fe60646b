"""Filters, columns, order and counts of the list of customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict

from customers.access import Actor
from customers.access.people import Shown, Sight
from customers.ingest import Batch, ConsentFact, Item, TagFact, ingest
from customers.models import Brand, Customer, Namespace, Segment, Sighting, Source, Tag
from customers.names import catch_up
from customers.queries import listing
from customers.queries.address import Address
from customers.queries.asked import Asked
from customers.queries.branches import Cursor, read_page
from customers.queries.columns import chosen, columns_of, rows_of
from customers.queries.filters import Choices
from customers.queries.listing import branches_of, count, count_exactly, in_order
from customers.scope import Scope
from customers.segments import build

pytestmark = pytest.mark.django_db
ACTOR = Actor.of_command("test")
EVERY, NOBODY = Sight(True, frozenset()), Sight(False, frozenset())
NAMES = ("王小明", "陈曦", "Anna Bell", "", "李四", "阿强")


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def cup() -> Brand:
    return Brand.objects.create(code="cup", name="Cup")


@pytest.fixture
def ids(tea: Brand, cup: Brand, now: datetime) -> list[int]:
    """Six customers who differ in everything that can be filtered by."""
    Tag.objects.create(code="tier", name="Tier")
    Tag.objects.create(code="orders", name="Orders", data_type="number")
    Tag.objects.create(code="theirs", name="Theirs", brand=cup)
    Source.objects.create(code="shop", name="Shop", kind="api", brand=tea)
    made: list[int] = []
    for n, name in enumerate(NAMES):
        item = Item(
            str(n),
            [("user_id", f"u{n}")] + ([("phone", f"+861381234{n:04}")] if n % 2 else []),
            attributes={"name": name, "city": f"city {n % 3}"} if name else {"city": "x"},
            tags=[TagFact("tier", "gold" if n < 2 else "silver"), TagFact("orders", str(n))]
            if n < 4 else [],
            consents=[ConsentFact("sms", "marketing", "granted" if n % 3 else "denied")]
            if n < 5 else [],
        )  # fmt: skip
        source = "shop" if n < 3 else "other"
        done = ingest(Batch(source, [item], brand_id=(tea if n < 4 else cup).pk), now=now)
        assert not done.refused
        made += [id for id in done.customer_ids if id]
        Customer.objects.filter(pk=made[-1]).update(created_at=now - timedelta(days=100 - 10 * n))
        Sighting.objects.filter(pk=made[-1]).update(at=now - timedelta(days=20 * n))
    catch_up()
    segment = Segment.objects.create(
        code="golden", name="Golden", kind="rule", rule={"tag": "tier", "op": "eq", "value": "gold"}
    )
    build(segment, now=now)
    Segment.objects.create(code="hidden", name="Hidden", kind="list", brand=cup)
    return made


def asked(query: str, scope: Scope, now: datetime) -> Asked:
    return Asked.of(QueryDict(query), ACTOR, scope, now)


def found(query: str, scope: Scope, now: datetime) -> list[int]:
    it = asked(query, scope, now)
    assert not it.filters.problems, it.filters.problems
    page = read_page(it.branches, it.where, size=50)
    assert count(it.branches, it.where) == (len(page.ids), True)
    assert count_exactly(it.branches, it.where) == len(page.ids)
    return page.ids


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("tag=tier:gold", lambda n: n < 2),
        ("tag=tier", lambda n: n < 4),
        ("tag=tier:!", lambda n: n >= 4),
        ("tag=tier:!gold", lambda n: n >= 2),
        ("tag=orders:>=2", lambda n: 2 <= n < 4),
        ("tag=orders:<=1&tag=tier:gold", lambda n: n < 2),
        ("tag=orders:3", lambda n: n == 3),
        ("segment=golden", lambda n: n < 2),
        ("from=shop", lambda n: n < 3),
        ("from=brand.tea", lambda n: n < 4),
        ("has=phone", lambda n: n % 2),
        ("has=!phone", lambda n: not n % 2),
        ("has=phone&has=user_id&tag=tier:gold", lambda n: n == 1),
        ("consent=sms.marketing", lambda n: n < 4 and n % 3),
        ("consent=sms.marketing&consent_is=denied", lambda n: n < 4 and not n % 3),
        ("consent=sms.marketing&consent_is=unknown", lambda n: n >= 4),
        ("seen=in30", lambda n: 20 * n <= 30),
        ("seen=not90", lambda n: 20 * n > 90),
        ("seen_from=2026-01-23&seen_to=2026-02-12", lambda n: n in (1, 2)),
        ("created_from=2026-01-13", lambda n: n == 5),
        ("created_to=2025-11-24", lambda n: n == 0),
        ("q=138&tag=tier:silver", lambda n: n == 3),
        ("q=u&has=phone", lambda n: False),
    ],
)
def test_each_filter(
    ids: list[int], tea: Brand, now: datetime, query: str, fits: Callable[[int], object]
) -> None:
    scope = Scope([tea], None, False)
    assert set(found(query, scope, now)) == {id for n, id in enumerate(ids) if fits(n)}


@pytest.mark.parametrize(
    "query",
    [
        "tag=theirs", "tag=nothing", "tag=orders:many", "segment=hidden", "from=x", "has=x",
        "from=brand.cup", "consent=sms", "consent=sms.marketing&consent_is=maybe",
        "seen_from=yesterday", "seen_from=2026-02-01&seen_to=2026-01-01", "created_to=0001-01-01",
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_and_left_out(
    ids: list[int], tea: Brand, now: datetime, query: str
) -> None:
    it = asked(query, Scope([tea], None, False), now)
    assert len(it.filters.problems) == 1
    assert it.filters.problems[0].endswith((".", "。"))
    assert not it.filters
    assert len(read_page(it.branches, it.where, size=50).ids) == len(ids)


def test_consents_of_other_brands_are_not_asked(
    ids: list[int], tea: Brand, cup: Brand, now: datetime
) -> None:
    query = "consent=sms.marketing"
    assert found(query, Scope([cup], None, False), now) == [ids[4]]
    assert len(found(query, Scope([tea, cup], None, True), now)) == 3


def test_orders(ids: list[int], tea: Brand, now: datetime) -> None:
    scope = Scope([tea], None, False)
    assert found("", scope, now) == ids[::-1]
    assert found("sort=old", scope, now) == ids
    by_name = ["阿强", "Anna Bell", "陈曦", "李四", "王小明"]
    in_place = {name: id for name, id in zip(NAMES, ids, strict=True) if name}
    named = [in_place[name] for name in by_name]
    assert found("sort=name", scope, now) == [*named, ids[3]]
    assert found("sort=name_back", scope, now) == [*named[::-1], ids[3]]
    # The order of names would tell a masked name.
    branches = branches_of("", "name", Sight(False, frozenset([tea.pk])))
    assert read_page(branches, listing.EVERYBODY, size=9).ids == ids[::-1]
    forth, cursor = [], None
    branches = branches_of("", "name", EVERY)
    for _page in range(3):
        page = read_page(branches, listing.EVERYBODY, size=2, after=cursor)
        forth += page.ids
        cursor = Cursor.read(page.after)
    assert forth == [*named, ids[3]]
    assert cursor is None


def test_counts_above_the_limit_are_about(
    ids: list[int], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNTED", 3)
    branches = branches_of("", "new", EVERY)
    counted = count(branches, listing.EVERYBODY)
    assert not counted.is_exact
    assert counted.number >= 3
    assert count_exactly(branches, listing.EVERYBODY) == 6
    assert [listing._rounded(n) for n in (9, 12_345, 987_654)] == [9, 12_000, 990_000]


def test_columns_are_shown_in_the_order_chosen(ids: list[int], tea: Brand, now: datetime) -> None:
    scope = Scope([tea], None, False)
    every = columns_of(Choices.of(scope))
    codes = [column.code for column in every]
    assert "tag.theirs" not in codes
    assert "at.name" not in codes
    columns = chosen(["tag.tier", "id.phone", "nonsense", "at.city", "tag.tier", "known"], every)
    assert [column.code for column in columns] == ["tag.tier", "id.phone", "at.city", "known"]
    [row] = rows_of(in_order([ids[1]]), columns, scope=scope, shown=Shown(every=True))
    assert [cell.text for cell in row.cells] == ["gold", "+8613812340001", "city 1", "yes"]
    [row] = rows_of(in_order([ids[1]]), columns, scope=scope, shown=Shown())
    assert [cell.text for cell in row.cells] == ["gold", "138 **** 0001", "city 1", "yes"]
    assert row.name == "陈*"
    assert [column.code for column in chosen([], every)] == [
        "id.phone", "id.email", "tags", "seen", "created"
    ]  # fmt: skip


def test_personal_attributes_are_masked(ids: list[int], tea: Brand) -> None:
    from customers.models import Attribute

    Attribute.objects.filter(code="city").update(is_personal=True)
    columns = chosen(["at.city"], columns_of(Choices.of(Scope([tea], None, False))))
    scope = Scope([tea], None, False)
    [row] = rows_of(in_order([ids[1]]), columns, scope=scope, shown=Shown())
    assert row.cells[0].text == "******"


def test_queries_for_rows_do_not_grow(ids: list[int], tea: Brand) -> None:
    from django.test.utils import CaptureQueriesContext

    scope = Scope([tea], None, False)
    columns = columns_of(Choices.of(scope))
    with CaptureQueriesContext(connection) as captured:
        rows_of(listing.in_order(ids), columns, scope=scope, shown=Shown(every=True))
    assert len(captured) == 3


def test_an_address_keeps_everything_else() -> None:
    address = Address(QueryDict("q=a&tag=x&tag=y:1&sort=old&col=id.phone&after=0.5"))
    assert address.with_(sort="name") == "q=a&tag=x&tag=y%3A1&sort=name&col=id.phone"
    assert address.with_(sort="") == "q=a&tag=x&tag=y%3A1&col=id.phone"
    assert address.bare() == "sort=old&col=id.phone"
    assert address.tidied() is None
    added = Address(QueryDict("tag=x&tag_add=y&tag_op=%3E%3D&tag_value=2&segment=&has="))
    assert added.tidied() == "tag=x&tag=y%3A%3E%3D2"
    assert Address(QueryDict("q=&segment=")).tidied() == ""


def test_namespaces_of_other_brands_are_not_offered(tea: Brand, cup: Brand) -> None:
    Namespace.objects.create(code="cup_no", name="Cup no", strength="strong", brand=cup)
    choices = Choices.of(Scope([tea], None, False))
    assert "cup_no" not in [each.code for each in choices.namespaces]
