"""Tags of customers: how they come and go."""

from customers.tags.apply import TagSet, apply

__all__ = ["TagSet", "apply"]
