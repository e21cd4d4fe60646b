"""Segments: who is in them, how large they are and were, and who hears of comings and goings."""

from customers.segments.build import Built, build
from customers.segments.hearing import Moves, add_members, move_members, on_membership
from customers.segments.refresh import Refresh, refresh_due, refresh_live, refresh_of

__all__ = [
    "Built",
    "Moves",
    "Refresh",
    "add_members",
    "build",
    "move_members",
    "on_membership",
    "refresh_due",
    "refresh_live",
    "refresh_of",
]
