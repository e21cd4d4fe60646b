"""Who is who: facts join customers, limits and people's words stand against it."""

from __future__ import annotations

import random
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.access import Actor
from customers.identity.merge import merge, unmerge
from customers.identity.normalise import NotAnIdentity, normalise
from customers.ingest import Batch, EventFact, Ingested, Item, ingest
from customers.models import AuditEntry, Customer, Identity, Merge, MergeReview

pytestmark = pytest.mark.django_db


def customers_of(items: list[list[tuple[str, str]]], sizes: list[int], now: datetime) -> None:
    items = list(items)
    while items:
        size = sizes[len(items) % len(sizes)]
        batch = [Item(str(i), keys) for i, keys in enumerate(items[:size])]
        del items[:size]
        done = ingest(Batch("test", batch), now=now)
        assert not done.refused
        assert not done.conflicts


def groups() -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for customer_id, value in Identity.objects.values_list("customer_id", "value"):
        found.setdefault(customer_id, set()).add(value)
    return {frozenset(values) for values in found.values()}


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_batching_ends_in_the_same_customers(seed: int, now: datetime) -> None:
    chance = random.Random(seed)
    arrivals, expected = [], set()
    for person in range(60):
        keys = [("member_id", f"m{person}"), ("email", f"p{person}@example.com"),
                ("unionid", f"u{person}")][: chance.randrange(1, 4)]  # fmt: skip
        expected.add(frozenset(value for _space, value in keys))
        # Each arrival names the person's first identity, so that no two customers ever meet.
        arrivals += [[keys[0], *chance.sample(keys[1:], chance.randrange(len(keys)))]
                     for _ in range(3)]  # fmt: skip
        arrivals.append(keys)
    chance.shuffle(arrivals)
    customers_of(arrivals, [1, 7, 50][seed:], now)
    assert groups() == expected
    assert Customer.objects.count() == 60


def test_new_customers_of_one_batch_that_turn_out_to_be_one_are_one(now: datetime) -> None:
    done = ingest(
        Batch("test", [
            Item("1", [("member_id", "1")]),
            Item("2", [("email", "a@example.com")]),
            Item("3", [("member_id", "1"), ("email", "a@example.com")]),
        ]),
        now=now,
    )  # fmt: skip
    assert len(set(done.customer_ids)) == 1
    assert done.customers_created == 1
    assert Customer.objects.count() == 1


def test_a_fact_that_names_two_customers_makes_them_one(now: datetime) -> None:
    old, young = ingest(
        Batch("test", [Item("1", [("member_id", "1")]), Item("2", [("email", "a@example.com")])]),
        now=now,
    ).customer_ids
    item = Item("x", [("email", "a@example.com"), ("member_id", "1"), ("unionid", "u")])
    done = ingest(Batch("test", [item]), now=now)
    assert (done.customer_ids, done.merged, done.conflicts) == ([old], 1, [])
    assert set(Identity.objects.values_list("customer_id", flat=True)) == {old}
    assert Customer.objects.get(pk=young or 0).merged_into_id == old
    merge = Merge.objects.get()
    assert (merge.kept_id, merge.other_id, merge.note) == (old, young, "test: x")
    entry = AuditEntry.objects.get(action="customer.merge")
    assert (entry.object_id, entry.changes["other"]) == (str(old), young)


def test_a_limit_sends_the_pair_to_review_and_the_fact_to_the_oldest(now: datetime) -> None:
    def come(*keys: tuple[str, str]) -> Ingested:
        return ingest(Batch("crm", [Item("line 9", keys)]), now=now)

    old = come(("unionid", "a"), ("unionid", "b"), ("member_id", "1")).customer_ids[0]
    young = come(("unionid", "c"), ("email", "c@example.com")).customer_ids[0]
    done = come(("member_id", "1"), ("email", "c@example.com"), ("device", "d"))
    assert (done.customer_ids, done.merged) == ([old], 0)
    assert [(each.customer_id, each.others) for each in done.conflicts] == [(old, (young,))]
    assert Identity.objects.get(value="d").customer_id == old
    review = MergeReview.objects.get()
    assert (review.one_id, review.two_id, review.namespaces) == (old, young, ["unionid"])
    assert (review.source, review.place, review.state) == ("crm", "line 9", "open")
    # The same again opens nothing more; a single identity above the limit is a pair too.
    come(("member_id", "1"), ("email", "c@example.com"))
    assert MergeReview.objects.count() == 1
    come(("member_id", "1"), ("unionid", "third"))
    third = Identity.objects.get(value="third").customer_id
    assert MergeReview.objects.filter(one_id=old, two_id=third).exists()
    assert Customer.objects.get(pk=third).is_known


