"""Benches of this floor; the command finds them here."""

from journeys.bench.canvas import CanvasBench
from journeys.bench.engine import EngineBench
from journeys.bench.ingest import IngestBench
from journeys.bench.latency import LatencyBench
from journeys.bench.reports import ReportsBench

__all__ = ["CanvasBench", "EngineBench", "IngestBench", "LatencyBench", "ReportsBench"]
