"""A customer is shared: who may see her data is decided by the brands that know her."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from customers.access import Actor, Right, RightMissing
from customers.access.people import allowed, may_with, require_with, shown
from customers.actions.personal import SHOWN, hide, show
from customers.identity.merge import merge, unmerge
from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import AuditEntry, Brand, Customer, Disclosure, Role, Tag, User, Via

pytestmark = pytest.mark.django_db
SEE = Right.SEE_PERSONAL


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def cup() -> Brand:
    return Brand.objects.create(code="cup", name="Cup")


def colleague(role: Role, brand: Brand | None) -> Actor:
    user = User.objects.create_user(f"{role}.{brand}@example.com", "x")
    user.memberships.create(brand=brand, role=role)
    return Actor(via=Via.PAGE, user=user)


def known(brand: Brand | None, number: str, now: datetime) -> Customer:
    done = ingest(
        Batch("crm", [Item("1", [("phone", f"+86138123460{number}")])],
              brand_id=brand.pk if brand else None), now=now,
    )  # fmt: skip
    return Customer.objects.get(pk=done.customer_ids[0] or 0)


def test_a_brand_that_has_named_her_lets_its_managers_in(
    tea: Brand, cup: Brand, now: datetime
) -> None:
    hers, theirs, group = known(tea, "01", now), known(cup, "02", now), known(None, "03", now)
    people = [hers, theirs, group]
    every = {each.pk for each in people}
    assert allowed(colleague(Role.MANAGER, tea), SEE, people) == {hers.pk}
    assert allowed(colleague(Role.MARKETER, tea), SEE, people) == set()
    assert allowed(colleague(Role.MANAGER, None), SEE, people) == every
    assert allowed(Actor.of_command("test"), SEE, people) == every
    with pytest.raises(RightMissing, match="Manager"):
        require_with(colleague(Role.ADMIN, cup), SEE, group)


def test_the_next_brand_that_names_her_knows_her_too(tea: Brand, cup: Brand, now: datetime) -> None:
    customer, manager = known(tea, "01", now), colleague(Role.MANAGER, cup)
    Tag.objects.create(code="mine", name="Mine", brand=cup)
    # What upper floors write by her number gives nobody a look at her.
    ingest(
        Batch("journey", [Item("1", customer_id=customer.pk, tags=[TagFact("mine")],
              consents=[ConsentFact("sms", "service", "granted")],
              events=[EventFact("message_sent", now)])], brand_id=cup.pk), now=now,
    )  # fmt: skip
    customer.refresh_from_db()
    assert not may_with(manager, SEE, customer)
    paid = Item("1", [("phone", "138 1234 6001")], events=[EventFact("order paid", now)])
    for _times in range(2):
        ingest(Batch("shop", [paid], brand_id=cup.pk), now=now)
    customer.refresh_from_db()
    assert customer.brand_ids == [tea.pk, cup.pk]
    assert may_with(manager, SEE, customer)


def test_a_merge_joins_the_brands_and_undoing_it_parts_them(
    tea: Brand, cup: Brand, now: datetime
) -> None:
    one, two = known(tea, "01", now), known(cup, "02", now)
    done = merge(Actor.of_command("test"), one, two, now=now)
    assert set(Customer.objects.get(pk=one.pk).brand_ids) == {tea.pk, cup.pk}
    unmerge(Actor.of_command("test"), done, now=now)
    assert Customer.objects.get(pk=one.pk).brand_ids == [tea.pk]
    assert Customer.objects.get(pk=two.pk).brand_ids == [cup.pk]


def test_shown_for_a_reason_and_a_while(tea: Brand, cup: Brand, now: datetime) -> None:
    customer, other = known(tea, "01", now), known(tea, "02", now)
    manager, second = colleague(Role.MANAGER, tea), colleague(Role.ADMIN, tea)
    assert shown(manager, [customer], now) == set()
    note = "ticket 4711, she rang from 138 1234 6001"
    show(manager, customer, reason="service", note=note, now=now)
    assert shown(manager, [customer, other], now) == {customer.pk}
    assert shown(second, [customer], now) == set()
    last = now + SHOWN - timedelta(seconds=1)
    assert shown(manager, [customer], last) == {customer.pk}
    assert shown(manager, [customer], now + SHOWN) == set()
    entry = AuditEntry.objects.get(action="customer.show_personal")
    assert entry.changes["reason"] == "service"
    assert "ticket" not in str(entry.changes)
    note = Disclosure.objects.get(pk=entry.changes["disclosure"]).note
    assert note == "ticket 4711, she rang from 138 **** 6001"
    assert entry.object_label == customer.reference
    hide(manager, customer, now=last)
    assert shown(manager, [customer], last) == set()
    assert AuditEntry.objects.filter(action="customer.hide_personal").count() == 1
    # Whoever loses the right sees nothing any more, whatever she was shown before.
    show(manager, customer, reason="service", now=now)
    assert manager.user is not None
    manager.user.memberships.update(brand=cup)
    fresh = Actor(via=Via.PAGE, user=User.objects.get(pk=manager.user.pk))
    assert shown(fresh, [customer], now) == set()


def test_no_reason_no_data(tea: Brand, now: datetime) -> None:
    customer = known(tea, "01", now)
    manager = colleague(Role.MANAGER, tea)
    for reason, note in (("", ""), ("nosy", ""), ("other", " "), ("service", "x" * 201)):
        with pytest.raises(ValidationError):
            show(manager, customer, reason=reason, note=note, now=now)
    with pytest.raises(RightMissing):
        show(colleague(Role.MARKETER, tea), customer, reason="service", now=now)
    assert not Disclosure.objects.exists()
    assert not AuditEntry.objects.filter(action="customer.show_personal").exists()
