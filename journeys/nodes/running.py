"""Triggers that let an audience in at moments of their own: published, a schedule."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from journeys.nodes.entry import RunSettings, Trigger

S = TypeVar("S", bound=RunSettings)


class Moments(NamedTuple):
    """What a trigger is asked about: its moments after `since`, up to and with `until`."""

    since: datetime
    until: datetime
    published_at: datetime
    zone: ZoneInfo  # the journey's clock
    journey_id: int


class RunTrigger(Trigger[S]):
    """Each moment is one run; who is in the audience when a batch of it is looked at enters."""

    @abstractmethod
    def moments(self, moments: Moments) -> list[datetime]:
        """The moments of runs in the window; one that was told before may be told again."""

    @abstractmethod
    def audience(self) -> dict[str, Any]:
        """The audience as a rule over customers."""
