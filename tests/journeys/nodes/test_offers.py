"""Coupons: each code once under any concurrency, what happens when the pool is empty, imports."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction

from campaigns.actions.offers import import_codes
from campaigns.models import Candidate, Offer, OfferCode
from campaigns.offers import Issue, issue, pool_of
from customers.models import Brand, Customer
from journeys.models import Enrollment
from tests.journeys.flow import ACTOR, T0, Flow, at

GRAPH = """
parameters: {empty: go_on}
nodes:
  in: {kind: trigger.event, event: come, reentry: always, next: give}
  give:
    kind: act.offer
    offer: ten
    when_empty: ${empty}
    at_most: 3h
    next: {issued: say, empty: none}
  say: {kind: send.message, content: note, next: x}
  x: {kind: exit.leave, reason: issued}
  none: {kind: exit.leave, reason: empty}
"""


def offer(flow: Flow, *codes: str) -> Offer:
    made = Offer.objects.create(brand=flow.brand, code="ten", name="Ten", kind="amount", value=10)
    import_codes(ACTOR, made, codes, now=T0)
    return made


def test_each_code_once_and_the_pool_empty(flow: Flow) -> None:
    ten = offer(flow, "A1", "A2", "A3")
    flow.journey(GRAPH)
    flow.happen(*((f"c{n}", "come", n / 10) for n in range(5)))
    flow.run(1)
    assert [reason for _n, reason in flow.places(*(f"c{n}" for n in range(5)))] == [
        "issued", "issued", "issued", "empty", "empty",
    ]  # fmt: skip
    codes = [wish.context["vars"]["coupon"] for wish in Candidate.objects.order_by("id")]
    assert sorted(codes) == ["A1", "A2", "A3"]
    assert pool_of(ten) == (3, 3, 0, 0)
    flow.happen(("c0", "come", 2))  # she has one already, which she gets again
    flow.run(2)
    assert flow.places("c0")[-1] == ("x", "issued")
    assert pool_of(ten).issued == 3


def test_wait_until_there_are_codes(flow: Flow) -> None:
    ten = offer(flow, "A1")
    flow.journey(GRAPH, {"empty": "wait"})
    flow.happen(("ann", "come", 0), ("bea", "come", 0.01), ("cat", "come", 0.02))
    flow.run(1)
    assert Enrollment.objects.filter(state="active").count() == 2
    import_codes(ACTOR, ten, ["A2"], now=at(1.1))
    flow.run(2)
    assert flow.path("bea")[1] == ("give", "issued", 0.01, 2)
    flow.run(5)
    assert flow.path("cat")[1] == ("give", "empty", 0.02, 3.02)


@pytest.mark.django_db(transaction=True)
def test_never_twice_by_eight_at_once() -> None:
    brand = Brand.objects.create(code="b", name="B")
    ten = Offer.objects.create(brand=brand, code="ten", name="Ten", kind="amount", value=10)
    OfferCode.objects.bulk_create(OfferCode(offer=ten, code=f"K{n}") for n in range(300))
    customer = Customer.objects.create(created_at=T0)
    got: list[str] = []

    def give(worker: int) -> None:
        try:
            for piece in range(10):
                with transaction.atomic():
                    asked = [Issue(f"{worker}.{piece}.{n}", customer.pk) for n in range(7)]
                    found = issue(ten.pk, asked, now=T0, same_again=False)
                    if piece % 4 == 3:
                        transaction.set_rollback(True)
                    else:
                        got.extend(found.values())
        finally:
            connection.close()

    threads = [threading.Thread(target=give, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == pool_of(ten).issued
    assert len(got) > 250


def test_import_says_which_line_is_wrong(flow: Flow, tmp_path: Path, capsys: object) -> None:
    ten = offer(flow, "A1", "", " A2 ", "A1")
    assert pool_of(ten).all == 2
    with pytest.raises(ValidationError, match="Line 2 is no code"):
        import_codes(ACTOR, ten, ["B1", "two words"], now=T0)
    assert pool_of(ten).all == 2
    file = tmp_path / "codes.txt"
    file.write_text("\ufeffB1\r\nA1\r\n")
    call_command("offers", "import", str(file), "--offer", "ten", "--brand", "flow")
    assert sorted(OfferCode.objects.values_list("code", flat=True)) == ["A1", "A2", "B1"]
