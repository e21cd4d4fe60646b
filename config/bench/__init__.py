"""Benchmarks: the product against the bare floor for the same work, in one run.

Each bench is a class in a module `bench` or package `bench` of an app. It runs in a scratch
database that is dropped afterwards and yields one line per measure. What counts is the ratio of
two figures of one run: absolute figures say more about the machine than about the product.
"""

from config.bench import floor
from config.bench.frame import Bench, Line, benches, find, register

__all__ = ["Bench", "Line", "benches", "find", "floor", "register"]
