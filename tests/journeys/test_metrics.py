"""What /metrics tells of the engine, and how the lag is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from journeys.engine import lag
from journeys.engine.tick import tick
from tests.journeys.flow import T0, Flow, at

TEXT = """
nodes:
  start: {kind: trigger.event, event: seen, next: wait}
  wait: {kind: wait.duration, duration: 1h, next: rest}
  rest: {kind: wait.duration, duration: 30d, next: done}
  done: {kind: exit.leave}
"""


@pytest.mark.django_db
def test_metrics_tell_lag_and_people() -> None:
    flow = Flow.make()
    flow.people("ann", "bea")
    flow.journey(TEXT)
    flow.happen(("ann", "seen", 0), ("bea", "seen", 0))
    flow.run(0)
    tick(at(1) + timedelta(seconds=2), clock=lambda: 0.0)  # two seconds behind
    seen = lag.read(at(1.01))
    assert (seen.n, seen.p50, seen.p99) == (2, 2.048, 2.048)
    answer = Client().get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
    assert 'waypost_journey_people{brand="flow",journey="flow",state="running"} 2.0' in answer
    assert "\nwaypost_engine_oldest_due_seconds " in answer
    assert "python_info" in answer
    lag.forget(T0 + lag.KEPT + timedelta(hours=2))
    assert lag.read(at(1.01)).n == 0


def test_quantiles_are_right_within_a_factor_of_two() -> None:
    bins = {8: 98, 16: 1, 1024: 1}
    assert lag.quantile(bins, 0.5) == 0.008
    assert lag.quantile(bins, 0.99) == 0.016
    assert lag.quantile(bins, 1.0) == 1.024
    assert lag.quantile({}, 0.5) is None
    assert [lag.bound(ms) for ms in (0, 8, 8.5, 1000)] == [8, 8, 16, 1024]
