"""Benches of this floor; the command finds them here."""

from journeys.bench.engine import EngineBench
from journeys.bench.latency import LatencyBench

__all__ = ["EngineBench", "LatencyBench"]
