"""Benches of this floor; the command finds them here."""

from customers.bench.audience import AudienceBench
from customers.bench.changes import ChangesBench
from customers.bench.foresight import ForesightBench
from customers.bench.imports import ImportBench
from customers.bench.profile import ProfileBench
from customers.bench.search import SearchBench
from customers.bench.tags import TagsBench

__all__ = [
    "AudienceBench",
    "ChangesBench",
    "ForesightBench",
    "ImportBench",
    "ProfileBench",
    "SearchBench",
    "TagsBench",
]
