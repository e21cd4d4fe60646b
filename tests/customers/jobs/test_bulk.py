"""Bulk changes: who is meant is fixed when confirmed, rights hold, parts are resumed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.access import Actor, RightMissing
from customers.actions import bulk as actions
from customers.ingest import Batch, Item, ingest
from customers.jobs import Selection, run, selection
from customers.models import (
    AuditEntry,
    Brand,
    BulkJob,
    BulkPart,
    Customer,
    CustomerTag,
    JobKind,
    JobState,
    Role,
    Segment,
    SegmentMember,
    Tag,
    TagChange,
    User,
    Via,
)
from customers.scope import Scope

pytestmark = pytest.mark.django_db
COMMAND = Actor.of_command("test")


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def cup() -> Brand:
    return Brand.objects.create(code="cup", name="Cup")


@pytest.fixture
def tag() -> Tag:
    return Tag.objects.create(code="vip", name="VIP")


@pytest.fixture
def ids(tea: Brand, cup: Brand, now: datetime, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Twelve customers of tea, three of cup; five a part."""
    monkeypatch.setattr(selection, "PART", 5)
    made: list[int] = []
    for brand, first, last in ((tea, 0, 12), (cup, 12, 15)):
        items = [
            Item(str(n), [("phone", f"+861381234{n:04}")], attributes={"name": f"王{n}"})
            for n in range(first, last)
        ]
        done = ingest(Batch("test", items, brand_id=brand.pk), now=now)
        made += [id for id in done.customer_ids if id]
    return made


def member(role: Role, brand: Brand | None) -> Actor:
    user = User.objects.create_user(f"{role}@example.com", "x")
    user.memberships.create(brand=brand, role=role)
    return Actor(via=Via.PAGE, user=user, label="Ann")


