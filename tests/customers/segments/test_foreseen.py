"""What a build is said to take follows what builds really took."""

from __future__ import annotations

from datetime import datetime

import pytest

from customers.access import Actor
from customers.actions.segments import create
from customers.ingest import Batch, Item, ingest
from customers.models import Attribute, Segment
from customers.rules import read_rule
from customers.rules.cost import SECONDS_A_UNIT
from customers.segments import build
from customers.segments.foreseen import foresee, seconds_a_unit

pytestmark = pytest.mark.django_db


def test_measured_builds_replace_the_usual_rate(now: datetime) -> None:
    Attribute.objects.create(code="points", name="Points", data_type="number")
    items = [Item(str(n), [("member_id", f"m{n}")], attributes={"points": n}) for n in range(9)]
    ingest(Batch("test", items), now=now)
    rule = {"attribute": "points", "op": "gte", "value": 4}
    segment = create(Actor.of_command("test"), None, code="many", name="Many", rule=rule, now=now)
    assert seconds_a_unit() == pytest.approx(SECONDS_A_UNIT)
    build(segment, now=now)
    segment.refresh_from_db()
    assert segment.full_seconds
    assert segment.full_cost
    # Nine customers are over at once and tell nothing.
    assert seconds_a_unit() == pytest.approx(SECONDS_A_UNIT)

    # A build of ten seconds for a million units, on a server of a tenth of the usual speed.
    Segment.objects.update(full_cost=1_000_000, full_seconds=SECONDS_A_UNIT * 10_000_000)
    assert 9 * SECONDS_A_UNIT < seconds_a_unit() < 10 * SECONDS_A_UNIT
    read, _problems = read_rule(rule)
    assert read is not None
    found = foresee(read, now=now)
    assert found.seconds == pytest.approx(found.units * seconds_a_unit())
