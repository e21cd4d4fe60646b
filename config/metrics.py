"""Figures that are read from the database when /metrics is asked, the same from every process.

What processes count stands in the registry of prometheus_client; several of them add up in its
multiprocess mode, which knows no other collectors. These stand beside it.
"""

from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

_OWN: Final = CollectorRegistry(auto_describe=False)


def add(collector: Collector) -> None:
    """Let /metrics ask *collector* each time."""
    _OWN.register(collector)


def text() -> bytes:
    """Everything that the collectors say just now."""
    return bytes(generate_latest(_OWN))