def clock(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def go(actor: Actor, kind: JobKind, chosen: Selection, brands: list[Brand], now: datetime,
       **given: object) -> BulkJob:  # fmt: skip
    scope = Scope(brands, brands[0] if len(brands) == 1 else None, False)
    count, _left = actions.how_many(actor, kind, chosen, scope, now=now)
    return actions.start(actor, kind, chosen, scope, confirmed=count, given=given, now=now)


def test_everybody_in_the_list_is_tagged_once(
    ids: list[int], tea: Brand, cup: Brand, tag: Tag, now: datetime
) -> None:
    actor = member(Role.MARKETER, tea)
    chosen = Selection("q=&has=phone")
    scope = Scope([tea], tea, False)
    assert actions.how_many(actor, JobKind.TAG, chosen, scope, now=now) == (12, 3)
    job = go(actor, JobKind.TAG, chosen, [tea], now, tag="vip", value="gold")
    assert (job.total, BulkPart.objects.count()) == (12, 3)
    assert run(job.pk, clock=clock(now))
    job.refresh_from_db()
    assert (job.state, job.done, job.changed) == (JobState.DONE, 12, 12)
    held = CustomerTag.objects.filter(tag=tag, value="gold").values_list("customer_id", flat=True)
    assert set(held) == set(ids[:12])
    assert TagChange.objects.count() == 12
    assert not BulkPart.objects.exists()
    again = go(actor, JobKind.TAG, chosen, [tea], now, tag="vip", value="gold")
    run(again.pk, clock=clock(now))
    again.refresh_from_db()
    assert (again.done, again.changed) == (12, 0)
    away = go(actor, JobKind.UNTAG, Selection("tag=vip"), [tea], now, tag="vip", value="")
    run(away.pk, clock=clock(now))
    assert not CustomerTag.objects.exists()
    entries = AuditEntry.objects.filter(action__startswith="bulk.").order_by("pk")
    assert [entry.action for entry in entries][:2] == ["bulk.tag", "bulk.end"]
    assert entries[0].changes == {"customers": 12, "everybody": True, "tag": "vip"}
    assert entries[1].changes == {"customers": 12, "changed": 12, "state": "done"}


def test_ticked_rows_only_and_those_whom_ones_brand_knows(
    ids: list[int], tea: Brand, cup: Brand, tag: Tag, now: datetime
) -> None:
    actor = member(Role.MARKETER, cup)
    job = go(actor, JobKind.TAG, Selection("", (ids[0], ids[12])), [cup], now, tag="vip")
    run(job.pk, clock=clock(now))
    assert [held.customer_id for held in CustomerTag.objects.all()] == [ids[12]]


def test_a_list_is_made_and_filled(ids: list[int], tea: Brand, now: datetime) -> None:
    actor = member(Role.MARKETER, tea)
    job = go(actor, JobKind.LIST, Selection("", tuple(ids[:7])), [tea], now, name="双十一名单")
    run(job.pk, clock=clock(now))
    segment = Segment.objects.get()
    assert (segment.code, segment.size, segment.brand) == ("shuangshiyimingdan", 7, tea)
    more = go(actor, JobKind.LIST, Selection(""), [tea], now, segment=segment.code)
    run(more.pk, clock=clock(now))
    more.refresh_from_db()
    segment.refresh_from_db()
    assert (more.changed, segment.size, SegmentMember.objects.count()) == (5, 12, 12)
    twin = go(actor, JobKind.LIST, Selection("", (ids[0],)), [tea], now, name="双十一名单")
    assert twin.options == {"segment": "shuangshiyimingdan_2"}


def test_rights(ids: list[int], tea: Brand, cup: Brand, tag: Tag, now: datetime) -> None:
    viewer, marketer = member(Role.VIEWER, tea), member(Role.MARKETER, tea)
    for actor, kind in (
        (viewer, JobKind.TAG), (viewer, JobKind.UNTAG), (viewer, JobKind.LIST),
        (viewer, JobKind.EXPORT), (marketer, JobKind.EXPORT),
    ):  # fmt: skip
        with pytest.raises(RightMissing):
            go(actor, kind, Selection(""), [tea], now, tag="vip", name="x", format="csv")
    Tag.objects.create(code="theirs", name="Theirs", brand=cup)
    Tag.objects.create(code="model", name="Model", kind="model")
    for code in ("theirs", "model", "nothing", ""):
        with pytest.raises(ValidationError):
            go(marketer, JobKind.TAG, Selection(""), [tea], now, tag=code)
    assert not BulkJob.objects.exists()
    assert not Segment.objects.exists()


def test_what_is_confirmed_is_what_is_done(
    ids: list[int], tea: Brand, tag: Tag, now: datetime
) -> None:
    actor = member(Role.MANAGER, tea)
    scope = Scope([tea], tea, False)
    with pytest.raises(ValidationError, match="You confirmed 5 customers, but 12 fit now"):
        actions.start(actor, JobKind.TAG, Selection(""), scope, confirmed=5,
                      given={"tag": "vip"}, now=now)  # fmt: skip
    with pytest.raises(ValidationError, match="Nobody is left"):
        actions.start(actor, JobKind.TAG, Selection("q=zzz"), scope, confirmed=0,
                      given={"tag": "vip"}, now=now)  # fmt: skip
    assert not BulkJob.objects.exists()
    job = go(actor, JobKind.TAG, Selection("q=王"), [tea], now, tag="vip")
    # Whoever comes later was not confirmed; who is erased or merged meanwhile is who she is now.
    ingest(Batch("t", [Item("1", [("phone", "+8613900000000")], attributes={"name": "王新"})],
                 brand_id=tea.pk), now=now)  # fmt: skip
    Customer.objects.filter(pk=ids[0]).update(erased_at=now)
    Customer.objects.filter(pk=ids[1]).update(merged_into=ids[2])
    run(job.pk, clock=clock(now))
    tagged = set(CustomerTag.objects.values_list("customer_id", flat=True))
    assert tagged == set(ids[2:12])


def test_it_stops_between_parts_and_goes_on(
    ids: list[int], tea: Brand, tag: Tag, now: datetime
) -> None:
    actor = member(Role.MARKETER, tea)
    job = go(actor, JobKind.TAG, Selection(""), [tea], now, tag="vip")
    assert not run(job.pk, clock=clock(now), seconds=0)
    job.refresh_from_db()
    assert (job.done, job.position) == (5, 1)
    actions.stop(actor, job, now=now)
    run(job.pk, clock=clock(now))
    assert CustomerTag.objects.count() == 5
    with pytest.raises(RightMissing):
        actions.go_on(Actor(via=Via.PAGE, user=User.objects.create_user("o@example.com")), job,
                      now=now)  # fmt: skip
    actions.go_on(actor, job, now=now)
    run(job.pk, clock=clock(now))
    job.refresh_from_db()
    assert (job.state, CustomerTag.objects.count()) == (JobState.DONE, 12)


def test_a_tag_that_went_away_is_told(ids: list[int], tea: Brand, tag: Tag, now: datetime) -> None:
    actor = member(Role.MARKETER, tea)
    job = go(actor, JobKind.TAG, Selection(""), [tea], now, tag="vip")
    tag.delete()
    assert run(job.pk, clock=clock(now))
    job.refresh_from_db()
    assert (job.state, job.done, job.problem) == (
        JobState.FAILED, 0, "The tag is no longer there."
    )  # fmt: skip


def test_statements_do_not_grow_with_rows(
    ids: list[int], tea: Brand, tag: Tag, now: datetime
) -> None:
    def statements(chosen: Selection) -> int:
        job = go(COMMAND, JobKind.TAG, chosen, [tea], now, tag="vip", value=str(len(chosen.ids)))
        with CaptureQueriesContext(connection) as captured:
            run(job.pk, clock=clock(now))
        return len(captured)

    statements(Selection("", tuple(ids[:1])))
    assert statements(Selection("", tuple(ids[:2]))) == statements(Selection("", tuple(ids[:5])))
