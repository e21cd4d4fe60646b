"""Coupon codes: pools, and giving each code away once."""

from campaigns.offers.issue import Issue, issue
from campaigns.offers.pool import pool_of

__all__ = ["Issue", "issue", "pool_of"]
