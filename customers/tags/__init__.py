"""Tags of customers: how they come and go, who has them, and which need somebody."""

from customers.tags.apply import TagSet, apply
from customers.tags.count import count
from customers.tags.flags import flag

__all__ = ["TagSet", "apply", "count", "flag"]
