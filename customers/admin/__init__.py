"""The admin of floor 1, and what the admin pages of all floors share."""

from customers.admin import (
    audit_log,
    brands,
    consents,
    customers,
    definitions,
    disclosures,
    entrance,
    erasures,
    groups,
    imports,
    keys,
    merges,
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
    "disclosures",
    "entrance",
    "erasures",
    "groups",
    "imports",
    "keys",
    "merges",
    "schedules",
    "segments",
    "tags",
    "users",
]
