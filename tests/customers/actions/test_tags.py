"""Tags are made, changed and removed by who may, and everything that follows does follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from customers.access import Actor, RightMissing
from customers.actions import tags as actions
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import AuditEntry, Brand, Membership, Segment, Tag, User, Via
from customers.rules import RuleError
from customers.tags.definition import read_definition
from customers.tags.explain import explain
from customers.tags.preview import preview
from customers.tags.refresh import refresh

pytestmark = pytest.mark.django_db

ACTOR = Actor.of_system("test")
COUNT = {"schema": 1, "fact": {"of": "count", "event": "order_paid"}}
SPENT = {"of": "sum", "event": "order_paid", "property": "amount"}
TIERS: dict[str, Any] = {
    "schema": 1,
    "model": {
        "of": "tiers",
        "fact": SPENT,
        "cuts": {"values": [100, 500]},
        "names": ["bronze", "silver", "gold"],
    },
}


def make(now: datetime, code: str = "orders", definition: Any = None, **values: Any) -> Tag:
    return actions.create(ACTOR, None, code=code, name=code, definition=definition, now=now,
                          **values)  # fmt: skip


def rules(code: str) -> dict[str, Any]:
    value = {"code": "a", "name": "a", "rule": {"tag": code}}
    return {"schema": 1, "model": {"of": "rules", "values": [value]}}


def test_what_follows_from_the_definition_follows(now: datetime) -> None:
    tag = make(now, "orders", COUNT, follows_events=True, is_multiple=True, refresh_every="day")
    tag.refresh_from_db()
    assert (tag.kind, tag.data_type, tag.is_multiple) == ("fact", "number", False)
    assert (tag.watches, tag.next_refresh_at) == (["order_paid"], now)
    assert make(now, "vip").kind == "assigned"
    assert make(now, "risk", is_predictive=True).kind == "predictive"
    assert AuditEntry.objects.filter(action="tag.create").count() == 3


def test_a_marketer_of_another_brand_may_not(now: datetime) -> None:
    tea, walk = (Brand.objects.create(code=code, name=code) for code in ("tea", "walk"))
    user = User.objects.create_user("ann@example.com", "x")
    Membership.objects.create(user=user, brand=tea, role="marketer")
    actor = Actor(via=Via.PAGE, user=user)
    mine = actions.create(actor, tea, code="mine", name="Mine", definition=COUNT, now=now)
    assert mine.owner == user
    theirs = make(now, "theirs")
    Tag.objects.filter(pk=theirs.pk).update(brand=walk)
    theirs.refresh_from_db()
    for forbidden in (
        lambda: actions.create(actor, walk, code="x", name="X", now=now),
        lambda: actions.create(actor, None, code="x", name="X", now=now),
        lambda: actions.change(actor, theirs, name="Y", now=now),
        lambda: actions.remove(actor, theirs, now=now),
        lambda: actions.refresh_now(actor, theirs, now=now),
        lambda: actions.stop(actor, theirs, now=now),
    ):
        with pytest.raises(RightMissing):
            forbidden()


def test_a_changed_definition_is_computed_anew_and_a_name_is_not(now: datetime) -> None:
    tag = make(now, "orders", TIERS)
    refresh(tag.pk, now)
    Tag.objects.filter(pk=tag.pk).update(next_refresh_at=None)
    tag.refresh_from_db()
    assert not actions.change(ACTOR, tag, name="orders", now=now)
    assert actions.change(ACTOR, tag, name="Orders", now=now)
    assert (tag.refreshed_at, tag.next_refresh_at) == (now, None)
    model = {**TIERS["model"], "cuts": {"values": [1, 2]}}
    assert actions.change(ACTOR, tag, definition={"schema": 1, "model": model}, now=now)
    tag.refresh_from_db()
    assert (tag.refreshed_at, tag.figures, tag.next_refresh_at) == (None, {}, now)
    entry = AuditEntry.objects.filter(action="tag.change").latest("pk")
    assert entry.changes["definition"][0]["model"]["cuts"] == {"values": [100, 500]}


def test_a_tag_never_depends_on_itself(now: datetime) -> None:
    make(now, "a")
    make(now, "b", rules("a"))
    make(now, "c", rules("b"))
    with pytest.raises(RuleError, match="its own value"):
        actions.change(ACTOR, Tag.objects.get(code="a"), definition=rules("c"), now=now)
    with pytest.raises(RuleError):
        actions.change(ACTOR, Tag.objects.get(code="b"), definition=rules("b"), now=now)


def test_what_is_in_use_stays(now: datetime) -> None:
    tag = make(now, "orders", COUNT)
    Segment.objects.create(code="many", name="Many orders", kind="rule",
                           rule={"tag": "orders", "op": "gte", "value": 5})  # fmt: skip
    with pytest.raises(ValidationError, match="Many orders"):
        actions.remove(ACTOR, tag, now=now)
    with pytest.raises(ValidationError, match="Many orders"):
        actions.change(ACTOR, tag, definition=TIERS, now=now)
    Segment.objects.all().delete()
    ingest(Batch("test", [Item("a", [("member_id", "a")], events=[EventFact("order_paid", now)])]),
           now=now)  # fmt: skip
    tag = Tag.objects.get(pk=tag.pk)
    assert refresh(tag.pk, now).came == 1
    actions.remove(ACTOR, tag, now=now)
    assert not Tag.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"valid_days": 3, "definition": COUNT}, "refresh_every"),
        ({"follows_events": True, "definition": {"schema": 1, "model": {
            "of": "rules", "values": [{"code": "a", "name": "a", "rule": {"all": []}}]}}},
         "follows_events"),
        ({"code": "Not a code"}, "code"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(values: dict[str, Any], field: str, now: datetime) -> None:
    with pytest.raises(ValidationError) as error:
        make(now, **values)
    assert field in error.value.message_dict


def spend(now: datetime, **amounts: float) -> dict[str, int]:
    items = [
        Item(name, [("member_id", name)], events=[EventFact("order_paid", now, {"amount": amount})])
        for name, amount in amounts.items()
    ]
    done = ingest(Batch("test", items), now=now)
    return {name: id or 0 for name, id in zip(amounts, done.customer_ids, strict=True)}


def test_a_preview_shows_and_writes_nothing(now: datetime) -> None:
    spend(now, a=50, b=100, c=499.99, d=812.4)
    definition, _problems = read_definition(TIERS)
    assert definition is not None
    seen = preview(definition, now=now)
    assert [(row["name"], row["value"]) for row in seen.rows] == [
        ("bronze", 1), ("silver", 2), ("gold", 1),
    ]  # fmt: skip
    assert (seen.customers, seen.is_late) == (4, False)
    assert not Tag.objects.exists()
    many, _problems = read_definition({"schema": 1, "fact": SPENT})
    assert many is not None
    spend(now, **{f"n{i}": i for i in range(40)})
    seen = preview(many, now=now)
    assert sum(row["value"] for row in seen.rows) == seen.customers == 44
    assert sorted(row["value"] for row in seen.rows) == [1, 2, 3, 12, 13, 13]


def test_a_value_is_explained_by_the_cuts_of_the_refresh(now: datetime) -> None:
    ids = spend(now, a=50, b=639.5, c=812.4)
    tag = make(now, "tier", TIERS)
    refresh(tag.pk, now)
    tag.refresh_from_db()
    said = {name: explain(tag, id, now) for name, id in ids.items()}
    assert "because 812.40 ≥ 500" in said["c"][0]
    assert "because 50 &lt; 100" in said["a"][0]
    cells = [{"code": "all", "name": "All"}]
    rfm = make(now, "rfm", {"schema": 1, "model": {
        "of": "rfm", "event": "order_paid", "amount": "amount", "cells": cells,
        "recency": {"values": [30, 90]}, "frequency": {"values": [2]},
        "monetary": {"quantiles": 2}}})  # fmt: skip
    refresh(rfm.pk, now)
    rfm.refresh_from_db()
    r, f, m = explain(rfm, ids["c"], now)
    assert r == "R = <em>3</em> because 0 ≤ 30"
    assert f == "F = <em>1</em> because 1 &lt; 2"
    assert m == "M = <em>2</em> because 812.40 ≥ 639.50"
    assert explain(make(now, "vip"), ids["a"], now) == []
