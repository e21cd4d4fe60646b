"""A merge moves everything exactly, doubles nothing, and undoing it restores every row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from campaigns.models import Candidate, Confirmation, Suppression
from customers.access import Actor, RightMissing
from customers.identity.merge import merge, unmerge
from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import (
    Attribute,
    AuditEntry,
    Brand,
    Consent,
    Customer,
    CustomerTag,
    Event,
    EventType,
    Identity,
    Merge,
    MergeReview,
    Segment,
    SegmentMember,
    Source,
    Tag,
    Via,
)
from journeys.models import Enrollment, Listener, NodeCount, Step, Timer
from tests.customers.admin.samples import a_brand, a_user, one_of_each

pytestmark = pytest.mark.django_db
ACTOR = Actor.of_command("test")
BUCKETED = ("campaigns_candidate", "journeys_enrollment", "journeys_listener")
# The keys of a name follow the name by themselves, kept sets the rows that they are made of; the
# numbers of ways only ever grow, and sums of verdicts that are 0 again stay.
APART = (
    "customers_merge", "customers_mergerow", "customers_mergereview", "customers_auditentry",
    "customers_namekey", "customers_nametokey", "customers_tagdirty", "customers_erasure",
    "customers_bitset", "customers_bitchunk", "customers_bitchange", "customers_bitdue",
    "customers_bitlate",
    "customers_bitclock", "journeys_way", "campaigns_verdictcount",
)  # fmt: skip


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relname ~ '^(customers|campaigns|journeys)_'"
        )
        return sorted(row[0] for row in cursor.fetchall() if row[0] not in APART)


def snapshot() -> dict[str, list[str]]:
    found = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"SELECT to_jsonb(t)::text AS row FROM {table} t ORDER BY row")
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


def rows_of(customer_id: int) -> dict[str, int]:
    """How many rows of each table name a customer, whatever the column is for. When she was last
    seen stays with her own row, and is hers as a name is."""
    with connection.cursor() as cursor:
        found = {}
        for table in set(tables()) - {"customers_sighting"}:
            cursor.execute(
                "SELECT 1 FROM information_schema.columns WHERE table_name = %s"
                " AND column_name = 'customer_id'",
                [table],
            )
            if cursor.fetchone():
                cursor.execute(
                    f"SELECT count(*) FROM {table} WHERE customer_id = %s", [customer_id]
                )
                found[table] = cursor.fetchone()[0]
        return found


def make(now: datetime, brand: Brand, number: int, **item: Any) -> Customer:
    done = ingest(
        Batch(f"s{number}", [Item("1", [("member_id", str(number))], **item)], brand_id=brand.pk),
        now=now,
    )
    assert not done.refused, done.refused
    return Customer.objects.get(pk=done.customer_ids[0] or 0)


def test_everything_moves_and_everything_comes_back(now: datetime) -> None:
    brand = a_brand()
    Tag.objects.create(code="tier", name="Tier")
    Tag.objects.create(code="likes", name="Likes", is_multiple=True)
    old = make(
        now - timedelta(days=9), brand, 1, attributes={"name": "Chen", "city": "Hangzhou"},
        tags=[TagFact("tier", "silver"), TagFact("likes", "tea"), TagFact("likes", "cups")],
        consents=[ConsentFact("sms", "marketing", "granted"),
                  ConsentFact("email", "marketing", "denied"),
                  ConsentFact("push", "marketing", "granted")],
        events=[EventFact("order paid", now - timedelta(days=40), {"amount": 1.10})],
    )  # fmt: skip
    new = make(
        now, brand, 2, attributes={"name": "Chen Xi", "language": "zh-hans"},
        tags=[TagFact("tier", "gold"), TagFact("likes", "tea"), TagFact("likes", "tins")],
        consents=[ConsentFact("sms", "marketing", "denied", proof={"line": 3}),
                  ConsentFact("email", "marketing", "granted"),
                  ConsentFact("wechat", "service", "pending")],
        events=[EventFact("order paid", now - timedelta(days=n)) for n in range(3)],
    )  # fmt: skip
    for each in (old, new):
        made = one_of_each(a_brand(), now)
        give(made, each, now)
    segment = Segment.objects.first()
    for each in (old, new):
        SegmentMember.objects.get_or_create(segment=segment, customer=each, since=now)
        Suppression.objects.create(
            scope="customer", customer=each, channel="sms", reason="manual", at=now
        )
    before = snapshot()
    counts = {table: (n, rows_of(old.pk)[table]) for table, n in rows_of(new.pk).items()}
    assert not [table for table, (n, _m) in counts.items() if not n]

    done = merge(ACTOR, new, old, now=now)

    assert (done.kept_id, done.other_id) == (old.pk, new.pk)
    assert not any(rows_of(new.pk).values()), rows_of(new.pk)
    doubled = {"customers_customertag": 2, "customers_consent": 2, "customers_segmentmember": 1,
               "campaigns_suppression": 1}  # fmt: skip
    for table, n in rows_of(old.pk).items():
        assert n == sum(counts[table]) - doubled.get(table, 0), table
    old.refresh_from_db()
    assert (old.display_name, old.language) == ("Chen Xi", "zh-hans")
    assert old.attributes == {"name": "Chen Xi", "city": "Hangzhou", "language": "zh-hans"}
    held = set(CustomerTag.objects.filter(customer=old).values_list("tag__code", "value"))
    assert {("tier", "gold"), ("likes", "tea"), ("likes", "cups"), ("likes", "tins")} <= held
    assert ("tier", "silver") not in held
    states = dict(Consent.objects.filter(customer=old, brand=brand, purpose="marketing")
                  .values_list("channel", "state"))  # fmt: skip
    assert (states["sms"], states["email"], states["push"]) == ("denied", "denied", "granted")
    assert not Candidate.objects.exclude(bucket=old.pk % 256).filter(customer=old).exists()

    unmerge(ACTOR, done, now=now + timedelta(hours=1))
    after = snapshot()
    for table in before:
        assert after[table] == before[table], table
    actions = AuditEntry.objects.filter(action__startswith="customer.").values_list("action")
    assert [row[0] for row in actions.order_by("pk")] == ["customer.merge", "customer.unmerge"]
    assert MergeReview.objects.get(one=old, two=new).state == "apart"


def give(made: dict[type, Any], to: Customer, now: datetime) -> None:
    """Give all rows of a sample to one customer."""
    was = made[Customer].pk
    with connection.cursor() as cursor:
        for table, n in rows_of(was).items():
            if not n or table == "customers_consent":
                continue
            has_bucket = table in BUCKETED
            bucket = f", bucket = {to.pk % 256}" if has_bucket else ""
            cursor.execute(
                f"UPDATE {table} SET customer_id = %s{bucket} WHERE customer_id = %s", [to.pk, was]
            )
        cursor.execute(
            "UPDATE campaigns_decision d SET customer_id = c.customer_id"
            " FROM campaigns_candidate c WHERE c.id = d.candidate_id"
        )
        cursor.execute(
            "UPDATE journeys_timer t SET bucket = e.bucket FROM journeys_enrollment e"
            " WHERE e.id = t.enrollment_id"
        )

    Confirmation.objects.create(
        customer=to,
        brand=made[Brand],
        purpose="marketing",
        since=now,
        asked_at=now,
        times=1,
        total=1,
    )
    walk = made[Enrollment]
    Listener.objects.create(
        customer_id=to.pk, event_type=made[EventType], enrollment_id=walk.pk, visit=walk.visit,
        bucket=to.pk % 256, version_id=walk.version_id, node=walk.node, opened_at=now,
    )  # fmt: skip


def walk(customer: Customer, like: Enrollment, at: datetime, guard: str = "") -> Enrollment:
    made = Enrollment.objects.create(
        journey=like.journey, version=like.version, customer=customer, bucket=customer.bucket,
        entry_guard=guard, entered_at=at, node=like.node, visit=1, arrived_at=at,
    )  # fmt: skip
    Timer.objects.create(
        version_id=made.version_id,
        enrollment_id=made.pk,
        visit=1,
        bucket=made.bucket,
        due_at=at + timedelta(days=3),
        kind=1,
    )
    return made


@pytest.mark.parametrize("guard", ["", "key:7", "after:0"])
def test_two_walks_in_one_journey_become_the_earlier_one(now: datetime, guard: str) -> None:
    brand = a_brand()
    sample = one_of_each(brand, now)
    old = make(now - timedelta(days=9), brand, 1)
    new = make(now, brand, 2)
    later = walk(old, sample[Enrollment], now - timedelta(hours=1), guard)
    earlier = walk(new, sample[Enrollment], now - timedelta(hours=2), guard)
    free = walk(new, sample[Enrollment], now, "event:1")
    waiting = Candidate.objects.get(pk=sample[Candidate].pk)
    waiting.pk, waiting.enrollment_id, waiting.customer, waiting.state = (
        None,
        later.pk,
        old,
        "waiting",
    )
    waiting.bucket, waiting.rule, waiting.decided_at = old.bucket, "", None
    waiting.save()
    before = snapshot()

    done = merge(ACTOR, old, new, now=now)

    for each in (later, earlier, free, waiting):
        each.refresh_from_db()
    assert (later.state, later.exit_reason, later.finished_at) == ("finished", "merged", now)
    assert (earlier.state, earlier.customer_id, earlier.bucket) == ("active", old.pk, old.bucket)
    assert (free.state, free.customer_id) == ("active", old.pk)
    assert (waiting.state, waiting.rule) == ("stopped", "merged")
    assert Step.objects.get(enrollment_id=later.pk).outcome == "merged"
    assert NodeCount.objects.get(outcome="merged").n == 1
    timers = Timer.objects.filter(enrollment_id__in=[later.pk, earlier.pk, free.pk])
    assert set(timers.values_list("enrollment_id", "bucket")) == {
        (earlier.pk, old.bucket), (free.pk, old.bucket)
    }  # fmt: skip

    unmerge(ACTOR, done, now=now)
    after = snapshot()
    for table in before:
        assert after[table] == before[table], table


def test_a_walk_that_is_over_stays_and_bars_a_second_one(now: datetime) -> None:
    brand = a_brand()
    sample = one_of_each(brand, now)
    old, new = make(now - timedelta(days=9), brand, 1), make(now, brand, 2)
    over = walk(old, sample[Enrollment], now - timedelta(days=3))
    Enrollment.objects.filter(pk=over.pk).update(
        state="finished", finished_at=now, exit_reason="end"
    )
    going = walk(new, sample[Enrollment], now)
    merge(ACTOR, old, new, now=now)
    for each in (over, going):
        each.refresh_from_db()
    assert (over.exit_reason, going.exit_reason) == ("end", "merged")


def test_attributes_follow_their_rules_and_trust(now: datetime) -> None:
    brand = a_brand()
    for rule in ("latest", "first", "trusted"):
        Attribute.objects.create(code=rule, name=rule, conflict=rule)
    values = dict.fromkeys(("latest", "first", "trusted"), "old")
    old = make(now - timedelta(days=9), brand, 1, attributes=values)
    new = make(now, brand, 2, attributes=dict.fromkeys(values, "new"))
    Source.objects.filter(code="s1").update(trust=90)
    merge(ACTOR, old, new, now=now)
    old.refresh_from_db()
    assert old.attributes == {"latest": "new", "first": "old", "trusted": "old"}


def test_what_came_after_the_merge_stays_with_the_kept(now: datetime) -> None:
    brand = a_brand()
    old = make(now - timedelta(days=9), brand, 1, attributes={"city": "a", "points": 1})
    new = make(now, brand, 2, attributes={"city": "b", "points": 2})
    done = merge(ACTOR, old, new, now=now)
    later = now + timedelta(days=1)
    make(later, brand, 2, attributes={"city": "c"}, events=[EventFact("seen", later)])
    unmerge(ACTOR, done, now=later)
    for each in (old, new):
        each.refresh_from_db()
    assert old.attributes == {"city": "c", "points": 1}
    assert new.attributes == {"city": "b", "points": 2}
    assert Event.objects.get().customer_id == old.pk
    assert Identity.objects.get(value="2").customer_id == new.pk


def test_the_last_merge_is_undone_first(now: datetime) -> None:
    brand = a_brand()
    people = [make(now + timedelta(days=n), brand, n) for n in range(3)]
    start = snapshot()
    first = merge(ACTOR, people[1], people[2], now=now)
    second = merge(ACTOR, people[0], people[1], now=now)
    people[2].refresh_from_db()
    assert people[2].merged_into_id == people[0].pk
    with pytest.raises(ValidationError, match="first"):
        unmerge(ACTOR, first, now=now)
    unmerge(ACTOR, second, now=now)
    unmerge(ACTOR, first, now=now)
    assert snapshot() == start
    with pytest.raises(ValidationError, match="already"):
        unmerge(ACTOR, first, now=now)


def test_who_may_not_merge(now: datetime) -> None:
    brand = a_brand()
    old, new = make(now, brand, 1), make(now, brand, 2)
    user = a_user()
    user.memberships.create(brand=brand, role="manager")
    with pytest.raises(RightMissing):
        merge(Actor(via=Via.PAGE, user=user), old, new, now=now)
    with pytest.raises(ValidationError):
        merge(ACTOR, old, old, now=now)
    merge(ACTOR, old, new, now=now)
    with pytest.raises(ValidationError):
        merge(ACTOR, old, new, now=now)
    assert Merge.objects.count() == 1


def test_no_table_names_a_customer_where_a_merge_does_not_look() -> None:
    """`rows_of` looks for customer_id. A foreign key by another name needs a rule, and a line
    here."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT c.conrelid::regclass::text, a.attname
            FROM pg_constraint c JOIN pg_attribute a
                ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
            WHERE c.contype = 'f' AND c.confrelid = 'customers_customer'::regclass
                AND a.attname <> 'customer_id'
            """
        )
        found = set(cursor.fetchall())
    assert found == {
        ("customers_customer", "merged_into_id"),
        ("customers_merge", "kept_id"),
        ("customers_merge", "other_id"),
        ("customers_mergereview", "one_id"),
        ("customers_mergereview", "two_id"),
    }
