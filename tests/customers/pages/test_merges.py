"""The pages about who is who: masked, only for those who may, and every button does its work."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import (
    Attribute,
    AuditEntry,
    Brand,
    Customer,
    Merge,
    MergeReview,
    Role,
    Source,
    Tag,
    User,
)

pytestmark = pytest.mark.django_db
PHONE = ("phone", "+8613812346021")
MAIL = ("email", "chen@example.com")


def reader(role: Role, brand: Brand | None, language: str = "en") -> Client:
    user = User.objects.create_user(f"{role}{brand}@example.com", "x", language=language)
    user.memberships.create(brand=brand, role=role)
    client = Client()
    client.force_login(user)
    return client


def come(now: datetime, source: str, item: Item) -> None:
    brand = Brand.objects.get(code="tea")
    assert not ingest(Batch(source, [item], brand_id=brand.pk), now=now).refused


def a_pair(now: datetime, number: int = 0) -> MergeReview:
    """Two customers whom a fact named together, against the limit of unionids."""
    Brand.objects.get_or_create(code="tea", defaults={"name": "Tea"})
    Tag.objects.get_or_create(code="tier", defaults={"name": "Tier"})
    n = str(number or "")
    phone, mail = ("phone", f"+861381234602{number + 1}"), ("email", f"chen{n}@example.com")
    day = timedelta(days=1)
    old = Item(
        "1", [("unionid", f"a{n}"), ("unionid", f"b{n}"), phone],
        attributes={"name": "Chen Xi", "city": "Hangzhou", "size": "M"},
        tags=[TagFact("tier", "silver")],
        consents=[ConsentFact("sms", "marketing", "granted"),
                  ConsentFact("email", "marketing", "granted")],
        events=[EventFact("order_paid", now - 2 * day, {"amount": 10})],
    )  # fmt: skip
    new = Item(
        "2", [("unionid", f"c{n}"), mail], attributes={"city": "Suzhou", "size": "M"},
        tags=[TagFact("tier", "gold")], consents=[ConsentFact("sms", "marketing", "denied")],
        events=[EventFact("order_paid", now - day, {"amount": 32.5})],
    )  # fmt: skip
    come(now - 2 * day, "shop", old)
    come(now - day, "crm", new)
    come(now, "crm", Item(f"line {9 + number}", [phone, mail]))
    return MergeReview.objects.latest("pk")


@pytest.fixture
def pair(now: datetime) -> MergeReview:
    return a_pair(now)


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_nobody_decides_without_the_right_and_all_is_masked(pair: MergeReview) -> None:
    manager = reader(Role.MANAGER, Brand.objects.get())
    one = reverse("customers:review", args=[pair.pk])
    for url in (reverse("customers:reviews"), one):
        page = text(manager, url)
        assert "line 9" in page
        assert "/merge/?" not in page
        assert f"/reviews/{pair.pk}/merge/" not in page
    viewer = reader(Role.VIEWER, None)
    for url in (reverse("customers:reviews"), one):
        page = text(viewer, url)
        assert "chen@example.com" not in page
        assert "12346021" not in page
        assert "6021" in page
        assert "Chen Xi" not in page
    for verb in ("merge", "apart"):
        url = reverse("customers:review_decide", args=[pair.pk, verb])
        assert viewer.post(url).status_code == manager.post(url).status_code == 403
    for name, args in (("review_back", [pair.pk]), ("review_show", [pair.pk]),
                       ("merge_two", [pair.one_id, pair.two_id])):  # fmt: skip
        assert viewer.post(reverse(f"customers:{name}", args=args)).status_code == 403
    assert not Merge.objects.exists()


def test_both_sides_stand_side_by_side_with_what_stays_and_why(pair: MergeReview) -> None:
    Attribute.objects.filter(code="city").update(conflict="trusted")
    Source.objects.filter(code="shop").update(trust=90)
    client = reader(Role.MANAGER, None)
    url = reverse("customers:review", args=[pair.pk])
    page = text(client, url)
    assert (
        "Together they have 3 of the kind “WeChat unionid”, and a customer has at most 2." in page
    )
    assert "Most trusted: shop (90) before crm (50)." in page
    assert "The stricter word stays." in page
    assert "The newest value stays" in page
    assert "$42.50" in page.replace("US", "")
    assert "Chen Xi" not in page
    shown = client.post(reverse("customers:review_show", args=[pair.pk]))
    assert shown.status_code == 302
    page = text(client, url)
    assert "Chen Xi" in page
    assert "chen@example.com" in page
    assert AuditEntry.objects.filter(action="customer.show_personal").count() == 2


def test_queries_of_the_comparison_do_not_grow(now: datetime, pair: MergeReview) -> None:
    client = reader(Role.MANAGER, None)
    url = reverse("customers:review", args=[pair.pk])

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            text(client, url)
        return len(captured)

    count()
    few = count()
    for n in range(4):
        a_pair(now, n + 1)
        values = {f"extra_{n}_{i}": str(i) for i in range(5)}
        events = [EventFact("order_paid", now, {"amount": 1})]
        come(now, f"s{n}", Item("1", [PHONE], attributes=values, events=events))
    assert count() == few


def test_a_pair_is_merged_told_with_undo_and_taken_back(pair: MergeReview) -> None:
    client = reader(Role.MANAGER, None, "zh-hans")
    assert "合并" in text(client, reverse("customers:reviews"))
    answer = client.post(reverse("customers:review_decide", args=[pair.pk, "merge"]), follow=True)
    done = Merge.objects.get()
    assert (done.kept_id, done.reason) == (pair.one_id, "review")
    back = reverse("customers:review_back", args=[pair.pk])
    assert f'action="{back}"' in answer.content.decode()
    assert "没有待审核的客户" in answer.content.decode()
    pair.refresh_from_db()
    assert (pair.state, pair.merge) == ("merged", done)
    # The page of the merge says what it did, the customer's page leads there.
    merged = reverse("customers:merge_done", args=[done.pk])
    assert merged in text(client, reverse("customers:detail", args=[pair.one_id]))
    assert "已转移" in text(client, merged)
    client.post(back)
    pair.refresh_from_db()
    assert (pair.state, pair.merge, pair.decided_at) == ("open", None, None)
    assert Customer.objects.filter(merged_into__isnull=True).count() == 2
    assert f"/reviews/{pair.pk}/merge/" in text(client, reverse("customers:review", args=[pair.pk]))


def test_deciding_goes_on_to_the_next_and_skipping_comes_round(now: datetime) -> None:
    pairs = [a_pair(now, n) for n in range(3)]
    client = reader(Role.MANAGER, None)
    pages = [reverse("customers:review", args=[each.pk]) for each in pairs]
    # The newest comes first.
    assert f'href="{pages[2]}"' in text(client, reverse("customers:reviews"))
    assert f'href="{pages[1]}" data-key="s"' in text(client, pages[2])
    assert f'href="{pages[2]}" data-key="s"' in text(client, pages[0])
    answer = client.post(reverse("customers:review_decide", args=[pairs[1].pk, "apart"]))
    assert answer.headers["Location"] == pages[0]
    # Filters go along.
    query = "?reason=unionid"
    apart = reverse("customers:review_decide", args=[pairs[0].pk, "apart"])
    assert client.post(apart + query).headers["Location"] == pages[2] + query


def test_the_queue_is_filtered(now: datetime) -> None:
    fresh, stale = a_pair(now), a_pair(now, 1)
    MergeReview.objects.filter(pk=fresh.pk).update(opened_at=datetime.now(now.tzinfo))
    MergeReview.objects.filter(pk=stale.pk).update(opened_at=now - timedelta(days=4000))
    other = Brand.objects.create(code="rum", name="Rum")
    client = reader(Role.MANAGER, None)
    queue = reverse("customers:reviews")

    def found(query: str) -> list[int]:
        page = text(client, f"{queue}?{query}")
        return [each.pk for each in (fresh, stale) if f"/reviews/{each.pk}/" in page]

    assert found("") == [fresh.pk, stale.pk]
    assert found("reason=unionid") == [fresh.pk, stale.pk]
    assert found("reason=phone") == []
    assert found("age=day") == [fresh.pk]
    assert found("age=month") == [stale.pk]
    assert found(f"brand={other.pk}") == []
    assert found("brand=x&age=y&reason=%00&after=z") == [fresh.pk, stale.pk]
    # Whoever sees one brand sees the pairs of its facts only.
    outsider = reader(Role.MANAGER, other)
    assert "Nothing to decide" in text(outsider, queue)
    assert outsider.get(reverse("customers:review", args=[fresh.pk])).status_code == 404


def test_by_hand_two_are_compared_first(pair: MergeReview) -> None:
    client = reader(Role.MANAGER, None)
    choose = reverse("customers:merge", args=[pair.two_id])
    url = reverse("customers:merge_two", args=[pair.two_id, pair.one_id])
    assert f'href="{url}"' in text(client, f"{choose}?q=138 1234 6021")
    assert "After merging" in text(client, url)
    answer = client.post(url, follow=True)
    done = Merge.objects.get()
    undo = reverse("customers:unmerge", args=[done.pk])
    assert f'action="{undo}"' in answer.content.decode()
    client.post(undo)
    page = text(client, reverse("customers:merge_done", args=[done.pk]))
    assert "are two again" in page
    assert undo not in page
    pair.refresh_from_db()
    assert pair.state == "apart"


def test_a_pair_is_kept_apart_once(pair: MergeReview) -> None:
    client = reader(Role.MANAGER, None)
    url = reverse("customers:review_decide", args=[pair.pk, "apart"])
    client.post(url)
    pair.refresh_from_db()
    assert pair.state == "apart"
    client.post(url.replace("apart", "merge"))
    assert not Merge.objects.exists()
    page = text(client, reverse("customers:reviews"))
    assert "Nothing to decide" in page
    assert "Decided lately" in page
    assert "These two are kept apart" in text(client, reverse("customers:review", args=[pair.pk]))
    client.post(reverse("customers:review_back", args=[pair.pk]))
    assert "1</b> pair may be one" in text(client, reverse("customers:reviews"))
    home = text(client, "/")
    assert "1 pair of customers may be one" in home
