"""A replay from its beginning, or from where a killed one stopped, to its end."""

from __future__ import annotations

import gc
import hashlib
import json
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from config.scratch import scratch_database
from customers.ingest import Batch, EventFact, Item, ingest
from journeys.graph.schema import Graph, GraphUnreadable, errors_of, read_graph
from journeys.graph.yaml import load_yaml
from journeys.models import Replay
from journeys.replay.clock import Clock
from journeys.replay.history import History, Piece, pieces, read_history
from journeys.replay.result import SHOWN, result
from journeys.replay.world import Cap, make_world, the_journey

MOMENT = timedelta(microseconds=1)
# A journey whose loops never end is left alone so long after the last event.
LONGEST = timedelta(days=366)
ANALYZE = "ANALYZE customers_event, customers_identity, customers_customer, journeys_enrollment, \
journeys_timer, journeys_listener, campaigns_candidate, campaigns_message"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What to replay. `grain` is how far apart events may be that are taken in at once."""

    dataset: str
    path: Path
    journey: Path
    settings: Mapping[str, str]
    caps: Sequence[Cap] = ()
    grain: timedelta = timedelta(minutes=15)
    is_fresh: bool = False

    @property
    def database(self) -> str:
        """The name of its scratch database: the same for the same request only."""
        what = [
            self.dataset,
            str(self.path.resolve()),
            self.journey.read_text(),
            sorted(self.settings.items()),
            [(cap.limit, cap.window.total_seconds()) for cap in self.caps],
            self.grain.total_seconds(),
        ]
        digest = hashlib.sha256(json.dumps(what).encode()).hexdigest()[:12]
        word = re.sub(r"[^a-z0-9]", "", self.dataset.lower())[:16]
        return f"replay_{word}_{digest}"


def run_replay(request: Request, say: Say) -> dict[str, Any]:
    """Replay, in a database of its own that is dropped when it is done; return the result.

    One transaction takes in a piece of history and moves the position, so that a killed replay
    goes on where it was when it is called again. Raises GraphUnreadable with every problem of the
    journey, and ConfigurationError for what can't be read.
    """
    begun = time.monotonic()
    data, graph = read_journey(request)
    history = read_history(request.dataset, request.path)
    # A million small objects that stay: the collector need not look at them again and again.
    gc.collect()
    gc.freeze()
    for each in history.unreadable[:SHOWN]:
        say(f"line {each.line}: {each.text}")
    if request.is_fresh:
        with scratch_database(request.database):
            pass  # opened without resuming, the earlier one is dropped
    with scratch_database(request.database, resume=True):
        with connection.cursor() as cursor:
            # What a crash of the machine could lose here is a replay.
            cursor.execute("SET synchronous_commit TO off")
        replay = _begin(request, data, graph, history, say)
        _feed(request, replay, history, say)
        found = result(
            the_journey(),
            replay,
            history.unreadable,
            dataset=request.dataset,
            file=str(request.journey),
            settings=request.settings,
            seconds=time.monotonic() - begun,
        )
    gc.unfreeze()
    return found


def read_journey(request: Request) -> tuple[dict[str, Any], Graph]:
    """The journey as JSON and as a graph; raises GraphUnreadable with every problem."""
    data = load_yaml(request.journey.read_text(), request.settings)
    graph, problems = read_graph(data)
    if graph is None:
        raise GraphUnreadable(errors_of(problems))
    return dict(data), graph


# helpers


def _begin(
    request: Request, data: Mapping[str, Any], graph: Graph, history: History, say: Say
) -> Replay:
    replay = Replay.objects.filter(name=request.database).first()
    if replay is None:
        with transaction.atomic():
            content = {key: value for key, value in data.items() if key != "journey"}
            return make_world(request.database, content, graph, request.caps, history.events[0].at)
    if replay.position or replay.finished:
        say(
            f"Going on after {replay.position:,} of {len(history.events):,} events, where the last "
            "replay stopped. Use --fresh to start over."
        )
    return replay


def _feed(request: Request, replay: Replay, history: History, say: Say) -> None:
    """1. Do what is due before the next events. 2. Take them in. At the end let the clock run on
    until nobody waits for a time any more."""
    start = replay.clock or history.events[0].at
    clock = Clock(start, request.grain)
    told = -math.inf
    analyze_at = 1
    for piece in pieces(history, replay.position, grain=request.grain):
        clock.run_until(piece.events[0].at - MOMENT)
        _take_in(replay, piece)
        clock.now = max(clock.now, piece.events[0].at)
        if piece.position >= analyze_at:
            with connection.cursor() as cursor:
                cursor.execute(ANALYZE)
            analyze_at = piece.position * 2
        if time.monotonic() - told > 2:
            told = time.monotonic()
            share = piece.position / len(history.events)
            say(f"{share:4.0%}  {piece.position:,} events, {clock.now:%Y-%m-%d %H:%M}")
    clock.run_until(history.events[-1].at + LONGEST)
    Replay.objects.filter(pk=replay.pk).update(finished=True, clock=clock.now)


def _take_in(replay: Replay, piece: Piece) -> None:
    items = [
        Item(
            str(event.line),
            identities=event.identities,
            events=[EventFact(event.event, event.at, event.properties)],
        )
        for event in piece.events
    ]
    with transaction.atomic():
        done = ingest(Batch("replay", items, source_kind="replay"), now=piece.events[-1].at)
        replay.position = piece.position
        replay.clock = piece.events[0].at
        replay.problem_count += len(done.refused)
        room = SHOWN - len(replay.problems)
        replay.problems += [[int(each.place), each.text] for each in done.refused[: max(room, 0)]]
        replay.save()
