"""Random rules over random customers: the SQL and a plain reading in Python agree."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import jsonschema
import pytest
from django.db import connection
from django.utils import translation

from customers.rules import audience, evaluate, json_schema, read_rule, say
from customers.rules.nodes import Rule
from tests.customers.rules.oracle import Oracle
from tests.customers.rules.worlds import KINDS, ZONE, Rules, World

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

# Late in the evening of London, so that it is the next day where the brand is.
NOW = datetime(2026, 2, 27, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(2))
def test_sql_and_python_agree(seed: int) -> None:
    told_apart = compare(seed, people=50, rules=150)
    assert told_apart > 60


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(100, 112))
def test_thousands_of_rules_agree(seed: int) -> None:
    assert compare(seed, people=120, rules=1_000) > 400


def compare(seed: int, people: int, rules: int) -> int:
    chance = random.Random(seed)
    world = World(chance, NOW, people)
    oracle = Oracle(NOW, ZONE, KINDS)
    random_rules = Rules(chance, NOW)
    schema = jsonschema.Draft202012Validator(json_schema())
    told_apart = 0
    for _ in range(rules):
        data = random_rules.rule()
        shown = json.dumps(data, ensure_ascii=False)
        rule, problems = read_rule(data)
        assert rule is not None, (shown, problems)
        assert schema.is_valid(data), shown
        expected = {who.id for who in world.people if oracle.holds(data, who)}
        found = evaluate(rule, world.ids, now=NOW, brand_id=world.brand.pk)
        assert found == expected, shown
        assert everybody(rule, world) == expected, shown
        again, _problems = read_rule(rule.to_json())
        assert again == rule, shown
        for language in ("en", "zh-hans"):
            with translation.override(language):
                assert say(rule)
        told_apart += 0 < len(expected) < len(world.ids)
    return told_apart


def everybody(rule: Rule, world: World) -> set[int]:
    sql, params = audience(rule, now=NOW, brand_id=world.brand.pk)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {row[0] for row in cursor.fetchall()} & set(world.ids)
