"""What a visit does beside moving: an effect is written with the step, in one transaction.

All effects of one class in a batch are written by one call, so that the number of statements does
not depend on the number of members. Written exactly once, as the visit is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from journeys.engine.versions import Version


class Effect(ABC):
    """One kind of effect; an instance is one effect of one visit."""

    # Whether rules over customers may see it: nodes that ask such a rule look after it is written.
    changes_customer: ClassVar[bool] = False
    # Whether it may set timers of this very moment, so that there is more to do at once.
    may_wake: ClassVar[bool] = False
    # Effects are written in the order of this number; those that wake others come last.
    order: ClassVar[int] = 50

    def say(self) -> str:
        """What it does, as a sentence of safe HTML in the active language; "" for what is told
        elsewhere."""
        return ""

    @classmethod
    @abstractmethod
    def write(cls, done: Sequence[Done], now: datetime) -> None:
        """Write all of a batch. An error undoes the batch, which is then taken apart."""


class Done(NamedTuple):
    """An effect with the visit that it belongs to; (enrollment_id, visit) is its unique key."""

    effect: Any
    enrollment_id: int
    customer_id: int
    visit: int
    node: str
    journey: Version
    at: datetime

    @property
    def token(self) -> str:
        """The key under which this visit has its effect once."""
        return f"walk:{self.enrollment_id}:{self.visit}"
