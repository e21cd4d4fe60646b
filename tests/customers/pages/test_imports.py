"""The pages of imports: three steps, kept at every change, for those who may and nobody else."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from config.clock import utc_now
from customers.actions.trials import current
from customers.imports.trial import try_out
from customers.models import AuditEntry, Brand, Customer, Event, Import, Role, Segment, User
from customers.tasks import run_import

pytestmark = pytest.mark.django_db
ORDERS = "订单号,手机号,下单时间,实付金额\n" + "".join(
    f"A{n},13812{n:06},2026-01-{1 + n % 28:02} 10:00,{n - 2}.50\n" for n in range(30)
)


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(code="tea", name="Tea", timezone="Asia/Shanghai")


def signed_in(role: Role, brand: Brand, language: str = "en", name: str = "") -> Client:
    user = User.objects.create_user(f"{name or role}@example.com", "x", language=language)
    user.memberships.create(brand=brand, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(brand: Brand) -> Client:
    return signed_in(Role.MARKETER, brand)


def draft(client: Client, brand: Brand, content: str | bytes, name: str = "x.csv") -> Import:
    data = content.encode() if isinstance(content, str) else content
    answer = client.post(
        reverse("customers:import_new"),
        {"brand": brand.pk, "file": SimpleUploadedFile(name, data)},
    )
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.latest("pk")


def fields(client: Client, found: Import) -> dict[str, Any]:
    """What the form of the second step would send."""
    page = client.get(reverse("customers:import", args=[found.pk]))
    columns = page.context["columns"]
    sent: dict[str, Any] = {
        "kind": found.kind, "source": found.source, "conditions": "1", "page": "1",
        "encoding": found.mapping["encoding"], "delimiter": found.mapping["delimiter"],
        "event": found.mapping.get("event", ""), "timezone": "Asia/Shanghai",
    }  # fmt: skip
    for row in columns.rows:
        sent[f"what-{row.index}"] = [target.value for target in row.targets]
        sent[f"name-{row.index}"] = [target.name for target in row.targets]
        sent[f"type-{row.index}"] = row.type
    sent["where-column"] = [str(index) for index, _one in columns.conditions]
    sent["where-op"] = [one["op"] for _index, one in columns.conditions]
    sent["where-value"] = [str(one["value"]) for _index, one in columns.conditions]
    return sent


def change(client: Client, found: Import, changes: dict[str, Any], *, part: bool = True) -> Any:
    sent = {**fields(client, found), **changes}
    headers = {"HX-Request": "true"} if part else {}
    answer = client.post(
        reverse("customers:import_columns", args=[found.pk]), sent, headers=headers
    )
    found.refresh_from_db()
    return answer


HTMX = {"HX-Request": "true"}


def tried(client: Client, found: Import) -> str:
    """The third step when a worker has tried the file out."""
    url = reverse("customers:import_rehearsal", args=[found.pk])
    client.post(url, headers=HTMX)
    assert try_out(found.pk, clock=utc_now, aside=False)
    return client.get(url, headers=HTMX).content.decode()


def test_three_steps(client: Client, brand: Brand) -> None:
    found = draft(client, brand, ORDERS.encode("gb18030"), "订单.csv")
    page = client.get(reverse("customers:import", args=[found.pk])).content.decode()
    assert "GB18030" in page
    assert "Say what the events are called" in page
    answer = change(client, found, {"next": "yes"}, part=False)
    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (200, True)

    change(client, found, {"event": "order_paid"})
    assert found.mapping["event"] == "order_paid"
    change(client, found, {"add": "where"})
    assert found.mapping["where"] == [{"column": "订单号", "op": "exists", "value": ""}]
    answer = change(client, found, {"where-column": "3", "where-op": "gt", "where-value": "0"})
    assert found.mapping["where"] == [{"column": "实付金额", "op": "gt", "value": 0}]
    assert "28 of the first 30 rows are taken" in answer.content.decode()
    change(client, found, {"key-0": "on"})
    assert found.mapping["key"] == ["订单号"]
    change(client, found, {"add": "target-0"})
    change(client, found, {"what-0": ["property:", "attribute:"], "name-0": ["order_id", ""]})
    assert found.mapping["columns"]["订单号"] == ["property:order_id", "attribute:ding_dan_hao"]
    change(client, found, {"what-0": "property:", "name-0": "order_id"})

    answer = change(client, found, {"next": "yes"}, part=False)
    third = reverse("customers:import_try", args=[found.pk])
    assert answer.url == third
    assert client.get(third).status_code == 200
    seen = tried(client, found)
    assert "The file has <em>30 rows</em>" in seen
    assert "2 don&#x27;t meet" in seen or "2 don't meet" in seen
    assert not Event.objects.exists()
    found.refresh_from_db()
    assert found.state == "draft"

    client.post(reverse("customers:import_start", args=[found.pk]))
    found.refresh_from_db()
    assert found.state == "running"
    run_import(found.pk)
    shown = client.get(reverse("customers:import", args=[found.pk])).content.decode()
    assert "hx-trigger" not in shown.split('id="progress"')[1].split(">")[0]
    assert Event.objects.count() == 28
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "import.upload", "import.create", "import.start", "import.done",
    ]  # fmt: skip


PEOPLE = "member,phone,name\nm1,13812346021,=cmd|calc\nm2,12,Chen Xi\nm3,13812346023,Lin Wei\n"


def begun(client: Client, brand: Brand, content: str = PEOPLE) -> Import:
    found = draft(client, brand, content)
    client.post(reverse("customers:import_start", args=[found.pk]))
    run_import(found.pk)
    found.refresh_from_db()
    return found


def test_refused_rows_are_taken_by_those_who_may(client: Client, brand: Brand) -> None:
    found = begun(client, brand, "member,phone,name\nm1,13812346021,x\n=m2,12,Chen Xi\n")
    assert (found.state, found.accepted, found.refused) == ("done", 1, 1)
    url = reverse("customers:import_refusals", args=[found.pk])
    answer = client.get(url)
    assert "attachment" in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][2:] == ["member", "phone", "name"]
    assert rows[1][0] == "3"
    assert rows[1][2:] == ["'=m2", "12", "Chen Xi"]
    assert AuditEntry.objects.filter(action="import.refusals").count() == 1
    # Another marketer sees counts and reasons; whoever may see personal data sees all.
    other = signed_in(Role.MARKETER, brand, name="other")
    assert other.get(url).status_code == 403
    page = other.get(reverse("customers:import", args=[found.pk])).content.decode()
    assert "Chen Xi" not in page
    assert "not a phone number" in page
    manager = signed_in(Role.MANAGER, brand)
    assert manager.get(url).status_code == 200


def test_a_draft_of_somebody_else_is_closed(client: Client, brand: Brand) -> None:
    found = draft(client, brand, PEOPLE)
    url = reverse("customers:import", args=[found.pk])
    other = signed_in(Role.MARKETER, brand, name="other")
    assert "Chen Xi" not in other.get(url).content.decode()
    assert "Chen Xi" in signed_in(Role.MANAGER, brand).get(url).content.decode()


def test_other_brands_and_roles_stay_outside(client: Client, brand: Brand) -> None:
    found = draft(client, brand, PEOPLE)
    away = signed_in(Role.ADMIN, Brand.objects.create(code="coffee", name="Coffee"), name="away")
    viewer = signed_in(Role.VIEWER, brand)
    for name in ("import", "import_try", "import_refusals"):
        assert away.get(reverse(f"customers:{name}", args=[found.pk])).status_code == 404
    for name in (
        "columns",
        "rehearsal",
        "rehearsal_stop",
        "start",
        "stop",
        "discard",
        "part",
        "whole",
    ):
        url = reverse(f"customers:import_{name}", args=[found.pk])
        assert away.post(url).status_code == 404, name
        assert viewer.post(url).status_code in (403, 409), name
    assert found.file_name not in away.get(reverse("customers:imports")).content.decode()
    assert viewer.get(reverse("customers:import_new")).status_code == 403
    answer = viewer.post(
        reverse("customers:import_begin"),
        json.dumps({"name": "x", "size": 5, "brand": str(brand.pk)}),
        content_type="application/octet-stream",
    )
    assert answer.status_code == 422
    found.refresh_from_db()
    assert (found.state, found.stored != "") == ("draft", True)


def test_parts_by_the_page(client: Client, brand: Brand) -> None:
    data = PEOPLE.encode()

    def send(url: str, data: str | bytes) -> Any:
        return client.post(url, data, content_type="application/octet-stream")

    body = {"name": "people.csv", "size": len(data), "brand": str(brand.pk)}
    begun = send(reverse("customers:import_begin"), json.dumps(body)).json()
    assert begun["received"] == 0
    assert send(f"{begun['part']}?at=0", data[:20]).json() == {"received": 20}
    late = send(f"{begun['part']}?at=0", data[:20])
    assert (late.status_code, late.json()) == (409, {"received": 20})
    assert send(begun["whole"], b"").status_code == 409
    send(f"{begun['part']}?at=20", data[20:])
    done = send(begun["whole"], b"").json()
    assert "What each column becomes" in client.get(done["next"]).content.decode()
    for bad in ("nonsense", "[]", json.dumps({**body, "size": 3 * 1024**3}), json.dumps({})):
        answer = send(reverse("customers:import_begin"), bad)
        assert answer.status_code == 422
        assert answer.json()["problem"].endswith(".")


def test_a_bad_file_is_told_and_can_be_thrown_away(client: Client, brand: Brand) -> None:
    empty = client.post(reverse("customers:import_new"), {"brand": brand.pk})
    assert "Choose a file first" in empty.content.decode()
    found = draft(client, brand, b"%PDF-1.7", "list.csv")
    page = client.get(reverse("customers:import", args=[found.pk])).content.decode()
    assert "This is a PDF" in page
    assert "Try it" not in page
    tried = client.get(reverse("customers:import_try", args=[found.pk]))
    assert tried.status_code == 302
    client.post(reverse("customers:import_start", args=[found.pk]))
    found.refresh_from_db()
    assert found.state == "draft"
    client.post(reverse("customers:import_discard", args=[found.pk]))
    assert not Import.objects.exists()


def test_stop_go_on_and_the_pace(client: Client, brand: Brand, now: datetime) -> None:
    found = draft(client, brand, PEOPLE)
    client.post(reverse("customers:import_start", args=[found.pk]))
    Import.objects.filter(pk=found.pk).update(
        lines=5_000, position=1_000, rows=1_000, resumed_at=now,
        moved_at=now + timedelta(seconds=10),
    )  # fmt: skip
    url = reverse("customers:import", args=[found.pk])
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "100 rows a second, about 40 seconds left" in part
    assert 'hx-trigger="every 2s"' in part
    client.post(reverse("customers:import_stop", args=[found.pk]))
    stopped = client.get(url).content.decode()
    assert "exactly where it stopped" in stopped
    client.post(reverse("customers:import_start", args=[found.pk]))
    found.refresh_from_db()
    assert (found.state, found.resumed_position) == ("running", 1_000)


def test_a_trial_is_done_by_a_worker_and_can_be_stopped(client: Client, brand: Brand) -> None:
    found = draft(client, brand, PEOPLE)
    url = reverse("customers:import_rehearsal", args=[found.pk])
    asked = client.post(url, headers=HTMX).content.decode()
    assert "A worker takes it up in a moment" in asked
    assert 'hx-trigger="every 1s"' in asked
    stop = reverse("customers:import_rehearsal_stop", args=[found.pk])
    stopped = client.post(stop, headers=HTMX).content.decode()
    assert "Stopped after 0 rows" in stopped
    assert "hx-trigger" not in stopped
    assert not try_out(found.pk, clock=utc_now, aside=False)
    # Another mapping is another trial.
    assert "The file has" in tried(client, found)
    assert current(found) is not None
    found.mapping["columns"] = {}
    assert current(found) is None


def test_the_same_content_is_known_and_loaded_again_only_on_demand(
    client: Client, brand: Brand
) -> None:
    begun(client, brand)
    second = draft(client, brand, PEOPLE, "another name.csv")
    seen = tried(client, second)
    assert "This file was loaded" in seen
    assert 'name="again"' in seen
    start = reverse("customers:import_start", args=[second.pk])
    client.post(start)
    second.refresh_from_db()
    assert second.state == "draft"
    client.post(start, {"again": "yes"})
    second.refresh_from_db()
    assert second.state == "running"
    run_import(second.pk)
    assert Customer.objects.count() == 2


def test_a_list_becomes_a_segment(client: Client, brand: Brand) -> None:
    found = draft(client, brand, "phone\n13812346021\n13812346022\n")
    change(client, found, {"kind": "list"})
    assert found.mapping["columns"] == {"phone": ["identity:phone"]}
    change(client, found, {"segment": "guests", "segment_name": "Guests of May"})
    client.post(reverse("customers:import_start", args=[found.pk]))
    run_import(found.pk)
    segment = Segment.objects.get(code="guests")
    assert (segment.name, segment.size, segment.owner) == ("Guests of May", 2, found.created_by)
    page = client.get(reverse("customers:import", args=[found.pk])).content.decode()
    assert reverse("customers:segment", args=[segment.pk]) in page


def test_a_thousand_columns_come_in_parts_and_keep_what_was_decided(
    client: Client, brand: Brand
) -> None:
    header = ["phone", *(f"c{n}" for n in range(999))]
    content = ",".join(header) + "\n" + ",".join(["13812346021", *["x"] * 999]) + "\n"
    found = draft(client, brand, content)
    url = reverse("customers:import", args=[found.pk])
    page = client.get(url, {"page": 2})
    assert [row.name for row in page.context["columns"].rows][:2] == ["c24", "c25"]
    assert len(page.content) < 600_000
    change(client, found, {"what-1": "ignore"})
    assert found.mapping["columns"]["c0"] == ["ignore"]
    assert found.mapping["columns"]["c900"] == ["attribute:c900"]


def test_queries_do_not_grow(client: Client, brand: Brand) -> None:
    used = []
    for count in (2, 40):
        for _n in range(count):
            begun(client, brand, f"phone\n138123{Import.objects.count():05}\n")
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("customers:imports"))
        used.append(len(queries))
    assert used[0] == used[1]


def test_in_chinese(brand: Brand) -> None:
    client = signed_in(Role.MARKETER, brand, language="zh-hans")
    with translation.override("en"):  # and back, since a request leaves its language behind
        found = draft(client, brand, ORDERS)
        page = client.get(reverse("customers:import", args=[found.pk])).content.decode()
    for words in ("文件里是什么", "每一列对应什么", "发生时间", "手机号"):
        assert words in page
