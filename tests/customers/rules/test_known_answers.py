"""Every rule figure of CDNOW, said in the language, as of the last day of the data."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from customers.models import User
from customers.rules import count, read_rule
from customers.views import rule_editor
from tests.customers.conftest import Loaded

pytestmark = pytest.mark.backends

AS_OF = datetime(1998, 6, 30, tzinfo=UTC)
BOUGHT: dict[str, Any] = {"event": "purchase"}


def recency(op: str, days: int) -> dict[str, Any]:
    """R compares with days: the last purchase lies so long ago."""
    side = {"lte": "gte", "gt": "lt"}[op]
    return BOUGHT | {"last": {"op": side, "value": {"ago": f"{days}d"}}}


def frequency(**asked: int) -> dict[str, Any]:
    return BOUGHT | {"count": asked}


def money(**asked: float) -> dict[str, Any]:
    return BOUGHT | {"sum": {"property": "amount"} | asked}


ANSWERS: list[tuple[str, dict[str, Any], int]] = [
    ("R <= 90", recency("lte", 90), 3_317),
    ("R <= 90 and F >= 5", {"all": [recency("lte", 90), frequency(gte=5)]}, 2_174),
    ("R > 365", recency("gt", 365), 15_220),
    ("R > 365 and M >= 100", {"all": [recency("gt", 365), money(gte=100)]}, 1_166),
    ("M >= 200", money(gte=200), 3_005),
    ("F = 1 and R > 180", {"all": [frequency(eq=1), recency("gt", 180)]}, 11_908),
    ("one purchase day", BOUGHT | {"distinct": {"days": True, "eq": 1}}, 12_054),
    (
        "never bought again on a later day",
        BOUGHT | {"which": "first", "then": BOUGHT | {"later": "day", "is": False}},
        12_054,
    ),
    ("nothing after 1997-03-31", BOUGHT | {"last": {"op": "lte", "value": "1997-03-31"}}, 13_582),
    (
        "second purchase day within 30 days of the first",
        BOUGHT | {"which": "first", "then": BOUGHT | {"later": "day", "within": "30d"}},
        4_115,
    ),
    ("F >= 5", frequency(gte=5), 3_925),
    ("F >= 217", frequency(gte=217), 1),
    ("bought in 1997-02", BOUGHT | {"from": "1997-02-01", "to": "1997-02-28"}, 9_633),
    ("bought in 1998-06", BOUGHT | {"from": "1998-06-01", "to": "1998-06-30"}, 1_506),
    ("dearest order", BOUGHT | {"most": {"property": "amount", "gte": 1286.01}}, 1),
]


@pytest.mark.parametrize(("rule", "expected"), [each[1:] for each in ANSWERS], ids=[
    each[0] for each in ANSWERS
])  # fmt: skip
def test_cdnow(cdnow: Loaded, rule: dict[str, Any], expected: int) -> None:
    read, problems = read_rule(rule)
    assert read is not None, problems
    assert count(read, now=AS_OF, brand_id=cdnow.brand.pk) == expected


def test_cdnow_by_the_command(cdnow: Loaded) -> None:
    rule = json.dumps({"all": [recency("gt", 365), money(gte=100)]})
    out = StringIO()
    call_command("segments", "count", "--rule", rule, "--as-of", "1998-06-30", "--json", stdout=out)
    assert json.loads(out.getvalue())["count"] == 1_166


def test_cdnow_on_the_page(cdnow: Loaded, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The count that a marketer sees beside the rule while she writes it."""
    monkeypatch.setattr(rule_editor, "utc_now", lambda: AS_OF)
    client.force_login(User.objects.create_superuser("ann@example.com", "x"))
    rule = {"all": [recency("gt", 365), money(gte=100)]}
    posted = {"rule": json.dumps(rule), "brand": str(cdnow.brand.pk)}
    answer = client.post("/rules/look/?field=rule", posted)
    assert 'data-count="1166"' in answer.content.decode()
    steps = client.post("/rules/narrowing/?field=rule", posted).content.decode()
    assert re.findall(r"<b>([\d,]+)</b>", steps) == ["23,570", "15,220", "1,166"]
