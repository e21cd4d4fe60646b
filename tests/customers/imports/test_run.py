"""The run: every row once, whatever stops it; and the dry run, which leaves nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.access import Actor, RightMissing
from customers.actions.imports import AlreadyLoaded, create, prepare, start, stop
from customers.imports import refused_rows, rehearse, run
from customers.imports.before import remembered
from customers.imports.rehearse import Halted
from customers.imports.storage import keep
from customers.models import (
    Brand,
    Customer,
    CustomerTag,
    Event,
    Identity,
    Import,
    ImportRefusal,
    ImportState,
    Segment,
    Tag,
    User,
    Via,
)
from customers.tasks import run_import

pytestmark = pytest.mark.django_db

ACTOR = Actor.of_command("test")
EVENTS = {
    "columns": {"id": "identity:member_id", "day": "time", "amount": "property:amount"},
    "event": "purchase",
}


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A hundred purchases of twenty customers; the first two rows are the same purchase twice."""
    rows = ["id,day,amount", "m0,2026-01-05,1.10"]
    rows += [f"m{n % 20},2026-01-{5 + n // 20:02},{n + 1}.10" for n in range(99)]
    path = tmp_path / "purchases.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def begin(
    brand: Brand,
    file: Path,
    now: datetime,
    data: Any = None,
    kind: str = "events",
    again: bool = False,
) -> Import:
    prepared = prepare(ACTOR, brand, file, kind=kind, mapping=data or EVENTS, now=now)
    found = create(ACTOR, prepared, now=now)
    start(ACTOR, found, now=now, again=again)
    return found


