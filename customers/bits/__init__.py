"""Kept sets of customers as bits: they count millions exactly while a marketer is typing.

`count` answers a rule by bounds (`bounds`) over kept sets (`primitives`), and asks the base tables
only about customers between the bounds and those whose changes the follower (`follow`) has not
applied yet. `write_moves` finds in the same way who has to come into a segment and who to leave.
Sets are made when first used (`build`), compared with the truth and dropped when nobody uses them
(`upkeep`).
"""

from customers.bits.answer import Counted, by_sets, count
from customers.bits.difference import write_moves

__all__ = ["Counted", "by_sets", "count", "write_moves"]
