"""Walks the demo's last weeks: facts come in, and engine, gate and outbox work, in virtual time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from customers.models import User
from journeys.demo.door import Door
from journeys.demo.feedback import Reaction, note, reaction_to, sent_after
from journeys.demo.people import Person
from journeys.demo.rhythms import Happening
from journeys.demo.staff import answer_calls, do_tasks
from journeys.replay.clock import Clock

COARSE, FINE = timedelta(hours=4), timedelta(hours=1)
FINE_FOR = timedelta(days=1)
# Sends go out in rounds; waits end at their exact time whatever this is.
GRAIN = timedelta(minutes=20)


class History:
    """Everything that happens, in order of time; what people do with messages joins in."""

    def __init__(
        self,
        door: Door,
        happenings: Sequence[Happening],
        staff: Mapping[str, User],
        seed: int,
        now: datetime,
    ) -> None:
        self.door = door
        self.staff = staff
        self.seed = seed
        self.now = now
        self.place = 0
        self.happenings = happenings
        self.newcomers = sorted(door.people, key=lambda person: person.joined_at)
        self.arrived = 0
        self.coming: dict[int, list[Happening]] = defaultdict(list)
        self.reactions: list[Reaction] = []
        self.last_message = 0

    def before(self, end: datetime) -> tuple[list[Person], list[Happening]]:
        """Who joined and what happened since the last call and not after *end*."""
        start = self.place
        while self.place < len(self.happenings) and self.happenings[self.place].at <= end:
            self.place += 1
        first = self.arrived
        while self.arrived < len(self.newcomers) and self.newcomers[self.arrived].joined_at <= end:
            self.arrived += 1
        found = list(self.happenings[start : self.place])
        slot = int(end.timestamp())
        for due in [moment for moment in self.coming if moment <= slot]:
            found += self.coming.pop(due)
        found.sort(key=lambda each: each.at)
        return self.newcomers[first : self.arrived], found

    def only_facts(self, start: datetime, end: datetime, step: timedelta) -> int:
        """Take facts in up to *end*, some days at once, while no journey runs."""
        taken, moment = 0, start
        while moment < end:
            moment = min(moment + step, end)
            taken += self.door.take_in(*self.before(moment), moment)
        return taken

    def live(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Walk from *start* to *end* with engine, gate and outbox; yields the virtual moment."""
        clock = Clock(start, GRAIN)
        moment = start
        while moment < end:
            step = FINE if self.now - moment <= FINE_FOR else COARSE
            moment = min(moment + step, end)
            newcomers, found = self.before(moment)
            if found or newcomers:
                clock.run_until(min(found[0].at if found else moment, moment))
                self.door.take_in(newcomers, found, moment)
            clock.run_until(moment)
            self._react()
            answer_calls(self.seed, moment)
            do_tasks(self.seed, self.staff, moment)
            yield moment

    def _react(self) -> None:
        for message in sent_after(self.last_message, self.now - timedelta(days=400)):
            self.last_message = max(self.last_message, message.id)
            number = self.door.number_of.get(message.customer_id)
            if number is None:
                continue
            reaction = reaction_to(message, self.door.people[number], self.seed)
            if reaction is None:
                continue
            self.reactions.append(reaction)
            for each in reaction.happenings(number):
                if each.at <= self.now:
                    self.coming[int(each.at.timestamp()) + 1].append(each)

    def finish(self) -> None:
        """Write what became of the messages."""
        note(self.reactions, self.now)
