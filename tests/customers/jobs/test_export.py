"""Files of customers: whole or masked, harmless in a spreadsheet, bounded, kept for a week."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from openpyxl import load_workbook

from customers.access import Actor, RightMissing
from customers.actions import bulk as actions
from customers.ingest import Batch, Item, TagFact, ingest
from customers.jobs import Selection, files, run, selection
from customers.jobs.values import safe
from customers.models import AuditEntry, Brand, BulkJob, Customer, JobKind, JobState, Role, Tag
from customers.names import catch_up
from customers.scope import Scope
from customers.tasks import look_after_bulk
from tests.customers.jobs.test_bulk import clock, go, member

pytestmark = pytest.mark.django_db
COLUMNS = ["id.phone", "id.email", "at.points", "at.city", "tag.tier", "created"]


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def ids(
    tea: Brand, now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> list[int]:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(selection, "PART", 2)
    monkeypatch.setattr(files, "PIECE", 2)
    Tag.objects.create(code="tier", name="Tier")
    items = [
        Item(
            str(n),
            [("phone", f"+861381234{n:04}"), ("email", f"p{n}@example.com")],
            attributes={"name": name, "city": city, "points": n * 10},
            tags=[TagFact("tier", "gold")] if n % 2 else [],
        )
        for n, (name, city) in enumerate(
            [("王小明", "杭州"), ("=1+1", "@SUM(A1)"), ("Ann \x0b", "-2+3|cmd"),
             ("陈曦", 'a"b,c\nd'), ("阿强", "+86 138"), ("😀", "  =x"), ("Last", "\t=y")]
        )
    ]  # fmt: skip
    done = ingest(Batch("test", items, brand_id=tea.pk), now=now)
    assert not done.refused
    catch_up()
    return [id for id in done.customer_ids if id]


def exported(actor: Actor, tea: Brand, now: datetime, query: str = "", **given: object) -> BulkJob:
    job = go(actor, JobKind.EXPORT, Selection(query), [tea], now, columns=COLUMNS, **given)
    assert run(job.pk, clock=clock(now))
    job.refresh_from_db()
    assert job.state == JobState.DONE
    return job


def test_a_csv_holds_everybody_in_the_order_of_the_list(
    ids: list[int], tea: Brand, now: datetime
) -> None:
    job = exported(member(Role.MANAGER, tea), tea, now, "sort=name", format="csv")
    data = b"".join(files.pieces(job))
    assert (len(data), len(job.files), job.done) == (job.size, 2, 7)
    assert not data.startswith(b"\xef\xbb\xbf")
    head, *lines = csv.reader(io.StringIO(data.decode(), newline=""))
    assert head[:4] == ["Number", "Name", "Phone", "E-mail"]
    assert [int(line[0]) for line in lines] != sorted(ids)
    by_id = {int(line[0]): line[1:] for line in lines}
    assert set(by_id) == set(ids)
    assert by_id[ids[0]] == ["王小明", "+8613812340000", "p0@example.com", "0", "杭州", "",
                             "2026-03-04 09:30"]  # fmt: skip
    assert by_id[ids[1]][0] == "'=1+1"
    assert by_id[ids[1]][3:6] == ["10", "'@SUM(A1)", "gold"]
    assert by_id[ids[2]][4] == "'-2+3|cmd"
    assert by_id[ids[3]][4] == 'a"b,c\nd'
    assert by_id[ids[4]][4] == "+86 138"
    assert by_id[ids[6]][4] == "'\t=y"


def test_for_excel_there_is_a_mark_and_no_formula(
    ids: list[int], tea: Brand, now: datetime
) -> None:
    manager = member(Role.MANAGER, tea)
    excel = exported(manager, tea, now, format="excel")
    assert b"".join(files.pieces(excel)).startswith(b"\xef\xbb\xbf")
    sheet = exported(manager, tea, now, "sort=old", format="xlsx")
    book = load_workbook(io.BytesIO(b"".join(files.pieces(sheet))))
    rows = list(book.active.iter_rows())
    assert len(rows) == 8
    assert {cell.data_type for row in rows for cell in row} <= {"s", "inlineStr", "n"}
    assert [row[1].value for row in rows[1:4]] == ["王小明", "=1+1", "Ann "]
    assert rows[2][4].value == 10


def test_personal_data_are_masked_on_wish_and_without_the_right(
    ids: list[int], tea: Brand, now: datetime
) -> None:
    manager = member(Role.MANAGER, tea)
    wished = b"".join(files.pieces(exported(manager, tea, now, format="csv", masked="1"))).decode()
    job = go(manager, JobKind.EXPORT, Selection(""), [tea], now, columns=COLUMNS, format="csv")
    # The right goes between the question and the file.
    assert manager.user is not None
    manager.user.memberships.update(role=Role.MARKETER)
    run(job.pk, clock=clock(now))
    job.refresh_from_db()
    for text in (wished, b"".join(files.pieces(job)).decode()):
        assert "138 **** 0000" in text
        assert "王**" in text
        for secret in ("13812340000", "p0@", "王小明"):
            assert secret not in text


def test_a_file_is_its_owners_for_a_week(ids: list[int], tea: Brand, now: datetime) -> None:
    manager = member(Role.MANAGER, tea)
    job = exported(manager, tea, now, format="csv")
    names = list(job.files)
    actions.download(manager, job, now=now + timedelta(days=6))
    other = member(Role.MARKETER, tea)
    with pytest.raises(RightMissing):
        actions.download(other, job, now=now)
    with pytest.raises(ValidationError, match="kept for a week"):
        actions.download(manager, job, now=now + timedelta(days=8))
    assert all(default_storage.exists(name) for name in names)
    assert look_after_bulk() == 0  # the clock of the machine is long past that week
    job.refresh_from_db()
    assert job.files == []
    assert not any(default_storage.exists(name) for name in names)
    with pytest.raises(ValidationError, match="There is no file"):
        actions.download(manager, job, now=now)
    again = exported(manager, tea, now, format="csv")
    [name, *_rest] = again.files
    actions.delete_file(manager, again, now=now)
    assert not default_storage.exists(name)
    told = list(AuditEntry.objects.filter(action__startswith="export.").values_list("action"))
    assert sorted(action for (action,) in told) == ["export.delete", "export.download"]


def test_an_export_is_resumed_and_stopped(ids: list[int], tea: Brand, now: datetime) -> None:
    manager = member(Role.MANAGER, tea)
    job = go(manager, JobKind.EXPORT, Selection(""), [tea], now, columns=COLUMNS, format="csv")
    assert not run(job.pk, clock=clock(now), seconds=0)
    job.refresh_from_db()
    assert (job.done, len(job.files)) == (4, 1)
    actions.stop(manager, job, now=now)
    run(job.pk, clock=clock(now))
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.STOPPED, 4)
    actions.go_on(manager, job, now=now)
    Customer.objects.filter(pk=ids[0]).update(erased_at=now)
    assert run(job.pk, clock=clock(now))
    job.refresh_from_db()
    lines = list(csv.reader(io.StringIO(b"".join(files.pieces(job)).decode(), newline="")))
    assert {int(line[0]) for line in lines[1:]} == set(ids[1:])
    assert len(lines) == 7


def test_a_sheet_is_bounded(
    ids: list[int], tea: Brand, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "XLSX_MOST", 6)
    with pytest.raises(ValidationError, match="at most 6 customers, these are 7"):
        exported(member(Role.MANAGER, tea), tea, now, format="xlsx")
    with pytest.raises(ValidationError, match="one of the formats"):
        exported(member(Role.ADMIN, tea), tea, now, format="pdf")


def test_only_formulas_are_made_harmless() -> None:
    for text in ("+8613812346021", "-3.5", "+86 138 1234", "王", "a=b", ""):
        assert safe(text) == text
    for text in ("=1", "+1+1", "-x", "@a", " =1", "\t=1", "+86|cmd"):
        assert str(safe(text)).startswith("'")
    assert safe(5) == 5


def test_the_scope_of_the_reader_holds(ids: list[int], tea: Brand, now: datetime) -> None:
    cup = Brand.objects.create(code="cup", name="Cup")
    Tag.objects.create(code="theirs", name="Theirs", brand=cup)
    columns = ["tag.theirs", "at.city"]
    actor = member(Role.MANAGER, tea)
    job = go(actor, JobKind.EXPORT, Selection(""), [tea], now, columns=columns, format="csv")
    run(job.pk, clock=clock(now))
    job.refresh_from_db()
    head = b"".join(files.pieces(job)).decode().partition("\r\n")[0]
    assert head == "Number,Name,City"
    assert Scope([tea], tea, False).brand_ids == job.options["brands"]