def clock(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def counts(found: Import) -> tuple[int, ...]:
    found.refresh_from_db()
    return (found.rows, found.accepted, found.refused, found.duplicates, found.customers_created)


def test_every_row_comes_in_once(brand: Brand, file: Path, now: datetime) -> None:
    found = begin(brand, file, now)
    assert run(found, file, clock=clock(now), batch=7)
    assert counts(found) == (100, 100, 0, 0, 20)
    assert found.state == ImportState.DONE
    assert Event.objects.count() == 100
    total = sum(Decimal(str(event.properties["amount"])) for event in Event.objects.all())
    assert total == Decimal("1.10") + sum(Decimal(n) + Decimal("0.10") for n in range(1, 100))
    with pytest.raises(AlreadyLoaded, match="100 rows"):
        begin(brand, file, now)
    again = begin(brand, file, now, again=True)
    assert again.pk != found.pk
    assert run(again, file, clock=clock(now))
    assert counts(again) == (100, 0, 0, 100, 0)
    assert Event.objects.count() == 100


def test_killed_between_batches_and_within_one(
    brand: Brand, file: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that dies before its commit leaves nothing; the next run goes on from before it."""
    module = import_module("customers.imports.run")
    found = begin(brand, file, now)
    inner = module._keep_refusals
    calls = 0

    def dies(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls in (3, 4, 9):
            raise KeyboardInterrupt
        inner(*args)

    monkeypatch.setattr(module, "_keep_refusals", dies)
    deaths = 0
    for _attempt in range(10):
        found = Import.objects.get(pk=found.pk)
        try:
            assert run(found, file, clock=clock(now), batch=9)
            break
        except KeyboardInterrupt:
            deaths += 1
            assert Event.objects.count() == Import.objects.get(pk=found.pk).accepted
    assert deaths == 3
    assert counts(found) == (100, 100, 0, 0, 20)
    assert Event.objects.count() == 100


def test_stop_and_resume(brand: Brand, file: Path, now: datetime) -> None:
    found = begin(brand, file, now)
    assert not run(found, file, clock=clock(now), seconds=0, batch=30)
    assert counts(found)[0] == 30
    stop(ACTOR, found, now=now)
    assert not run(found, file, clock=clock(now), batch=30)
    assert counts(found)[0] == 30
    # Asked for the same again, the one that was stopped goes on.
    same = begin(brand, file, now)
    assert same.pk == found.pk
    assert run(same, file, clock=clock(now), batch=30)
    assert counts(found) == (100, 100, 0, 0, 20)


def test_a_second_worker_leaves_it_alone(brand: Brand, file: Path, now: datetime) -> None:
    found = begin(brand, file, now)
    late = Import.objects.get(pk=found.pk)
    assert not run(found, file, clock=clock(now), seconds=0, batch=30)
    assert not run(late, file, clock=clock(now), batch=30)
    assert counts(found)[0] == 30


def test_another_file_is_not_gone_on_with(brand: Brand, file: Path, now: datetime) -> None:
    found = begin(brand, file, now)
    file.write_text("id,day,amount\nm1,2026-01-05,1\n")
    assert run(found, file, clock=clock(now))
    found.refresh_from_db()
    assert found.state == ImportState.FAILED
    assert "began with" in found.problem
    assert Event.objects.count() == 0


def test_bad_rows_are_refused_with_their_reason(
    brand: Brand, tmp_path: Path, now: datetime
) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(
        b"phone,day,amount,note\n"
        b"+86 138 1234 6021,2026-01-05,1,fine\n"
        b"12,2026-01-05,1,=cmd|calc\n"
        b"13812346022,2026-02-30,1,x\n"
        b"13812346022,2026-01-05\n"
        b"13812346022,2026-01-05,1,a\x00b\n"
        b",2026-01-05,1,nobody\n"
        b"13812346022,2099-01-05,1,later\n"
        b"13812346023,2026-01-05,2,\xf0\x9f\x99\x82 \xd7\xa9\n"
    )
    data = {
        "columns": {"phone": "identity:phone", "day": "time", "amount": "property:amount",
                    "note": "property:note"},
        "event": "paid",
        "types": {"day": "date"},
    }  # fmt: skip
    found = begin(brand, file, now, data)
    assert run(found, file, clock=clock(now))
    assert counts(found) == (8, 2, 6, 0, 2)
    reasons = dict(found.refusals.values_list("line", "text"))
    assert sorted(reasons) == [3, 4, 5, 6, 7, 8]
    assert all(text.endswith(".") for text in reasons.values())
    rows = list(csv.reader(io.StringIO("".join(refused_rows(found)).lstrip("\ufeff"))))
    assert rows[0][2:] == ["phone", "day", "amount", "note"]
    assert rows[1][0] == "3"
    assert rows[1][-1] == "'=cmd|calc"


def test_customers_tags_and_lists(brand: Brand, tmp_path: Path, now: datetime) -> None:
    Tag.objects.create(code="tier", name="Tier")
    file = tmp_path / "people.csv"
    file.write_text(
        "member,mail,city,points,tier,vip\n"
        "00017,a@example.com,杭州,12,gold,yes\n"
        "00018,b@example.com,,7.5,,no\n"
    )
    data = {
        "columns": {"member": "identity:member_id", "mail": "identity:email",
                    "city": "attribute:city", "points": "attribute:points",
                    "vip": "attribute:vip", "tier": "tag:tier"},
        "segment": "spring",
    }  # fmt: skip
    found = begin(brand, file, now, data, kind="list")
    assert run(found, file, clock=clock(now))
    first, second = Customer.objects.order_by("pk")
    assert first.attributes == {"city": "杭州", "points": 12, "vip": True}
    assert second.attributes == {"points": 7.5, "vip": False}
    assert Identity.objects.filter(value="00017").exists()
    assert CustomerTag.objects.get().value == "gold"
    segment = Segment.objects.get(code="spring")
    assert (segment.size, segment.members.count()) == (2, 2)
    reading = {"encoding", "delimiter", "sheet", "header_line"}
    expected = {name: value for name, value in found.mapping.items() if name not in reading}
    assert remembered(brand, "list", found.header) == expected


def test_conditions_and_key_columns(brand: Brand, tmp_path: Path, now: datetime) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("order,id,n\nA1,m1,2\nA1,m1,2\nC2,m1,1\nA3,,1\nA4,m2,0\n")
    data = {
        "columns": {"id": "identity:member_id", "n": "property:n"},
        "event": "order paid",
        "key": ["order"],
        "where": [
            {"column": "id", "op": "exists"},
            {"column": "order", "op": "not_starts", "value": "C"},
            {"column": "n", "op": "gt", "value": 0},
        ],
    }
    found = begin(brand, file, now, data)
    assert run(found, file, clock=clock(now))
    assert counts(found) == (5, 1, 0, 1, 1)
    assert found.passed_over == 3


def test_rehearsal_tells_and_leaves_nothing(brand: Brand, file: Path, now: datetime) -> None:
    with file.open("a") as more:
        more.write("m1,never,3\n")
    data = {**EVENTS, "types": {"day": "date"}}
    prepared = prepare(ACTOR, brand, file, kind="events", mapping=data, now=now)
    seen = rehearse(prepared, file, now=now)
    assert (seen.rows, seen.accepted, seen.refused, seen.customers_created) == (101, 100, 1, 20)
    assert seen.is_whole
    assert (seen.problems[0].line, seen.problems[0].cells[0]) == (102, "m1")
    assert not Event.objects.exists()
    assert not Customer.objects.exists()
    assert not Import.objects.exists()
    assert not rehearse(prepared, file, now=now, rows=10).is_whole
    with pytest.raises(Halted):
        rehearse(prepared, file, now=now, tell=lambda _rows: False)
    assert not Customer.objects.exists()


def test_queries_do_not_grow_with_rows(brand: Brand, file: Path, now: datetime) -> None:
    run(begin(brand, file, now), file, clock=clock(now))
    small = file.with_name("small.csv")
    small.write_text("".join(file.read_text().splitlines(keepends=True)[:11]))
    used = []
    for path in (small, file):
        found = begin(brand, path, now, {**EVENTS, "event": f"of {path.name}"})
        with CaptureQueriesContext(connection) as queries:
            run(found, path, clock=clock(now))
        used.append(len(queries))
    assert used[0] == used[1]


def test_a_stored_file_is_run_by_the_worker(brand: Brand, file: Path, now: datetime) -> None:
    stored = keep(ContentFile(file.read_bytes(), "purchases.csv"))
    prepared = prepare(ACTOR, brand, file, kind="events", mapping=EVENTS, stored=stored, now=now)
    found = create(ACTOR, prepared, now=now)
    run_import(found.pk)
    assert counts(found)[0] == 0, "a draft is not run"
    start(ACTOR, found, now=now)
    run_import(found.pk)
    assert counts(found)[:2] == (100, 100)


def test_a_worker_speaks_the_language_of_the_page(
    brand: Brand, tmp_path: Path, now: datetime
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("id,day,amount\nm1,2026-02-31,2\n")
    for language, words in (("zh-hans", "日期"), ("en", "calendar")):
        stored = keep(ContentFile(file.read_bytes(), "bad.csv"))
        mapping = {**EVENTS, "event": f"purchase_{language[:2]}"}
        prepared = prepare(
            ACTOR, brand, file, kind="events", mapping=mapping, stored=stored, now=now
        )
        found = create(ACTOR, prepared, now=now)
        start(ACTOR, found, now=now)
        run_import(found.pk, language)
        assert words in ImportRefusal.objects.get(import_of=found).text


def test_rights(brand: Brand, file: Path, now: datetime) -> None:
    nobody = Actor(Via.PAGE, User.objects.create_user("new@example.com", "a long pass phrase"))
    with pytest.raises(RightMissing):
        prepare(nobody, brand, file, kind="events", mapping=EVENTS, now=now)
    found = begin(brand, file, now)
    for change in (start, stop):
        with pytest.raises(RightMissing):
            change(nobody, found, now=now)


def test_command(brand: Brand, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [str(file), "--kind", "events", "--brand", "tea", "--event", "purchase"]
    maps = ["--map", "id=identity:member_id", "--map", "day=time", "--map", "amount=property:n"]
    call_command("load", *options, *maps, "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out)["customers_created"] == 20
    call_command("load", *options, *maps, "--where", "amount > 50", "--json")
    first = json.loads(capsys.readouterr().out)
    assert (first["state"], first["accepted"], first["passed_over"]) == ("done", 50, 50)
    call_command("load", *options, "--json")  # as the last time
    known = json.loads(capsys.readouterr().out)
    assert (known["known"], known["import"]) == (True, first["import"])
    call_command("load", *options, "--again", "--json")
    assert json.loads(capsys.readouterr().out)["duplicates"] == 50
    with pytest.raises(CommandError, match="no column"):
        call_command("load", *options, "--map", "nope=time")
    with pytest.raises(CommandError, match="no brand"):
        call_command("load", str(file), "--kind", "events", "--brand", "coffee")
