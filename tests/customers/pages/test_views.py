"""Saved views: kept under a name, shared in a brand, with rights and audit."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import AuditEntry, Brand, Role, SavedView, Tag, User
from tests.customers.pages.test_pages import people, reader

pytestmark = pytest.mark.django_db
URL = reverse("customers:list")
SAVE = reverse("customers:view_save")


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def cup() -> Brand:
    return Brand.objects.create(code="cup", name="Cup")


def keep(client: Client, query: str, brand: str = "", name: str = "Gold") -> int:
    return client.post(SAVE, {"name": name, "query": query, "brand": brand}).status_code


def test_a_view_keeps_filters_columns_and_order_but_nobody(tea: Brand) -> None:
    people(tea, 0, 2)
    client = reader(Role.VIEWER, tea)
    query = "q=Chen+Xi&tag=tier:gold&sort=old&col=tags&col=id.phone&after=0.7"
    assert keep(client, query) == 302
    view = SavedView.objects.get()
    assert view.query == "tag=tier%3Agold&sort=old&col=tags&col=id.phone"
    answer = client.get(f"{URL}?view={view.pk}")
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert (
        'aria-current="page"' in page.partition(f'href="?view={view.pk}"')[2].partition("</a>")[0]
    )
    assert page.index(">Tags</th>") < page.index(">Phone</th>")
    entry = AuditEntry.objects.get(action="view.save")
    assert "Chen" not in str(entry.changes)
    assert keep(client, "tag=tier:silver") == 302
    assert SavedView.objects.get().query == "tag=tier%3Asilver"
    assert client.post(reverse("customers:view_delete", args=[view.pk])).status_code == 302
    assert not SavedView.objects.exists()
    assert AuditEntry.objects.filter(action="view.delete").count() == 1


def test_who_sees_and_who_shares(tea: Brand, cup: Brand) -> None:
    people(tea, 0, 1)
    marketer, viewer = reader(Role.MARKETER, tea), reader(Role.VIEWER, tea)
    other = reader(Role.ADMIN, cup)
    assert keep(viewer, "sort=old", "tea", "No") == 403
    assert keep(marketer, "sort=old", "cup", "No") == 403
    assert not SavedView.objects.exists()
    keep(marketer, "sort=old", "tea", "Ours")
    keep(marketer, "sort=old", "", "Mine alone")
    shared, own = SavedView.objects.get(name="Ours"), SavedView.objects.get(name="Mine alone")
    assert "Ours" in viewer.get(URL).content.decode()
    assert "Mine alone" not in viewer.get(URL).content.decode()
    assert "Ours" not in other.get(URL).content.decode()
    assert viewer.post(reverse("customers:view_delete", args=[shared.pk])).status_code == 403
    assert viewer.post(reverse("customers:view_delete", args=[own.pk])).status_code == 404
    assert other.post(reverse("customers:view_delete", args=[shared.pk])).status_code == 404
    assert SavedView.objects.count() == 2


def test_bad_names_and_long_views_are_told(tea: Brand) -> None:
    client = reader(Role.VIEWER, tea)
    for name, query in (
        ("", "sort=old"),
        ("x" * 61, ""),
        ("a", "&".join(["col=" + "x" * 50] * 60)),
    ):
        client.post(SAVE, {"name": name, "query": query})
    assert not SavedView.objects.exists()
    User.objects.get()
    for n in range(51):
        keep(client, "", name=f"v{n}")
    assert SavedView.objects.count() == 50


def test_the_list_with_everything_asked(tea: Brand) -> None:
    people(tea, 0, 3)
    Tag.objects.create(code="orders", name="Orders", data_type="number")
    client = reader(Role.MANAGER, tea)
    page = client.get(f"{URL}?q=138&tag=tier:gold&has=phone&seen=in30").content.decode()
    assert "<b>3</b> of 3 fit." in page
    assert client.get(f"{URL}?tag=&segment=")["Location"] == f"{URL}?"
    answer = client.get(f"{URL}?tag_add=tier&tag_value=gold&q=x")
    assert answer["Location"] == f"{URL}?q=x&tag=tier%3Agold"
    page = client.get(f"{URL}?tag=nothing").content.decode()
    assert "There is no tag “nothing” here." in page
    values = reverse("customers:tag_values")
    assert 'value="gold"' in client.get(f"{values}?tag_add=tier").content.decode()
    assert "≥" in client.get(f"{values}?tag_add=orders").content.decode()
    assert client.get(f"{values}?tag_add=%00").status_code == 200
    for odd in ("seen=in99999", "after=99.1", "before=x", "col=%00", "sort=%27", "view=999",
                "created_from=x", "has=" + "x" * 900):  # fmt: skip
        assert client.get(f"{URL}?{odd}").status_code == 200, odd
