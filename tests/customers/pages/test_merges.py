"""The pages about who is who: masked, only for those who may, and every button does its work."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from customers.ingest import Batch, Item, ingest
from customers.models import Brand, Customer, Merge, MergeReview, Role, User

pytestmark = pytest.mark.django_db


def reader(role: Role, brand: Brand | None, language: str = "en") -> Client:
    user = User.objects.create_user(f"{role}@example.com", "x", language=language)
    user.memberships.create(brand=brand, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def pair(now: datetime) -> MergeReview:
    """Two customers whom a fact named together, against the limit of unionids."""
    Brand.objects.create(code="tea", name="Tea")
    phone = ("phone", "+8613812346021")
    old = Item("1", [("unionid", "a"), ("unionid", "b"), phone], attributes={"name": "Chen Xi"})
    new = Item("2", [("unionid", "c"), ("email", "chen@example.com")])
    for item in (old, new, Item("line 9", [phone, ("email", "chen@example.com")])):
        ingest(Batch("crm", [item]), now=now)
    return MergeReview.objects.get()


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_both_sides_are_shown_masked_and_nobody_decides_without_the_right(
    pair: MergeReview,
) -> None:
    client = reader(Role.MANAGER, Brand.objects.get())
    page = text(client, reverse("customers:reviews"))
    assert "at most 2 per customer" in page
    assert "line 9" in page
    assert "/merge/" not in page
    viewer = reader(Role.VIEWER, None)
    page = text(viewer, reverse("customers:reviews"))
    assert "chen@example.com" not in page
    assert "12346021" not in page
    assert "6021" in page
    for verb in ("merge", "apart"):
        url = reverse("customers:review_decide", args=[pair.pk, verb])
        assert client.post(url).status_code == 403
    assert client.post(reverse("customers:merge_two", args=[pair.one_id, pair.two_id])
                       ).status_code == 403  # fmt: skip
    assert not Merge.objects.exists()


def test_a_pair_is_merged_and_unmerged_on_the_pages(pair: MergeReview) -> None:
    client = reader(Role.MANAGER, None, "zh-hans")
    assert "合并" in text(client, reverse("customers:reviews"))
    client.post(reverse("customers:review_decide", args=[pair.pk, "merge"]))
    done = Merge.objects.get()
    assert (done.kept_id, done.reason) == (pair.one_id, "review")
    detail = reverse("customers:detail", args=[pair.one_id])
    undo = reverse("customers:unmerge", args=[done.pk])
    assert undo in text(client, detail)
    client.post(undo)
    assert undo not in text(client, detail)
    assert Customer.objects.filter(merged_into__isnull=True).count() == 2
    pair.refresh_from_db()
    assert pair.state == "apart"
    # By hand it is still possible.
    choose = reverse("customers:merge", args=[pair.two_id])
    url = reverse("customers:merge_two", args=[pair.two_id, pair.one_id])
    assert url in text(client, f"{choose}?q=138 1234 6021")
    assert client.post(url).url == detail  # type: ignore[attr-defined]
    assert Merge.objects.filter(undone_at__isnull=True).count() == 1


def test_a_pair_is_kept_apart_once(pair: MergeReview) -> None:
    client = reader(Role.MANAGER, None)
    url = reverse("customers:review_decide", args=[pair.pk, "apart"])
    client.post(url)
    pair.refresh_from_db()
    assert pair.state == "apart"
    client.post(url.replace("apart", "merge"))
    assert not Merge.objects.exists()
    assert "Nothing to decide" in text(client, reverse("customers:reviews"))
