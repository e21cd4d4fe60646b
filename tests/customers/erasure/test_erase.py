"""An erasure leaves nothing of who she was, anywhere, and every count as it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from campaigns.models import Candidate, Decision, Message, RecordedMessage, Suppression
from customers import imports
from customers.access import Actor, RightMissing, keys
from customers.actions import erasure as actions
from customers.actions import imports as import_actions
from customers.actions.catalogue import expect
from customers.actions.personal import show
from customers.erasure import registry
from customers.identity.merge import merge
from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.ingest.refusals import note_refused
from customers.models import (
    AnsweredCall,
    AuditEntry,
    BarredIdentity,
    Brand,
    BulkJob,
    BulkPart,
    ConsentChange,
    Customer,
    CustomerTag,
    Erasure,
    Event,
    Identity,
    Import,
    MergeRow,
    QuarantinedItem,
    Role,
    Segment,
    SegmentMember,
    Tag,
    TagChange,
    User,
    Via,
)
from customers.names.catch_up import catch_up
from customers.segments import build
from journeys.models import Enrollment, HeldTimer, Listener, NodeCount, Step, Stretch, Timer
from tests.customers.admin.samples import one_of_each

pytestmark = pytest.mark.django_db
ACTOR = Actor.of_command("test")
# Written so that no other row of the test can hold them by chance.
SECRETS = ("13812346021", "138 1234 6021", "quillon", "zebedee", "17 larkspur", "1994-02-03",
           "union-7f3k", "vip-secret")  # fmt: skip


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


def her(tea: Brand, now: datetime) -> Customer:
    """Somebody who left something of herself everywhere, and was merged once."""
    for code in ("tier", "nick"):
        Tag.objects.create(code=code, name=code)
    first = Item(
        "1", [("phone", "+8613812346021"), ("email", "quillon@example.com")],
        attributes={"name": "Zebedee Quillon", "address": "17 Larkspur", "birthday": "1994-02-03",
                    "city": "Hangzhou"},
        tags=[TagFact("tier", "gold"), TagFact("nick", "Zebedee")],
        consents=[ConsentFact("sms", "marketing", "granted", wording="for Zebedee",
                              proof={"ip": "10.0.0.1", "phone": "+8613812346021"})],
        events=[EventFact("order paid", now - timedelta(days=n),
                          {"amount": 10.5 + n, "is_gift": True, "currency": "CNY", "pieces": 2,
                           "phone": 13812346021, "note": "ring Quillon", "number": 13812346021,
                           "to": {"street": "17 Larkspur"}, "list": ["Zebedee"]})
                for n in range(5)],
    )  # fmt: skip
    second = Item("2", [("unionid", "union-7F3K"), ("device", "d1")],
                  attributes={"name": "Quillon", "remark": "vip-secret"})  # fmt: skip
    other = Item("3", [("phone", "+8613900001111")], attributes={"name": "Ann"},
                 tags=[TagFact("tier", "gold")], events=[EventFact("order paid", now)])  # fmt: skip
    done = ingest(Batch("crm", [first, second, other], brand_id=tea.pk), now=now)
    assert not done.refused
    one, two = (Customer.objects.get(pk=pk) for pk in done.customer_ids[:2] if pk)
    merge(ACTOR, one, two, note="told by Quillon", now=now)
    return Customer.objects.get(pk=one.pk)


def leave_more(customer: Customer, tea: Brand, now: datetime) -> None:
    made = one_of_each(tea, now)
    walk, candidate, message = made[Enrollment], made[Candidate], made[Message]
    Enrollment.objects.filter(pk=walk.pk).update(
        customer=customer, bucket=customer.bucket, context={"event": {"phone": "13812346021"}},
        visit=1, entry_key="quillon@example.com", entry_guard="quillon@example.com",
        error="Zebedee",
    )  # fmt: skip
    Timer.objects.filter(enrollment_id=walk.pk).update(bucket=customer.bucket)
    Stretch.objects.filter(enrollment_id=walk.pk).update(detail={"name": "Zebedee"})
    Listener.objects.create(
        customer_id=customer.pk, event_type_id=Event.objects.all()[0].event_type_id,
        enrollment_id=walk.pk, visit=walk.visit, bucket=customer.bucket,
        version_id=walk.version_id, node=walk.node, opened_at=now,
        match_property="to", match_value="Quillon",
    )  # fmt: skip
    Candidate.objects.filter(pk=candidate.pk).update(
        customer=customer, bucket=customer.bucket, context={"who": "Zebedee"}, state="deferred"
    )
    Message.objects.filter(pk=message.pk).update(
        customer=customer, address="quillon@example.com", subject="Dear Zebedee",
        error="provider|no such box quillon@example.com", provider_id="quillon-1",
        next_attempt_at=now,
    )  # fmt: skip
    RecordedMessage.objects.create(
        message=message, at=now, address="quillon@example.com", subject="Dear Zebedee",
        body="17 Larkspur", html="<p>Zebedee</p>",
    )  # fmt: skip
    for scope, value in (("address", "quillon@example.com"), ("customer", "")):
        Suppression.objects.create(
            scope=scope, value=value, customer=customer if not value else None, reason="manual",
            note="Quillon wanted it", at=now,
        )  # fmt: skip


def refused_file(tea: Brand, folder: Path, now: datetime) -> Import:
    """A file with a row of hers that was refused."""
    path = folder / "people.csv"
    path.write_text(
        "phone,name,joined\n138 1234 6021,Zebedee Quillon,1994-99-99\n139 0000 1111,Ann,tomorrow\n"
    )
    mapping = {"columns": {"phone": "identity:phone", "name": "attribute:name",
                           "joined": "attribute:birthday"}}  # fmt: skip
    found = import_actions.prepare(ACTOR, tea, path, kind="customers", mapping=mapping, now=now)
    found = import_actions.create(ACTOR, found, now=now)
    import_actions.start(ACTOR, found, now=now)
    imports.run(found, path, clock=lambda: now, seconds=60)
    found.refresh_from_db()
    assert found.refused == 2
    return found


def set_aside(tea: Brand, now: datetime) -> None:
    """What she is said to be where nothing was taken in: quarantine, refusals, kept answers."""
    says = {"amount": {"type": "number"}, "street": {"type": "number"}}
    expect(ACTOR, tea, "ordered", mode="quarantine", properties=says, now=now)
    given = {"amount": "Zebedee", "street": "17 Larkspur", "call": 13812346021}
    events = [EventFact("ordered", now, given)]
    for identity in (
        ("phone", "+86 138 1234 6021"),
        ("external_id", "vip-secret"),
        ("device", "d"),
    ):
        ingest(Batch("t", [Item("1", [identity], events=events)], tea.pk), now=now)
    note_refused(tea.pk, "t", [("ordered", "“quillon@example.com” is no number")], now)
    key = keys.create(ACTOR, tea, name="k", now=now)[0]
    AnsweredCall.objects.create(
        api_key=key, key="1", fingerprint=b"", status=207, at=now,
        body=b'{"text": "13812346021 of Zebedee"}',
    )  # fmt: skip
    assert QuarantinedItem.objects.count() == 3


def places_of(words: tuple[str, ...]) -> list[str]:
    """Every text and JSON column of every table that holds one of *words*; the oracle."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.table_name, CASE c.data_type WHEN 'bytea'
                   THEN format('encode(%I, ''escape'')', c.column_name)
                   ELSE format('%I::text', c.column_name) END
            FROM information_schema.columns c
            JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
              AND (c.data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'bytea')
                   OR c.data_type = 'USER-DEFINED')
            """
        )
        columns = cursor.fetchall()
        found = []
        for table, column in columns:
            cursor.execute(
                f'SELECT {column} FROM "{table}" WHERE lower({column}) LIKE ANY(%s) LIMIT 1',
                [[f"%{word}%" for word in words]],
            )
            found += [f"{table}.{column}: {row[0][:80]}" for row in cursor.fetchall()]
    return found


def test_nothing_of_her_is_left_anywhere(tea: Brand, tmp_path: Path, now: datetime) -> None:
    customer = her(tea, now)
    leave_more(customer, tea, now)
    found = refused_file(tea, tmp_path, now)
    catch_up()
    user = User.objects.create_superuser("boss@example.com", "x")
    boss = Actor(via=Via.PAGE, user=user, label="Boss")
    show(boss, customer, reason="other", note="Zebedee of 17 Larkspur called", now=now)
    set_aside(tea, now)
    assert len(places_of(SECRETS)) > 20
    promised = {row.table: row.rows for row in actions.preview(boss, customer, now=now)}

    erasure = actions.erase(boss, customer, reason="request", now=now)

    assert places_of(SECRETS) == []
    counts = {row["table"]: row["rows"] for row in erasure.counts}
    # What waits is ended first, so it may have become a little more than was promised.
    assert {table for table, rows in promised.items() if rows} <= {
        table for table, rows in counts.items() if rows
    }
    assert counts["customers_identity"] == 4
    assert counts["customers_event"] == 5
    assert counts["customers_importrefusal"] == 1
    assert erasure.merged == 1
    customer.refresh_from_db()
    assert customer.brand_ids == [tea.pk]
    # Of others nothing is gone.
    ann = Customer.objects.get(display_name="Ann")
    assert Identity.objects.filter(customer=ann).count() == 1
    found.refresh_from_db()
    assert [refusal.row == [] for refusal in found.refusals.order_by("line")] == [True, False]
    assert found.refused == 2
    entry = AuditEntry.objects.get(action="customer.erase")
    assert (entry.object_label, entry.changes["certificate"]) == (customer.reference, erasure.pk)


def test_counts_and_reports_stay_right(tea: Brand, now: datetime) -> None:
    customer = her(tea, now)
    leave_more(customer, tea, now)
    segment = Segment.objects.create(code="gold", name="G", kind="rule", rule={"tag": "tier"})
    Segment.objects.filter(pk=segment.pk).update(rule={"all": [{"tag": "tier"}]})
    segment.refresh_from_db()
    build(segment, now=now)
    assert segment.size == 2

    def figures() -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), sum((properties->>'amount')::numeric), count(DISTINCT"
                " customer_id) FROM customers_event"
            )
            events = cursor.fetchone()
        return {
            "events": events,
            "messages": Message.objects.count(),
            "candidates": Candidate.objects.count(),
            "walks": Enrollment.objects.count(),
            "changes": (TagChange.objects.count(), ConsentChange.objects.count()),
        }

    before, steps, decisions = figures(), Step.objects.count(), Decision.objects.count()
    actions.erase(ACTOR, customer, reason="law", now=now)
    assert figures() == before
    event = Event.objects.filter(customer=customer).order_by("occurred_at").last()
    assert event is not None
    assert event.properties == {
        "amount": 10.5, "is_gift": True, "currency": "CNY", "pieces": 2
    }  # fmt: skip
    # What still went on has come to an end, and is counted as an end.
    walk = Enrollment.objects.get(customer=customer)
    assert (walk.state, walk.exit_reason, walk.context) == ("finished", "erased", {})
    assert Step.objects.count() == steps + 1
    assert NodeCount.objects.get(outcome="erased").n == 1
    assert not Timer.objects.filter(enrollment_id=walk.pk).exists()
    assert not HeldTimer.objects.filter(enrollment_id=walk.pk).exists()
    assert not Listener.objects.filter(customer_id=customer.pk).exists()
    candidate = Candidate.objects.get(customer=customer)
    assert (candidate.state, candidate.rule) == ("stopped", "erased")
    assert Decision.objects.count() == decisions + 1
    message = Message.objects.get(customer=customer)
    assert (message.state, message.next_attempt_at) == ("failed", None)
    # The size is right at once, and the next build finds the same.
    segment.refresh_from_db()
    assert segment.size == SegmentMember.objects.filter(segment=segment).count() == 1
    build(segment, now=now)
    assert segment.size == 1
    assert CustomerTag.objects.filter(tag__code="tier").count() == 1


def test_a_barred_person_is_not_taken_in_again(tea: Brand, tmp_path: Path, now: datetime) -> None:
    customer = her(tea, now)
    erasure = actions.erase(ACTOR, customer, reason="request", bar=True, now=now)
    assert BarredIdentity.objects.filter(erasure=erasure).count() == 4
    for who in (("phone", "138 1234 6021"), ("email", "Quillon@example.com"), ("device", "d1")):
        items = [Item("1", [who]), Item("2", [("phone", "+8613900002222")])]
        done = ingest(Batch("crm", items, brand_id=tea.pk), now=now)
        assert [one.place for one in done.refused] == ["1"]
        assert "not to be taken in again" in done.refused[0].text
        assert done.accepted == 1
    path = tmp_path / "again.csv"
    path.write_text("phone,name\n13812346021,Zebedee Quillon\n")
    mapping = {"columns": {"phone": "identity:phone", "name": "attribute:name"}}
    found = import_actions.prepare(ACTOR, tea, path, kind="customers", mapping=mapping, now=now)
    found = import_actions.create(ACTOR, found, now=now)
    import_actions.start(ACTOR, found, now=now)
    imports.run(found, path, clock=lambda: now, seconds=60)
    assert places_of(SECRETS) == []
    # She comes back by herself, and somebody lets her in: as somebody new.
    actions.lift(ACTOR, erasure, now=now)
    done = ingest(Batch("crm", [Item("1", [("phone", "138 1234 6021")])]), now=now)
    assert done.customers_created == 1
    assert AuditEntry.objects.filter(action="erasure.lift").count() == 1


def test_without_a_bar_she_may_come_back_as_somebody_new(tea: Brand, now: datetime) -> None:
    customer = her(tea, now)
    actions.erase(ACTOR, customer, reason="request", now=now)
    done = ingest(Batch("crm", [Item("1", [("phone", "138 1234 6021")])]), now=now)
    assert done.customers_created == 1
    later = [Item("1", customer_id=pk, events=[EventFact("late", now)])
             for pk in Customer.objects.filter(erased_at__isnull=False).values_list("pk", flat=True)
             ]  # fmt: skip
    assert len(ingest(Batch("journey", later), now=now).refused) == 2


def test_files_in_which_she_stands_go_and_those_that_may_name_her_are_told(
    tea: Brand, now: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    customer = her(tea, now)
    other = ingest(Batch("shop", [Item("1", [("user_id", "other")])], brand_id=tea.pk), now=now)
    names = [default_storage.save("exports/x.csv", ContentFile(b"who")) for _n in range(2)]
    hers, theirs = (
        BulkJob.objects.create(
            brand=tea, kind="export", state="done", what="file", created_at=now, files=[name],
            size=3, expires_at=now + timedelta(days=7), options={"language": "en"},
        )
        for name in names
    )  # fmt: skip
    BulkPart.objects.create(job=hers, number=0, customer_ids=[customer.pk])
    BulkPart.objects.create(job=theirs, number=0, customer_ids=[other.customer_ids[0] or 0])
    draft = Import.objects.create(
        brand=tea, kind="customers", file_name="x.csv", stored="imports/x", created_at=now
    )
    with django_capture_on_commit_callbacks(execute=True):
        erasure = actions.erase(ACTOR, customer, reason="request", now=now)
    hers.refresh_from_db()
    theirs.refresh_from_db()
    assert (hers.state, hers.files, hers.expires_at) == ("failed", [], now)
    assert "erased" in hers.problem
    assert (theirs.state, theirs.files) == ("done", [names[1]])
    assert [default_storage.exists(name) for name in names] == [False, True]
    assert {row["table"]: row["rows"] for row in erasure.counts}["customers_bulkjob"] == 1
    until = (now + timedelta(days=7)).isoformat()
    assert erasure.unread_files == [{"import": draft.pk, "state": "draft", "until": until}]


def test_who_may_not_and_what_can_not(tea: Brand, now: datetime) -> None:
    customer = her(tea, now)
    cup = Brand.objects.create(code="cup", name="Cup")
    ingest(Batch("cup", [Item("1", [("phone", "138 1234 6021")])], brand_id=cup.pk), now=now)
    customer.refresh_from_db()

    def colleague(role: Role, *brands: Brand | None) -> Actor:
        user = User.objects.create_user(f"{role}{len(brands)}{brands[0]}@example.com", "x")
        for brand in brands:
            user.memberships.create(brand=brand, role=role)
        return Actor(via=Via.PAGE, user=user)

    for actor in (colleague(Role.MANAGER, None), colleague(Role.ADMIN, tea)):
        with pytest.raises(RightMissing):
            actions.preview(actor, customer, now=now)
        with pytest.raises(RightMissing):
            actions.erase(actor, customer, reason="request", now=now)
    with pytest.raises(ValidationError):
        actions.erase(ACTOR, customer, reason="", now=now)
    assert not Erasure.objects.exists()
    assert MergeRow.objects.exists()
    both = colleague(Role.ADMIN, tea, cup)
    actions.erase(both, customer, reason="request", now=now)
    with pytest.raises(ValidationError, match="already"):
        actions.erase(ACTOR, customer, reason="request", now=now)


def test_a_failure_in_the_middle_erases_nothing(tea: Brand, now: datetime) -> None:
    customer = her(tea, now)
    before = places_of(SECRETS)

    def fail(cursor: Any, person: Any) -> None:
        raise RuntimeError("power cut")

    registry.after_all("fail", fail)
    try:
        with pytest.raises(RuntimeError):
            actions.erase(ACTOR, customer, reason="request", bar=True, now=now)
    finally:
        del registry._after["fail"]
    assert places_of(SECRETS) == before
    assert not Erasure.objects.exists()
    assert not BarredIdentity.objects.exists()
