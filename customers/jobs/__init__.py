"""Bulk work on customers: who is meant, one confirmation, then part by part in the background.

`selection` says who is meant and `customers.actions.bulk` starts it with its rights; `run` does
the parts, `files` writes exports.
"""

from customers.jobs.run import run
from customers.jobs.selection import Selection

__all__ = ["Selection", "run"]
