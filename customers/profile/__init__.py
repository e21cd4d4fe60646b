"""The page of one customer: what stands on it. Upper floors register their own parts."""

from customers.profile.registry import (
    Moment,
    Section,
    register_section,
    register_timeline,
    sections_of,
)

__all__ = ["Moment", "Section", "register_section", "register_timeline", "sections_of"]
