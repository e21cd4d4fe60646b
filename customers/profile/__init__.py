"""The page of one customer: what stands on it. Upper floors register their own parts."""

from customers.profile.registry import (
    Moment,
    PageAction,
    Section,
    register_action,
    register_section,
    register_timeline,
    sections_of,
)

__all__ = [
    "Moment",
    "PageAction",
    "Section",
    "register_action",
    "register_section",
    "register_timeline",
    "sections_of",
]
