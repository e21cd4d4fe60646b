"""Kept sets of customers as bits: they count millions exactly while a marketer is typing.

`count` answers a rule by bounds (`bounds`) over kept sets (`primitives`), and asks the base tables
only about customers between the bounds and those whose changes the follower (`follow`) has not
applied yet. Sets are made when first used (`build`), compared with the truth and dropped when
nobody uses them (`upkeep`).
"""

from customers.bits.answer import Counted, count

__all__ = ["Counted", "count"]
