"""The pages of tags: figures of the last count, the tree, filters, uses, changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.clock import utc_now
from customers.access import Actor
from customers.actions import tag_categories as actions
from customers.models import (
    AuditEntry,
    Brand,
    Customer,
    EventType,
    Role,
    Segment,
    Tag,
    TagCategory,
    TagMeasure,
    TagRun,
    User,
)
from customers.needs import needs_of
from customers.scope import Scope
from customers.tags import TagSet, apply, count, flag
from customers.tags.tree import below, in_order

pytestmark = pytest.mark.django_db
ACTOR = Actor.of_command("tests")
LIST = "customers:tags"


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


def reader(role: Role, brand: Brand | None) -> Client:
    user = User.objects.create_user(f"{role}{brand}@example.com", "x", language="en")
    user.memberships.create(brand=brand, role=role)
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, url: str, **data: Any) -> str:
    answer = client.get(url, data)
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


def held(tag: Tag, at: datetime, **values: int) -> list[int]:
    """Give the tag: value → how many customers."""
    ids: list[int] = []
    for value, n in values.items():
        rows = Customer.objects.bulk_create(Customer(created_at=at) for _ in range(n))
        apply([TagSet(row.pk, tag.pk, value) for row in rows], source_id=None, now=at)
        ids += [row.pk for row in rows]
    return ids


def test_the_list_stands_in_the_order_of_the_tree_and_tells_the_count(tea: Brand) -> None:
    now = utc_now()
    value = TagCategory.objects.create(name="Value", names={"zh-hans": "价值"}, position=1)
    loyal = TagCategory.objects.create(name="Loyalty", parent=value)
    taste = TagCategory.objects.create(name="Taste", position=0)
    tier = Tag.objects.create(code="tier", name="Tier", category=loyal, brand=tea)
    Tag.objects.create(code="tea_kind", name="Kind of tea", category=taste)
    Tag.objects.create(code="loose", name="Loose end", names={"zh-hans": "散件"})
    held(tier, now - timedelta(days=2), gold=3, silver=1)
    client = reader(Role.ADMIN, None)
    before = text(client, reverse(LIST))
    assert before.count("not counted yet") == 3
    count(now=now)
    page = text(client, reverse(LIST))
    rows = client.get(reverse(LIST)).context["found"].rows
    assert [(row.shelf, row.tag.name) for row in rows] == [
        ("Taste", "Kind of tea"),
        ("Value › Loyalty", "Tier"),
        ("Without a category", "Loose end"),
    ]
    assert "4 <small>100" in page
    # A category holds what stands below it; words are found in any language.
    only = text(client, reverse(LIST), category=value.pk)
    assert "Tier" in only
    assert "Loose end" not in only
    assert "Loose end" in text(client, reverse(LIST), category="none")
    assert "Loose end" in text(client, reverse(LIST), q="散")
    assert "No tag fits" in text(client, reverse(LIST), q="zzz")
    assert "Tier" not in text(client, reverse(LIST), brand="shared")
    assert "Kind of tea" not in text(client, reverse(LIST), brand=tea.pk)
    assert "No tag fits" in text(client, reverse(LIST), kind="fact")
    for odd in (
        {"category": "9" * 40},
        {"page": "x"},
        {"brand": "-1"},
        {"flag": "?"},
        {"q": "\x00"},
    ):
        text(client, reverse(LIST), **odd)


def test_lists_and_pages_ask_the_same_for_many_as_for_few(tea: Brand) -> None:
    client, now = reader(Role.ADMIN, None), utc_now()
    tier = Tag.objects.create(code="tier", name="Tier")
    held(tier, now, gold=1)
    count(now=now)
    urls = [
        reverse(LIST), reverse("customers:tag", args=[tier.pk]),
        reverse("customers:tag_changes", args=[tier.pk]), reverse("customers:tag_categories"),
    ]  # fmt: skip

    def queries() -> list[int]:
        found = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as captured:
                client.get(url)
            assert not [q for q in captured if "customers_customertag" in q["sql"]]
            found.append(len(captured))
        return found

    before = queries()
    held(tier, now, **{f"v{n}": 2 for n in range(20)})
    for n in range(30):
        shelf = TagCategory.objects.create(name=f"Shelf {n}")
        tag = Tag.objects.create(code=f"t{n}", name=f"T{n}", category=shelf, brand=tea)
        rule = {"all": [{"tag": "tier"}, {"tag": tag.code}]}
        Segment.objects.create(code=f"s{n}", name=f"S{n}", kind="rule", rule=rule)
        TagRun.objects.create(tag=tier, started_at=now)
    count(now=now)
    flag(now=now)
    assert queries() == before
    assert max(before) < 20


def test_the_page_tells_values_days_uses_and_changes(tea: Brand) -> None:
    now = utc_now()
    tier = Tag.objects.create(
        code="tier", name="Tier", kind="model",
        definition={"schema": 1, "model": {"of": "rules", "values": [
            {"code": "gold", "name": {"en": "Golden", "zh-hans": "金卡"},
             "rule": {"event": "order_paid"}}]}},
    )  # fmt: skip
    ids = held(tier, now - timedelta(days=3), gold=3, silver=1)
    rule = {"all": [{"tag": "tier", "value": "gold"}]}
    Segment.objects.create(code="best", name="The best", kind="rule", rule=rule)
    Segment.objects.create(code="in", name="Inner", kind="rule", rule={"segment": "best"})
    other = Brand.objects.create(code="cup", name="Cup")
    Segment.objects.create(code="o", name="Theirs", kind="rule", rule=rule, brand=other)
    TagRun.objects.create(tag=tier, started_at=now, state="failed", error="It took too long.")
    client = reader(Role.MANAGER, tea)
    url = reverse("customers:tag", args=[tier.pk])
    assert "Not counted yet" in text(client, url)
    count(now=now)
    flag(now=now)
    page = text(client, url)
    for words in ("Golden", "tag=tier%3Agold", "The best", "through another segment",
                  "4 values came, 0 went", "It took too long."):  # fmt: skip
        assert words in page
    assert "Theirs" not in page
    assert page.count("bar-of-day") == 4
    changes = reverse("customers:tag_changes", args=[tier.pk])
    assert text(client, changes).count("<b>+</b> came") == 4
    assert text(client, changes, customer=ids[0]).count("<b>+</b> came") == 1
    for odd in ("x", "2026-01-01,1", f"{now.isoformat()},-1", f"{now.isoformat()},{'9' * 30}"):
        text(client, changes, after=odd)
    assert AuditEntry.objects.count() == 0
    assert client.post(reverse("customers:tag_recount", args=[tier.pk])).status_code == 403
    shared = reader(Role.MARKETER, None)
    assert shared.post(reverse("customers:tag_recount", args=[tier.pk])).status_code == 302
    assert AuditEntry.objects.get().action == "tag.recount"


def test_changes_go_on_by_cursor_without_gaps(tea: Brand) -> None:
    now = utc_now()
    tier = Tag.objects.create(code="tier", name="Tier")
    ids = held(tier, now, gold=120)
    client, seen = reader(Role.ADMIN, tea), ""
    url = reverse("customers:tag_changes", args=[tier.pk])
    after = ""
    for _page in range(3):
        answer = client.get(url, {"after": after})
        seen += answer.content.decode()
        after = answer.context["changes"].after
    assert not after
    for pk in ids:
        assert seen.count(f'href="/customers/{pk}/"') == 1


def test_flags_say_what_needs_a_look(now: datetime) -> None:
    old = now - timedelta(days=90)
    tags = [
        Tag.objects.create(code=code, name=code.title(), kind=kind)
        for code, kind in (("still", "assigned"), ("late", "fact"), ("fresh", "fact"))
    ]
    still, late, fresh = tags
    Tag.objects.update(created_at=old)
    Tag.objects.filter(pk=fresh.pk).update(refreshed_at=now, watches=["rare"])
    held(still, old, x=1)
    held(fresh, old, x=1)
    EventType.objects.create(code="order", name="o", first_seen_at=old, last_seen_at=now)
    EventType.objects.create(
        code="rare", name="r", first_seen_at=old, last_seen_at=old - timedelta(days=1)
    )
    TagRun.objects.create(tag=late, started_at=now, state="failed", error="Out of memory.")
    Segment.objects.create(code="s", name="S", kind="rule", rule={"tag": "fresh"})
    count(now=now)
    flag(now=now)
    found = {m.tag.code: m for m in TagMeasure.objects.select_related("tag")}
    assert {code: (m.stale, m.is_unused, m.problem) for code, m in found.items()} == {
        "still": ("still", True, ""),
        "late": ("late", True, "Out of memory."),
        # It reads an event that did not come in since.
        "fresh": ("", False, ""),
    }
    needs = needs_of(Scope([], None, True), now)
    assert any("Late" in need.title and need.tone == "bad" for need in needs)
    assert any("stale" in need.title for need in needs)
    page = text(reader(Role.ADMIN, None), reverse(LIST), flag="stale")
    assert "2 are stale" in page
    assert ">Fresh<" not in page


def shelf(name: str, parent: TagCategory | None = None) -> TagCategory:
    return actions.create(ACTOR, name=name, parent=parent, now=utc_now())


def test_the_tree_is_made_moved_and_put_in_order(now: datetime) -> None:
    a, b = shelf("A"), shelf("B")
    a1, a2 = shelf("A1", a), shelf("A2", a)
    deep = shelf("A1x", a1)

    def tree() -> list[str]:
        return [branch.words for branch in in_order(TagCategory.objects.all())]

    assert tree() == ["A", "A › A1", "A › A1 › A1x", "A › A2", "B"]
    actions.shift(ACTOR, a2, "up", now=now)
    actions.shift(ACTOR, a2, "up", now=now)
    assert tree() == ["A", "A › A2", "A › A1", "A › A1 › A1x", "B"]
    actions.move(ACTOR, a1, b, now=now)
    assert tree() == ["A", "A › A2", "B", "B › A1", "B › A1 › A1x"]
    assert below(in_order(TagCategory.objects.all()), b.pk) == [b.pk, a1.pk, deep.pk]
    with pytest.raises(ValidationError, match="below itself"):
        actions.move(ACTOR, b, deep, now=now)
    with pytest.raises(ValidationError, match="already"):
        shelf("a2", a)
    with pytest.raises(ValidationError, match="stands below"):
        actions.remove(ACTOR, b, now=now)
    Tag.objects.create(code="t", name="T", category=deep)
    with pytest.raises(ValidationError, match="1 tag stands"):
        actions.remove(ACTOR, deep, now=now)
    low = deep
    for level in (4, 5):
        low = shelf(f"L{level}", low)
    with pytest.raises(ValidationError, match="5 levels"):
        shelf("L6", low)
    with pytest.raises(ValidationError, match="5 levels"):
        actions.move(ACTOR, b, a, now=now)
    actions.rename(ACTOR, a, name="Alpha", names={"zh-hans": "甲"}, now=now)
    actions.remove(ACTOR, low, now=now)
    assert TagCategory.objects.get(pk=a.pk).names == {"zh-hans": "甲"}
    verbs = set(AuditEntry.objects.values_list("action", flat=True))
    assert verbs == {f"tagcategory.{v}" for v in ("create", "move", "change", "delete")}


def test_the_pages_of_the_tree_need_the_right_in_every_brand(tea: Brand) -> None:
    a = shelf("A")
    one, everybody = reader(Role.ADMIN, tea), reader(Role.MARKETER, None)
    pages = {name: reverse(f"customers:{name}") for name in ("tag_categories", "tag_category_new")}
    assert "New category" not in text(one, pages["tag_categories"])
    assert one.get(pages["tag_category_new"]).status_code == 403
    assert one.post(reverse("customers:tag_category_remove", args=[a.pk])).status_code == 403
    new = everybody.post(pages["tag_category_new"], {"name": "B", "chinese": "乙", "parent": a.pk})
    assert new.status_code == 302
    b = TagCategory.objects.get(name="B")
    assert (b.parent, b.names) == (a, {"zh-hans": "乙"})
    again = everybody.post(pages["tag_category_new"], {"name": "b", "parent": a.pk})
    assert again.status_code == 422
    assert "already" in again.content.decode()
    edit = reverse("customers:tag_category", args=[b.pk])
    assert everybody.post(edit, {"name": "Bee", "chinese": "", "parent": ""}).status_code == 302
    b.refresh_from_db()
    assert (b.name, b.names, b.parent) == ("Bee", {}, None)
    for way in ("up", "down"):
        url = reverse("customers:tag_category_shift", args=[b.pk, way])
        assert everybody.post(url).status_code == 302
    assert everybody.post(reverse("customers:tag_category_remove", args=[b.pk])).status_code == 302
    assert not TagCategory.objects.filter(pk=b.pk).exists()
    assert everybody.get(edit).status_code == 404
