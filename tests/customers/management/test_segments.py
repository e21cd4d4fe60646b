"""`manage.py segments`: what it prints, and its sentence for everything that can't be meant."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from customers.ingest import Batch, EventFact, Item, TagFact, ingest
from customers.models import Brand, Segment, Tag

pytestmark = pytest.mark.django_db
BOUGHT = {"event": "bought", "count": {"gte": 2}}


@pytest.fixture
def people(now: datetime) -> Brand:
    """Five members: each bought as often as her number, the even ones are gold."""
    brand = Brand.objects.create(code="tea", name="Tea")
    Tag.objects.create(code="tier", name="Tier", kind="assigned")
    items = [
        Item(
            str(n),
            [("user_id", f"p{n}")],
            tags=[TagFact("tier", "gold")] if n % 2 == 0 else [],
            events=[EventFact("bought", now, {"amount": each}) for each in range(n)],
        )
        for n in range(5)
    ]
    assert not ingest(Batch("shop", items, brand_id=brand.pk), now=now).refused
    return brand


def told(*arguments: str) -> Any:
    """The lines of JSON that the command prints; the only one when it is one."""
    out = StringIO()
    call_command("segments", *arguments, "--json", stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    return lines[0] if len(lines) == 1 else lines


def test_a_rule_is_counted_and_said(people: Brand, tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    file.write_text(json.dumps({"all": [BOUGHT, {"tag": "tier"}]}), encoding="utf-8")
    assert told("count", "--rule", json.dumps(BOUGHT))["count"] == 3
    assert told("count", "--rule", f"@{file}", "--brand", "tea")["count"] == 2
    before = told("count", "--rule", json.dumps(BOUGHT | {"within": "1d"}), "--as-of", "2020-02-29")
    assert (before["count"], before["as_of"]) == (0, datetime(2020, 2, 29, tzinfo=UTC).isoformat())
    assert "bought" in told("say", "--rule", json.dumps(BOUGHT))["rule"]


def test_a_segment_is_built_listed_and_counted(people: Brand) -> None:
    Segment.objects.create(code="keen", name="Keen", kind="rule", rule=BOUGHT)
    built = told("build", "--all")
    assert (built["segment"], built["size"], built["entered"]) == ("keen", 3, 3)
    assert told("list")["size"] == told("count", "keen")["count"] == 3


def test_what_could_not_be_built_is_told_and_fails(people: Brand) -> None:
    Segment.objects.create(code="lost", name="Lost", kind="rule", rule={"tag": "gone"})
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 1 segments were not built"):
        call_command("segments", "build", "lost", stdout=out)
    assert "gone" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["count", "--rule", "{"], "A rule is JSON"),
        (["count", "--rule", "[" * 100_000], "A rule is JSON"),
        (["count", "--rule", "@/no/such/file"], "The rule can't be read"),
        (["count", "--rule", '{"tag": "gone"}'], "rule.tag: "),
        (["count", "--rule", '{"tag": "tier"}', "--as-of", "2026-02-30"], "--as-of is a date"),
        (["count", "--rule", '{"tag": "tier"}', "--brand", "x"], "There is no brand “x”"),
        (["count", "nobody"], "There is no segment “nobody”"),
        (["count", "hand"], "hand is a list of 0; it has no rule."),
        (["build"], "Name the segments to build"),
    ],
)
def test_bad_input_gets_a_sentence(people: Brand, arguments: list[str], sentence: str) -> None:
    Segment.objects.create(code="hand", name="By hand", kind="list")
    with pytest.raises(CommandError) as raised:
        call_command("segments", *arguments)
    assert sentence in str(raised.value)


def test_the_schema_of_rules_is_published() -> None:
    answer = Client().get("/api/v1/rules/schema")
    assert answer.status_code == 200
    out = StringIO()
    call_command("segments", "schema", stdout=out)
    assert answer.json() == json.loads(out.getvalue())
    assert answer.json()["version"] == 2
