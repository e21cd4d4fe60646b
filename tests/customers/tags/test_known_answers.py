"""Known answers of real data: RFM by facts, quantiles and audience rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from config.places import BASE_DIR
from customers.models import Brand, Tag
from customers.rules import count, read_rule
from customers.tags.refresh import refresh
from tests.customers.tags.world import values_of

DATA = BASE_DIR.parent / "shared" / "data"
CDNOW = DATA / "cdnow" / "CDNOW_master.txt"
RETAIL = DATA / "online_retail" / "online_retail.parquet"
END = date(1998, 6, 30)
NOW = datetime(1998, 6, 30, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def load(*options: str) -> None:
    Brand.objects.get_or_create(code="shop", defaults={"name": "Shop"})
    call_command("load", *options, "--kind", "events", "--brand", "shop", stdout=StringIO())


def fact(code: str, of: str, event: str, property: str | None = None) -> Tag:
    data = {"of": of, "event": event} | ({"property": property} if property else {})
    return Tag.objects.create(
        code=code, name=code, kind="fact", data_type="number",
        definition={"schema": 1, "fact": data},
    )  # fmt: skip


def rule_count(*tests: tuple[str, str, Any], now: datetime) -> int:
    data = {"all": [{"tag": tag, "op": op, "value": value} for tag, op, value in tests]}
    rule, problems = read_rule(data)
    assert rule is not None, problems
    return count(rule, now=now)


def quantile(code: str, shares: list[float]) -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_cont(%s::float8[]) WITHIN GROUP (ORDER BY value::float8)"
            " FROM customers_customertag JOIN customers_tag g ON g.id = tag_id WHERE g.code = %s",
            [list(map(float, shares)), code],
        )
        return list(cursor.fetchone()[0])


def cents(figure: float) -> Any:
    """The figure, which was rounded to cents in one way or another."""
    return pytest.approx(figure, abs=0.0051)


def purchases() -> Iterator[tuple[str, date, Decimal]]:
    for line in CDNOW.read_text(encoding="ascii").splitlines()[1:]:
        customer, day, _cds, amount = line.split()
        yield customer, date(int(day[:4]), int(day[4:6]), int(day[6:])), Decimal(amount)


@pytest.mark.skipif(not CDNOW.exists(), reason="the data set is not on this machine")
def test_cdnow() -> None:
    load(
        str(CDNOW), "--event", "purchase", "--map", "customer_id=identity:member_id",
        "--map", "date=time", "--map", "number_of_cds=ignore",
        "--map", "dollar_value=property:amount",
    )  # fmt: skip
    tags = {
        "r": fact("r", "days_since", "purchase"),
        "f": fact("f", "count", "purchase"),
        "m": fact("m", "sum", "purchase", "amount"),
    }
    for tag in tags.values():
        done = refresh(tag.pk, NOW)
        assert (done.came, done.customers, done.problem) == (23_570, 23_570, "")

    # every single value, from the raw file
    last: dict[str, date] = {}
    times: dict[str, int] = defaultdict(int)
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for customer, day, amount in purchases():
        last[customer] = max(day, last.get(customer, day))
        times[customer] += 1
        spent[customer] += amount
    with connection.cursor() as cursor:
        cursor.execute("SELECT value, customer_id FROM customers_identity")
        ids = dict(cursor.fetchall())
    assert values_of(tags["r"]) == {ids[c]: str((END - day).days) for c, day in last.items()}
    assert values_of(tags["f"]) == {ids[c]: str(n) for c, n in times.items()}
    money = {customer: Decimal(value) for customer, value in values_of(tags["m"]).items()}
    assert money == {ids[c]: amount for c, amount in spent.items()}

    # the quantiles and rules that others computed
    assert quantile("r", [0, 0.1, 0.2, 0.25, 0.4, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95, 0.99, 1]) == [
        0, 55, 141, 207, 432, 471, 485, 505, 512, 527, 535, 543, 545,
    ]  # fmt: skip
    assert quantile("f", [0, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95, 0.99, 1]) == [
        1, 1, 2, 3, 4, 6, 9, 20, 217,
    ]  # fmt: skip
    assert quantile("m", [0, 0.1, 0.2, 0.25, 0.4, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95, 0.99, 1]) == [
        *map(cents, (0, 12.97, 15.36, 19.97, 31.35, 43.39, 59.92, 106.48, 133.95, 242.33, 380.92,
                     919.14, 13990.93)),
    ]  # fmt: skip
    assert rule_count(("r", "lte", 90), now=NOW) == 3_317
    assert rule_count(("r", "lte", 90), ("f", "gte", 5), now=NOW) == 2_174
    assert rule_count(("r", "gt", 365), now=NOW) == 15_220
    assert rule_count(("r", "gt", 365), ("m", "gte", 100), now=NOW) == 1_166
    assert rule_count(("m", "gte", 200), now=NOW) == 3_005
    assert rule_count(("f", "eq", 1), ("r", "gt", 180), now=NOW) == 11_908
    _cells(last, times, spent, ids)


def _cells(
    last: dict[str, date], times: dict[str, int], spent: dict[str, Decimal], ids: dict[str, int]
) -> None:
    """An RFM tag over the same purchases: cuts at the known quantiles, cells by hand."""
    cells = [{"code": f"{r}{f}{m}", "name": "x", "r": [r, r], "f": [f, f], "m": [m, m]}
             for r in (4, 5) for f in (1, 4, 5) for m in range(1, 6)]  # fmt: skip
    of_five = {"quantiles": 5}
    model = {"of": "rfm", "event": "purchase", "amount": "amount", "recency": of_five,
             "frequency": of_five, "monetary": of_five, "cells": cells,
             "else": {"code": "rest", "name": "x"}}  # fmt: skip
    tag = Tag.objects.create(
        code="rfm", name="RFM", kind="model", definition={"schema": 1, "model": model}
    )
    assert refresh(tag.pk, NOW).customers == 23_570
    tag.refresh_from_db()
    cuts = {name: [Decimal(cut) for cut in each["cuts"]] for name, each in tag.figures.items()}
    assert cuts["recency"] == [141, 432, 485, 512]
    assert cuts["frequency"] == [1, 1, 2, 4]
    assert list(map(float, cuts["monetary"])) == [*map(cents, (15.36, 31.35, 59.92, 133.95))]
    wanted = {}
    for customer, day in last.items():
        days = (END - day).days
        r = 5 if days <= 141 else 4 if days <= 432 else 0
        f = 5 if times[customer] >= 4 else 4 if times[customer] >= 2 else 1
        m = 1 + sum(spent[customer] >= cut for cut in cuts["monetary"])
        wanted[ids[customer]] = f"{r}{f}{m}" if r else "rest"
    assert values_of(tag) == wanted


@pytest.mark.proof
@pytest.mark.skipif(not RETAIL.exists(), reason="the data set is not on this machine")
def test_online_retail() -> None:
    """Whole days before 10 December 2011 are days on the calendar up to the 9th."""
    load(
        str(RETAIL), "--event", "line bought", "--map", "CustomerID=identity:user_id",
        "--map", "InvoiceDate=time", "--map", "InvoiceNo=property:invoice",
        "--map", "StockCode=ignore", "--map", "Quantity=property:quantity",
        "--map", "UnitPrice=property:price", "--where", "CustomerID exists",
        "--where", "InvoiceNo !^ C", "--where", "Quantity > 0", "--where", "UnitPrice > 0",
    )  # fmt: skip
    with connection.cursor() as cursor:
        # What a line costs is a product of two columns, which a file for a fact tag would carry.
        cursor.execute(
            "UPDATE customers_event SET properties = properties || jsonb_build_object('paid',"
            " (properties->>'quantity')::numeric * (properties->>'price')::numeric)"
        )
    now = datetime(2011, 12, 9, 23, 59, tzinfo=UTC)
    for tag in (
        fact("r", "days_since", "line bought"),
        fact("f", "distinct", "line bought", "invoice"),
        fact("m", "sum", "line bought", "paid"),
    ):
        assert refresh(tag.pk, now).customers == 4_338
    shares = [0, 0.25, 0.5, 0.75, 0.9, 1]
    assert quantile("r", shares) == [0, 17, 50, 141.75, cents(262.3), 373]
    assert quantile("f", shares) == [1, 1, 2, 5, 9, 209]
    assert quantile("m", shares) == [
        *map(cents, (3.75, 307.41, 674.49, 1661.74, 3646.53, 280206.02))
    ]  # fmt: skip
    assert rule_count(("r", "lte", 30), now=now) == 1_667
    assert rule_count(("r", "gt", 180), now=now) == 858
    assert rule_count(("f", "eq", 1), now=now) == 1_493
    assert rule_count(("f", "gte", 10), now=now) == 391
    assert rule_count(("m", "gte", 5000), now=now) == 275
    assert rule_count(("r", "gt", 90), ("f", "gte", 5), now=now) == 71
