"""Benches of this floor; the command finds them here."""

from customers.bench.imports import ImportBench

__all__ = ["ImportBench"]