def test_who_was_kept_apart_is_not_merged_by_a_fact(now: datetime) -> None:
    ids = ingest(
        Batch("test", [Item("1", [("member_id", "1")]), Item("2", [("member_id", "2")])]), now=now
    ).customer_ids
    actor = Actor.of_system("test")
    one, two = (Customer.objects.get(pk=pk or 0) for pk in ids)
    unmerge(actor, merge(actor, two, one, now=now), now=now)
    both = Item("x", [("member_id", "2"), ("member_id", "1")])
    done = ingest(Batch("test", [both]), now=now)
    assert (done.customer_ids, done.merged) == ([one.pk], 0)
    assert not MergeReview.objects.filter(state="open").exists()


def test_chains_are_merged_in_one_go_into_the_oldest(now: datetime) -> None:
    keys = [("member_id", "1"), ("email", "a@example.com"), ("phone", "+8613812346021"),
            ("user_id", "7")]  # fmt: skip
    ids = [ingest(Batch("t", [Item("1", [key])]), now=now).customer_ids[0] for key in keys]
    batch = [Item("1", [keys[3], keys[2]]), Item("2", [keys[1], keys[0]]),
             Item("3", [keys[2], keys[1]], events=[EventFact("seen")])]  # fmt: skip
    done = ingest(Batch("t", batch), now=now)
    assert (set(done.customer_ids), done.merged) == ({ids[0]}, 3)
    assert set(Merge.objects.values_list("kept_id", flat=True)) == {ids[0]}
    named = ingest(Batch("t", [Item("1", customer_id=ids[3], events=[EventFact("x")])]), now=now)
    assert named.customer_ids == [ids[0]]


def test_queries_do_not_grow_with_merges(now: datetime) -> None:
    def count(first: int, people: int) -> int:
        numbers = range(first, first + people)
        for space in ("member_id", "user_id"):
            ingest(Batch("t", [Item(str(i), [(space, str(i))]) for i in numbers]), now=now)
        both = [Item(str(i), [("member_id", str(i)), ("user_id", str(i))]) for i in numbers]
        with CaptureQueriesContext(connection) as captured:
            assert ingest(Batch("t", both), now=now).merged == people
        return len(captured)

    assert count(0, 2) == count(100, 2) == count(200, 300)


def test_an_anonymous_device_becomes_a_known_person_but_joins_no_two(now: datetime) -> None:
    def come(*keys: tuple[str, str]) -> int | None:
        return ingest(Batch("test", [Item("1", keys)]), now=now).customer_ids[0]

    anonymous = come(("device", "d"))
    assert not Customer.objects.get().is_known
    assert come(("device", "d"), ("phone", "+8613812346021")) == anonymous
    assert Customer.objects.get().is_known
    assert come(("device", "d"), ("phone", "+8613812346022")) != anonymous
    assert come(("device", "d")) == anonymous


def test_a_second_anonymous_device_of_a_known_person_joins_her(now: datetime) -> None:
    def come(*keys: tuple[str, str]) -> int | None:
        return ingest(Batch("test", [Item("1", keys)]), now=now).customer_ids[0]

    known = come(("phone", "+8613812346021"))
    anonymous = come(("device", "d"))
    assert come(("device", "d"), ("phone", "+8613812346021")) == known
    assert Customer.objects.get(pk=anonymous or 0).merged_into_id == known
    assert come(("device", "d")) == known


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        ("phone", "138 1234 6021", "+8613812346021"),
        ("phone", "+1 (415) 555-2671", "+14155552671"),
        ("email", "Chen@Example.COM", "chen@example.com"),
        ("text", " AbC ", "AbC"),
        ("lower", " AbC ", "abc"),
    ],
)
def test_normal_forms(kind: str, value: str, normal: str) -> None:
    assert normalise(kind, value) == normal


@pytest.mark.parametrize(
    ("kind", "value"),
    [("phone", "12"), ("phone", "abc"), ("phone", "+999123456789"), ("email", "a@b"),
     ("email", "a b@c.de"), ("text", " "), ("text", "a\x00"), ("text", "x" * 321)],
)  # fmt: skip
def test_what_is_no_identity(kind: str, value: str) -> None:
    with pytest.raises(NotAnIdentity):
        normalise(kind, value)
