"""The engine's figures for Prometheus, read from the database when they are asked for, so that
every process tells the same: see `config.health.metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import DatabaseError, connection
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config import heartbeat, metrics
from config.clock import utc_now
from journeys.engine import lag

JOURNEYS = """
SELECT b.code, j.code, j.state,
       coalesce((SELECT sum(CASE WHEN c.outcome = '' THEN c.n ELSE -c.n END)
                   FROM journeys_journeyversion v JOIN journeys_nodecount c ON c.version_id = v.id
                  WHERE v.journey_id = j.id AND c.node <> ''), 0),
       (SELECT count(DISTINCT h.enrollment_id) FROM journeys_heldtimer h
         WHERE h.journey_id = j.id AND h.reason = 'set_aside'),
       (SELECT count(*) FROM journeys_trouble t WHERE t.journey_id = j.id)
  FROM journeys_journey j JOIN customers_brand b ON b.id = j.brand_id
 WHERE j.state IN ('running', 'paused', 'draining')
 ORDER BY 1, 2 LIMIT 500
"""


class EngineCollector(Collector):
    """Lag and people of the engine. A database that is away leaves its figures out."""

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked of the database when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Everything at one moment; four queries."""
        try:
            yield from self._lag()
            yield from self._people()
        except DatabaseError:
            return

    def _lag(self) -> Iterator[Metric]:
        now = utc_now()
        seen = lag.read(now)
        age = heartbeat.age("engine", now)
        yield GaugeMetricFamily(
            "waypost_engine_oldest_due_seconds",
            "How long the oldest timer that is due has been waiting.",
            value=seen.oldest,
        )
        quantiles = GaugeMetricFamily(
            "waypost_engine_lag_seconds",
            "From due to done in the last 15 minutes, within a factor of two.",
            labels=["quantile"],
        )
        for name, value in (("0.5", seen.p50), ("0.99", seen.p99)):
            if value is not None:
                quantiles.add_metric([name], value)
        yield quantiles
        if age is not None:
            yield GaugeMetricFamily(
                "waypost_engine_tick_age_seconds",
                "How long ago the engine last looked.",
                value=age.total_seconds(),
            )

    def _people(self) -> Iterator[Metric]:
        labels = ["brand", "journey"]
        inside = GaugeMetricFamily(
            "waypost_journey_people", "People on the way in a journey.", labels=[*labels, "state"]
        )
        aside = GaugeMetricFamily(
            "waypost_journey_set_aside", "People whom the engine set aside.", labels=labels
        )
        trouble = GaugeMetricFamily(
            "waypost_journey_trouble", "People whom the watchdog found stuck.", labels=labels
        )
        with connection.cursor() as cursor:
            cursor.execute(JOURNEYS)
            for brand, code, state, n, set_aside, stuck in cursor.fetchall():
                inside.add_metric([brand, code, state], float(n))
                aside.add_metric([brand, code], set_aside)
                trouble.add_metric([brand, code], stuck)
        yield from (inside, aside, trouble)


def set_up() -> None:
    """Let /metrics ask the engine."""
    metrics.add(EngineCollector())
