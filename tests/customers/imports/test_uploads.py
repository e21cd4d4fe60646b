"""Files arrive in parts: in order, once, whole, and from where they were after a break."""

from __future__ import annotations

import hashlib
import tracemalloc
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from customers.access import Actor, RightMissing
from customers.actions.imports import complete, create, discard, start
from customers.actions.uploads import Misplaced, begin, bring, finish, receive, revise
from customers.imports import Unreadable
from customers.imports.lines import FILE_BYTES
from customers.imports.storage import PART_BYTES, _Parts, keep_part, local
from customers.models import AuditEntry, Brand, Import, User, Via
from customers.tasks import run_import, tidy_imports

pytestmark = pytest.mark.django_db
CONTENT = "手机号,姓名\n13812346021,陈曦\n13812346022,林薇\n".encode("gb18030")


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(code="tea", name="Tea", timezone="Asia/Shanghai")


@pytest.fixture
def actor() -> Actor:
    return Actor(Via.PAGE, User.objects.create_superuser("wei@example.com", "a long pass phrase"))


def begun(actor: Actor, found: Import, now: datetime) -> None:
    with local(found.stored) as path:
        complete(found, path)
    start(actor, create(actor, found, now=now), now=now)


def test_parts_become_a_draft(
    brand: Brand,
    actor: Actor,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    found = begin(actor, brand, name="people.csv", size=len(CONTENT), now=now)
    assert receive(actor, found, 0, CONTENT[:10]) == 10
    with pytest.raises(Misplaced) as again:
        receive(actor, found, 0, CONTENT[:10])
    assert again.value.received == 10
    with pytest.raises(Misplaced):
        finish(actor, found)
    # The connection broke; the same file is chosen again.
    same = begin(actor, brand, name="people.csv", size=len(CONTENT), now=now)
    assert (same.pk, same.received) == (found.pk, 10)
    receive(actor, same, 10, CONTENT[10:])
    with django_capture_on_commit_callbacks(execute=True):
        finish(actor, same)
    finish(actor, same)  # asked twice, since the first answer was lost
    found.refresh_from_db()
    assert found.digest == hashlib.sha256(CONTENT).hexdigest()
    assert found.header == ["手机号", "姓名"]
    assert found.mapping["columns"] == {"手机号": ["identity:phone"], "姓名": ["attribute:name"]}
    assert found.mapping["encoding"] == "gb18030"
    assert found.lines == 3
    with local(found.stored) as path:
        assert path.read_bytes() == CONTENT
    assert not default_storage.exists(f"imports/parts/{found.pk}-{0:012}")
    entry = AuditEntry.objects.get(action="import.upload")
    assert entry.changes == {"bytes": [None, len(CONTENT)]}


def test_what_is_not_taken(brand: Brand, actor: Actor, now: datetime) -> None:
    for size, words in ((0, "empty"), (FILE_BYTES + 1, "2 GB")):
        with pytest.raises(Unreadable, match=words):
            begin(actor, brand, name="x.csv", size=size, now=now)
    found = begin(actor, brand, name="x.csv", size=5, now=now)
    for data in (b"", b"123456", b"x" * (PART_BYTES + 1)):
        with pytest.raises(Unreadable, match="More arrived"):
            receive(actor, found, 0, data)
    found.refresh_from_db()
    assert found.received == 0
    nobody = Actor(Via.PAGE, User.objects.create_user("new@example.com", "a long pass phrase"))
    for refused in (
        lambda: begin(nobody, brand, name="x.csv", size=5, now=now),
        lambda: receive(nobody, found, 0, b"12345"),
        lambda: finish(nobody, found),
        lambda: bring(nobody, brand, ContentFile(b"a\n1\n", "x.csv"), now=now),
        lambda: revise(nobody, found, kind="list", mapping={}, source="", fresh=False),
        lambda: discard(nobody, found, now=now),
    ):
        with pytest.raises(RightMissing):
            refused()


def test_a_file_that_can_not_be_read_stays_to_be_read_otherwise(
    brand: Brand, actor: Actor, now: datetime
) -> None:
    content = "\nтелефон;имя\n+7 912 345-67-89;Анна\n".encode("cp1251")
    found = bring(actor, brand, ContentFile(b"\xff\xff" + content, "x.csv"), now=now)
    assert "encoding" in found.problem
    revise(actor, found, kind="customers", mapping={"encoding": "cp1251", "header_line": 2},
           source="crm", fresh=False)  # fmt: skip
    found.refresh_from_db()
    assert (found.problem, found.header, found.source) == ("", ["телефон", "имя"], "crm")


def test_another_kind_or_reading_suggests_anew_and_other_changes_stay(
    brand: Brand, actor: Actor, now: datetime
) -> None:
    content = "order_id,phone,paid_at,amount\nA1,13812346021,45292,5\n"
    found = bring(actor, brand, ContentFile(content.encode(), "x.csv"), now=now)
    assert found.kind == "events"
    assert found.mapping["columns"]["amount"] == ["property:amount"]
    revise(actor, found, kind="customers", mapping=found.mapping, source="import", fresh=False)
    found.refresh_from_db()
    assert found.mapping["columns"]["amount"] == ["attribute:amount"]
    revise(actor, found, kind="events", mapping=found.mapping, source="import", fresh=False)
    found.refresh_from_db()
    mapping = {**found.mapping, "event": "paid", "columns": {"phone": ["identity:phone"]}}
    revise(actor, found, kind="events", mapping=mapping, source="import", fresh=False)
    found.refresh_from_db()
    assert found.mapping["columns"] == {"phone": ["identity:phone"]}


def test_a_discarded_draft_takes_its_file_along(
    brand: Brand,
    actor: Actor,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    found = bring(actor, brand, ContentFile(CONTENT, "x.csv"), now=now)
    half = begin(actor, brand, name="y.csv", size=9, now=now)
    receive(actor, half, 0, b"abc")
    stored, part = found.stored, f"imports/parts/{half.pk}-{0:012}"
    assert default_storage.exists(stored)
    with django_capture_on_commit_callbacks(execute=True):
        discard(actor, found, now=now)
        Import.objects.filter(pk=half.pk).update(created_at=now - timedelta(days=400))
        assert tidy_imports() == 1
    assert not default_storage.exists(stored)
    assert not default_storage.exists(part)
    assert not Import.objects.exists()


def test_reasons_are_in_the_language_of_who_brought_the_file(
    brand: Brand, actor: Actor, now: datetime
) -> None:
    assert actor.user is not None
    actor.user.language = "zh-hans"
    actor.user.save()
    found = bring(actor, brand, ContentFile(b"phone\n12\n13812346021\n", "x.csv"), now=now)
    begun(actor, found, now)
    run_import(found.pk)
    found.refresh_from_db()
    assert (found.state, found.accepted, found.refused) == ("done", 1, 1)
    assert found.stored == ""
    assert any("\u4e00" <= char <= "\u9fff" for char in found.refusals.get().text)


def test_a_file_that_is_gone_fails_with_a_sentence(
    brand: Brand, actor: Actor, now: datetime
) -> None:
    found = bring(actor, brand, ContentFile(b"phone\n13812346021\n", "x.csv"), now=now)
    begun(actor, found, now)
    default_storage.delete(found.stored)
    run_import(found.pk)
    found.refresh_from_db()
    assert (found.state, found.problem) == ("failed", "The file is no longer there.")


def test_parts_are_joined_without_holding_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FileSystemStorage(location=tmp_path)
    monkeypatch.setattr("customers.imports.storage.default_storage", disk)
    part = b"0123456789\n" * 300_000
    for n in range(8):
        keep_part(1, n * len(part), part)
    digest = hashlib.sha256(part * 8).hexdigest()
    tracemalloc.start()
    parts = _Parts(1, 8 * len(part))
    while parts.read(1 << 20):
        pass
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (parts.digest.hexdigest(), parts.lines) == (digest, 8 * 300_000)
    assert peak < 5_000_000
