"""The whole audience walks without sending: people by step and day, messages, the gate's words.

The engine and the gate walk a sample on tables of their own, hour by hour, as `simulate` lets one
customer walk. What they will do nobody knows: they are taken to do again what they did in as many
days before, other systems to answer, and tasks to be left undone.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from django.db import OperationalError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.gate import decide
from campaigns.models import Candidate, CandidateState, Message, MessageState
from customers.access import Actor, Right, require
from customers.ingest import Batch, EventFact, Item, ingest
from journeys.actions.change import JourneyRefused
from journeys.actions.load import check
from journeys.engine.advance import advance
from journeys.engine.audience import enter_audiences
from journeys.engine.by_time import enter_by_time, next_run
from journeys.graph.schema import Graph, GraphUnreadable
from journeys.models import Journey, NodeCount, WebhookCall
from journeys.replay.clock import EVERYBODY, next_work
from journeys.simulation.clock import Clock
from journeys.simulation.crowd import Crowd, Past, crowd_of
from journeys.simulation.player import busy_words
from journeys.simulation.run import TOOK_TOO_LONG
from journeys.simulation.world import SOURCE, World, open_crowd
from journeys.webhooks.post import Reply
from journeys.webhooks.work import Call, settle

DAYS: Final = 7
MOST_DAYS: Final = 30
SECONDS: Final = 20.0
STATEMENT_SECONDS: Final = 6.0
# How many moments are looked at, at most: the clock goes by the hour, or by several.
MOMENTS: Final = 96


@dataclass(frozen=True)
class Foreseen:
    """What is foreseen until `until`, of one in `share` of `people`; figures are of everybody.

    `arrivals` are by step and day, `messages` by channel and day of those that the gate lets go,
    `stopped` and `waiting` by channel and rule. `cut` says why it ends before its time.
    """

    people: int
    share: int
    start: datetime
    until: datetime
    grain: timedelta
    days: Sequence[date]
    entered: int = 0
    arrivals: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    messages: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    stopped: Mapping[tuple[str, str], int] = field(default_factory=dict)
    waiting: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unknown: Sequence[str] = ()
    cut: str = ""


def foresee(
    actor: Actor,
    journey: Journey,
    content: Mapping[str, Any],
    now: datetime,
    *,
    days: int = DAYS,
    seconds: float = SECONDS,
) -> Foreseen:
    """What would come of *content*, published *now*, within *days*; nothing is sent or written.

    Raises RightMissing, GraphUnreadable with every problem, and JourneyRefused while the database
    is too busy.
    """
    require(actor, Right.SEE, journey.brand)
    graph, problems = check(content, journey.brand)
    if graph is None:
        raise GraphUnreadable(problems)
    written = {key: value for key, value in content.items() if key != "journey"}
    span = timedelta(days=max(1, min(days, MOST_DAYS)))
    until = time.monotonic() + seconds
    try:
        crowd = _crowd(journey, graph, now, span)
        with open_crowd(
            journey, written, graph, crowd.ids, now, seconds=STATEMENT_SECONDS
        ) as world:
            return _Foresight(world, crowd, now, span, until).walk()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in TOOK_TOO_LONG:
            raise
        raise JourneyRefused(busy_words()) from error


# helpers


def _crowd(journey: Journey, graph: Graph, now: datetime, span: timedelta) -> Crowd:
    with transaction.atomic():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true)",
                [f"{round(STATEMENT_SECONDS * 1000)}ms"],
            )
        return crowd_of(journey, graph, now, span)


class _Foresight:
    """One sample on its way."""

    def __init__(
        self, world: World, crowd: Crowd, start: datetime, span: timedelta, until: float
    ) -> None:
        self.world = world
        self.crowd = crowd
        self.start = start
        self.span = span
        self.until = until
        self.now = start
        self.clock = Clock(world.cursor, world.version, start)
        hours = -(-span // timedelta(hours=1))
        self.grain = timedelta(hours=max(1, -(-hours // MOMENTS)))

    def walk(self) -> Foreseen:
        end, cut = self.start + self.span, ""
        events = iter(
            [
                (moment, list(group))
                for moment, group in groupby(self.crowd.events, key=lambda one: self._again(one))
            ]
        )
        coming = next(events, None)
        while self.now <= end:
            if time.monotonic() > self.until:
                cut = _("This took too long, so nothing is foreseen after that.")
                break
            if coming is not None and coming[0] <= self.now:
                self._tell(coming[1])
                coming = next(events, None)
            self._work()
            moments = [coming[0] if coming else None, self._rounded(next_work())]
            run = None
            if self.clock.enters_by_time:
                run = next_run(self.world.version, self.start, self.now, end)
            following = [at for at in (*moments, run) if at is not None]
            if not following or min(following) > end:
                break
            self.now = max(min(following), self.now + timedelta(microseconds=1))
        return self._sum_up(min(self.now, end) if cut else end, cut)

    # helpers

    def _again(self, past: Past) -> datetime:
        """When she does it again, at the next look."""
        at = self._rounded(past.at + self.span)
        return at if at is not None else self.start

    def _rounded(self, moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        steps = -((self.start - moment) // self.grain)
        return self.start + max(0, steps) * self.grain

    def _tell(self, events: Sequence[Past]) -> None:
        items = [
            Item(
                str(n),
                customer_id=one.customer_id,
                events=[EventFact(one.event, one.at + self.span, one.properties)],
            )
            for n, one in enumerate(events)
        ]
        ingest(Batch(SOURCE, items, self.world.brand.pk, "journey"), now=self.now)

    def _work(self) -> None:
        """Everything that is due; what the gate lets go is taken to have gone."""
        self.clock.now = self.now
        more = self.now == self.start
        while more:
            _n, more = enter_audiences(self.now)
        more = self.clock.enters_by_time
        while more:
            _n, more = enter_by_time(self.now)
        again = True
        while again:
            while self.clock.is_due("walks") and advance(self.now, buckets=EVERYBODY).more:
                pass
            while self.clock.is_due("wishes") and decide(self.now).more:
                pass
            if self.clock.is_due("messages"):
                Message.objects.filter(next_attempt_at__lte=self.now).update(
                    state=MessageState.HANDED_OVER, handed_over_at=self.now, next_attempt_at=None
                )
            again = self._answer()

    def _answer(self) -> bool:
        """Other systems answer at once, with nothing to tell."""
        rows = WebhookCall.objects.filter(state="waiting")
        calls = [
            Call(row.pk, 1, row.gives_up_at, "", b"", "", "", row.created_at, True) for row in rows
        ]
        if calls:
            settle(calls, [Reply(200, None, is_final=True)] * len(calls), self.now)
        return bool(calls)

    def _sum_up(self, until: datetime, cut: str) -> Foreseen:
        share = self.crowd.share
        arrivals: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        counts = NodeCount.objects.filter(version_id=self.world.version.id, outcome="")
        for node, hour, n in counts.exclude(node="").values_list("node", "hour", "n"):
            arrivals[node][timezone.localdate(hour)] += n * share
        messages: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        mine = Candidate.objects.filter(version_id=self.world.version.id)
        sent = mine.filter(state=CandidateState.ALLOWED).values_list("channel", "decided_at")
        for channel, at in sent:
            messages[channel][timezone.localdate(at)] += share
        triggers = {node.key for node in self._graph.triggers()}
        first = timezone.localdate(self.start)
        last = (timezone.localdate(until) - first).days
        return Foreseen(
            people=self.crowd.people,
            share=share,
            start=self.start,
            until=until,
            grain=self.grain,
            days=[first + timedelta(days=n) for n in range(last + 1)],
            entered=sum(sum(arrivals[key].values()) for key in triggers if key in arrivals),
            arrivals={key: dict(by_day) for key, by_day in arrivals.items()},
            messages={channel: dict(by_day) for channel, by_day in messages.items()},
            stopped=self._words(mine.filter(state=CandidateState.STOPPED)),
            waiting=self._words(mine.filter(state__in=["deferred", "waiting"])),
            unknown=self.crowd.unknown,
            cut=cut,
        )

    @property
    def _graph(self) -> Graph:
        graph = self.world.version.graph
        if graph is None:
            raise ValueError(self.world.version.fault)
        return graph

    def _words(self, rows: Any) -> dict[tuple[str, str], int]:
        found = rows.values_list("channel", "rule").annotate(n=Count("pk")).order_by("-n")
        return {(channel, rule): n * self.crowd.share for channel, rule, n in found}
