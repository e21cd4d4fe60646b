"""Known answers of real data, brought in by the product's own import."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from config.places import BASE_DIR
from customers.models import Brand, Customer
from tests.customers.conftest import Loaded

DATA = BASE_DIR.parent / "shared" / "data"
RETAIL = DATA / "online_retail" / "online_retail.parquet"


def load(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    Brand.objects.get_or_create(code="shop", defaults={"name": "Shop"})
    call_command("load", *options, "--kind", "events", "--brand", "shop", "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def total(expression: str) -> tuple[int, int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(DISTINCT customer_id), sum({expression}) FROM customers_event"
        )
        rows, customers, amount = cursor.fetchone()
    return rows, customers, amount


def test_cdnow(cdnow: Loaded) -> None:
    """255 rows are exact duplicates of others, and real purchases all the same."""
    found = cdnow.counts
    assert (found["state"], found["accepted"], found["refused"]) == ("done", 69_659, 0)
    assert found["customers_created"] == Customer.objects.count() == 23_570
    amount = "(properties->>'amount')::numeric"
    assert total(amount) == (69_659, 23_570, Decimal("2500315.63"))
    assert total("(properties->>'cds')::int")[2] == 167_881


@pytest.mark.proof
@pytest.mark.django_db
@pytest.mark.skipif(not RETAIL.exists(), reason="the data set is not on this machine")
def test_online_retail(capsys: pytest.CaptureFixture[str]) -> None:
    found = load_retail(capsys, str(RETAIL))
    assert (found["rows"], found["refused"]) == (541_909, 0)
    assert found["accepted"] == 397_884
    revenue = "(properties->>'quantity')::int * (properties->>'price')::numeric"
    assert total(revenue) == (397_884, 4_338, Decimal("8911407.904"))


@pytest.mark.django_db
@pytest.mark.skipif(not RETAIL.exists(), reason="the data set is not on this machine")
def test_a_part_of_online_retail(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    """The first 20,000 rows, counted by other means than ours."""
    import pyarrow.parquet as pq

    part = pq.read_table(RETAIL).slice(0, 20_000)
    pq.write_table(part, tmp_path / "part.parquet")
    clean = [
        row
        for row in part.to_pylist()
        if row["CustomerID"] is not None
        and not row["InvoiceNo"].startswith("C")
        and row["Quantity"] > 0
        and row["UnitPrice"] > 0
    ]
    found = load_retail(capsys, str(tmp_path / "part.parquet"))
    assert found["accepted"] == len(clean)
    assert found["passed_over"] == 20_000 - len(clean)
    rows, customers, revenue = total(
        "(properties->>'quantity')::int * (properties->>'price')::numeric"
    )
    assert (rows, customers) == (len(clean), len({row["CustomerID"] for row in clean}))
    expected = sum(row["Quantity"] * row["UnitPrice"] for row in clean)
    assert float(revenue) == pytest.approx(expected)


def load_retail(capsys: pytest.CaptureFixture[str], path: str) -> dict[str, Any]:
    """Clean lines only: with a customer, not cancelled, quantity and price above zero."""
    return load(
        capsys, path, "--event", "line bought", "--map", "CustomerID=identity:user_id",
        "--map", "InvoiceDate=time", "--map", "InvoiceNo=property:invoice",
        "--map", "StockCode=property:item", "--map", "Quantity=property:quantity",
        "--map", "UnitPrice=property:price", "--where", "CustomerID exists",
        "--where", "InvoiceNo !^ C", "--where", "Quantity > 0", "--where", "UnitPrice > 0",
    )  # fmt: skip
