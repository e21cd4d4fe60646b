"""Known data, brought in by the product's own import, for tests of everything built on it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from config.places import BASE_DIR
from config.scratch import scratch_database
from customers.models import Brand

CDNOW = BASE_DIR.parent / "shared" / "data" / "cdnow" / "CDNOW_master.txt"


@dataclass(frozen=True)
class Loaded:
    """A data set that is in the database: its brand, and what the load said of itself."""

    brand: Brand
    counts: dict[str, Any]


@pytest.fixture(scope="module")
def cdnow_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[Loaded]:
    """A database of its own with all of CDNOW: events “purchase” of 23,570 members, with the
    properties cds and amount. Loaded once for the tests of a module."""
    if not CDNOW.exists():
        pytest.skip("the data set is not on this machine")
    name = f"cdnow_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with django_db_blocker.unblock(), scratch_database(name):
        brand = Brand.objects.create(code="shop", name="Shop", timezone="UTC")
        out = StringIO()
        call_command(
            "load", str(CDNOW), "--kind", "events", "--brand", "shop", "--json",
            "--event", "purchase", "--map", "customer_id=identity:member_id",
            "--map", "date=time", "--map", "number_of_cds=property:cds",
            "--map", "dollar_value=property:amount", stdout=out,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield Loaded(brand, json.loads(out.getvalue()))
        connection.close()


@pytest.fixture
def cdnow(cdnow_database: Loaded, django_db_blocker: Any) -> Iterator[Loaded]:
    """CDNOW for one test, which may change anything: it is taken back afterwards. Not together
    with the fixture `db` or the marker `django_db`, which mean another database."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield cdnow_database
        transaction.set_rollback(True)
