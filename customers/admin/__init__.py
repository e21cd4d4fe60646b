"""The admin of floor 1, and what the admin pages of all floors share."""

from customers.admin import (
    audit_log,
    brands,
    consents,
    customers,
    definitions,
    entrance,
    groups,
    keys,
    schedules,
    segments,
    tags,
    users,
)

__all__ = [
    "audit_log",
    "brands",
    "consents",
    "customers",
    "definitions",
    "entrance",
    "groups",
    "keys",
    "schedules",
    "segments",
    "tags",
    "users",
]
