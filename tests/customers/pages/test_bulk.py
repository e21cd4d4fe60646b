"""The pages of bulk changes and exports: one confirmation with the number, then how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Brand, BulkJob, Customer, CustomerTag, JobState, Role, Tag
from tests.customers.pages.test_pages import people, reader

pytestmark = pytest.mark.django_db
CHOOSE, START = reverse("customers:bulk"), reverse("customers:bulk_start")


@pytest.fixture
def tea(tmp_path: Path, settings: Any) -> Brand:
    settings.MEDIA_ROOT = tmp_path
    brand = Brand.objects.create(code="tea", name="Tea")
    people(brand, 0, 3)
    Tag.objects.create(code="vip", name="VIP")
    return brand


def page(client: Client, url: str, **data: Any) -> str:
    answer = client.post(url, data)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_tagging_everybody_asks_once_with_the_number(tea: Brand) -> None:
    client = reader(Role.MARKETER, tea)
    shown = page(client, CHOOSE, act="tag", all="1", query="tag=tier:gold&q=")
    assert shown.count("Tag 3 customers") == 3  # title, heading and button
    assert 'name="confirmed" value="3"' in shown
    given = {"act": "tag", "all": "1", "query": "tag=tier:gold", "tag": "vip", "value": "a"}
    answer = client.post(START, {**given, "confirmed": "2000"})
    assert answer.status_code == 422
    assert "You confirmed 2,000 customers, but 3 fit now." in answer.content.decode()
    answer = client.post(START, {**given, "confirmed": "3"})
    assert answer["Location"] == f"{reverse('customers:list')}?tag=tier%3Agold"
    assert CustomerTag.objects.filter(tag__code="vip", value="a").count() == 3


def test_an_export_of_ticked_rows_is_downloaded_by_its_owner(tea: Brand) -> None:
    client = reader(Role.MANAGER, tea)
    one = Customer.objects.order_by("pk")[0]
    given = {"act": "export", "id": str(one.pk), "query": "col=id.phone"}
    assert "Export 1 customer" in page(client, CHOOSE, **given)
    answer = client.post(START, {**given, "confirmed": "1", "format": "csv"})
    job = BulkJob.objects.get()
    assert answer["Location"] == reverse("customers:job", args=[job.pk])
    assert "Download" in client.get(answer["Location"]).content.decode()
    url = reverse("customers:job_file", args=[job.pk])
    got = client.get(url)
    data = b"".join(got.streaming_content)  # type: ignore[attr-defined]
    assert data.decode() == f"Number,Name,Phone\r\n{one.pk},Chen Xi,+8613812340000\r\n"
    assert got["Content-Length"] == str(len(data))
    other = reader(Role.ADMIN, tea)
    assert other.get(url).status_code == 404
    assert "Export 1 customer" in client.get(reverse("customers:jobs")).content.decode()
    act = reverse("customers:job_act", args=[job.pk, "delete"])
    assert client.post(act).status_code == 302
    assert client.get(url).status_code == 302
    assert "The file is removed" in client.get(answer["Location"]).content.decode()


def test_a_running_job_asks_again_and_stops(tea: Brand) -> None:
    client = reader(Role.MANAGER, tea)
    client.post(START, {"act": "tag", "all": "1", "query": "", "tag": "vip", "confirmed": "3"})
    job = BulkJob.objects.get()
    BulkJob.objects.update(state=JobState.RUNNING)
    url = reverse("customers:job", args=[job.pk])
    live = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in live
    assert "<html" not in live
    client.post(reverse("customers:job_act", args=[job.pk, "stop"]))
    assert 'hx-trigger="every' not in client.get(url).content.decode()
    assert "Go on" in client.get(url).content.decode()


def test_who_may_not_is_told(tea: Brand) -> None:
    viewer, marketer = reader(Role.VIEWER, tea), reader(Role.MARKETER, tea)
    for act in ("tag", "untag", "list", "export"):
        assert viewer.post(CHOOSE, {"act": act, "all": "1"}).status_code == 403
    assert marketer.post(CHOOSE, {"act": "export", "all": "1"}).status_code == 403
    assert marketer.post(CHOOSE, {"act": "nonsense", "all": "1"}).status_code == 302
    assert marketer.get(CHOOSE).status_code == 405
    for odd in (
        {"id": "x"},
        {"id": "9" * 30},
        {"query": "\x00=%ff&after=1"},
        {"all": "1", "query": "q=%00"},
    ):
        assert marketer.post(CHOOSE, {"act": "tag", **odd}).status_code == 200
    assert not BulkJob.objects.exists()
