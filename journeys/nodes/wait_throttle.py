"""wait.throttle: at most so many go on in each interval; the others stand in line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.formats import number
from customers.rules import say_duration
from journeys.engine.statements import execute, fetch
from journeys.nodes import readers, register
from journeys.nodes.base import Answer, Family, Leave, Member, Node, Outcome, Stay, setting

if TYPE_CHECKING:
    from journeys.engine.run import Run

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    count: int = setting(
        readers.whole(1, 10_000_000), gettext_lazy("At most so many"), example="1000"
    )
    per: timedelta = setting(readers.duration, gettext_lazy("In each"), example="1h")


@register
class WaitThrottle(Node[Settings]):
    """Intervals lie end to end, counted from midnight UTC of 1970; places are given away in the
    order of arrival, each of them once, however many workers there are. Who is moved to another
    version keeps her place, also when that version lets on more or fewer."""

    kind = "wait.throttle"
    family = Family.WAIT
    label = gettext_lazy("Throttle")
    icon = "pause"
    Settings = Settings
    waits = True
    at_door = False

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def sentence(self) -> str:
        return format_html(
            _("Let <em>{count}</em> on per <em>{span}</em>"),
            count=number(self.settings.count),
            span=say_duration(self.settings.per),
        )

    def carry(self, visits: Sequence[tuple[int, int]], run: Run) -> None:
        """Nobody goes to the end of the queue, and no place is given away twice."""
        execute("carry_places", {"ids": [v[0] for v in visits], "visits": [v[1] for v in visits]})

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        places = self._places([member for member in members if not member.wakes], run)
        for member in members:
            until = places.get(member.enrollment_id)
            if until is None:
                yield Leave("next", member.wakes[0].at)
            else:
                yield Leave("next", until) if until <= run.now else Stay(until)

    def _places(self, arriving: Sequence[Member], run: Run) -> dict[int, datetime]:
        """When each of those who have just arrived may go on, by enrollment."""
        found = {
            member.enrollment_id: max(member.arrived_at, at)
            for member in arriving
            if (at := carried(member)) is not None
        }
        asking = [member for member in arriving if member.enrollment_id not in found]
        if not asking:
            return found
        key = {"journey": run.journey.journey_id, "node": self.key}
        [(slot, used)] = fetch("throttle", key)
        for member in sorted(asking, key=lambda m: (m.arrived_at, m.enrollment_id)):
            own = (member.arrived_at - EPOCH) // self.settings.per
            if own > slot:
                slot, used = own, 0
            if used >= self.settings.count:
                slot, used = slot + 1, 0
            used += 1
            found[member.enrollment_id] = max(member.arrived_at, EPOCH + slot * self.settings.per)
        execute("note_throttle", {**key, "slot": slot, "used": used})
        return found


# helpers


def carried(member: Member) -> datetime | None:
    """The place that she had in the version from which she was moved to this very visit."""
    if '"place"' not in member.context_json:
        return None
    place = member.context.get("place")
    if not isinstance(place, dict) or place.get("visit") != member.visit:
        return None
    return datetime.fromisoformat(place["at"])
