"""`bench ingest`: events over HTTP, in batches, with a trigger that hears every one of them.

The product runs as `manage.py up` starts it, server and database on the same cores. A few clients
send one batch after the other over connections that stay open. The floor is COPY of the very rows
that were written (events and their keys) into empty tables of the same shape.
"""

from __future__ import annotations

import http.client
import json
import math
import threading
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any, Final

from django.db import connection

from config.bench import Bench, Line, register
from config.clock import utc_now
from customers.access import Actor, keys
from customers.bench.copying import copy_again
from customers.models import Brand
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.bench.latency import running_product
from journeys.graph.yaml import load_yaml

CLIENTS: Final = 4
PEOPLE: Final = 5_000
TABLES: Final = ("customers_event", "customers_eventkey")
# The trigger looks at every event and lets one of a hundred in.
TRIGGERED: Final = """
journey: rich
name: Rich
nodes:
  start:
    kind: trigger.event
    event: bench_bought
    where: {property: amount, op: gte, value: 990}
    reentry: always
    next: done
  done: {kind: exit.leave}
"""


@register
class IngestBench(Bench):
    """One line per size of the batches."""

    name = "ingest"
    about = "events per second over HTTP with triggers on, against bare COPY of the same rows"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=10.0, help="how long each is sent")
        parser.add_argument("--batches", type=int, nargs="+", default=[1, 50, 500])

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        key = _world()
        with running_product() as port:
            first = 0
            # All people are there before the clock starts, and every client is connected.
            first = _send(port, key, first, 500, events=2 * PEOPLE)[1]
            for batch in options["batches"]:
                _empty()
                seconds, last = _send(port, key, first, batch, seconds=options["seconds"])
                events, first = last - first, last
                found = _written()
                if found != events:
                    raise RuntimeError(f"{events} events were accepted, {found} are there.")
                floor = sum(copy_again(table) for table in TABLES)
                yield {
                    "batch": batch,
                    "events": events,
                    "events_per_s": round(events / seconds),
                    "floor_events_per_s": round(events / floor),
                    "ratio": round(floor / seconds, 3),
                }


# helpers


def _world() -> str:
    actor, now = Actor.of_command("bench"), utc_now()
    brand = Brand.objects.create(code="bench", name="Bench", created_at=now)
    publish(actor, load(actor, brand, load_yaml(TRIGGERED), now).journey, now)
    return keys.create(actor, brand, name="bench", now=now)[1]


def _send(
    port: int, key: str, first: int, batch: int, *, events: int = 0, seconds: float = math.inf
) -> tuple[float, int]:
    """Send batches from event *first* on, until so many *events* or *seconds* are over.

    Returns (seconds that it took, number of the event after the last one).
    """
    rooms, room = [first], threading.Lock()

    def work(client: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        while perf_counter() - began < seconds and (not events or rooms[0] < first + events):
            with room:
                start = rooms[0]
                rooms[0] = start + batch
            line.request("POST", "/api/v1/events", _body(start, batch), headers)
            answer = line.getresponse()
            said = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"Not accepted: {answer.status} {said[:200]!r}")
        line.close()

    began = perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(work, range(CLIENTS)))
    return perf_counter() - began, rooms[0]


def _body(start: int, batch: int) -> bytes:
    made = [
        {
            "event": "bench_bought",
            "customer": {"user_id": f"u{n * 7919 % PEOPLE}"},
            "properties": {"amount": n % 1_000, "item": f"i{n % 97}"},
            "key": f"e{n}",
        }
        for n in range(start, start + batch)
    ]
    return json.dumps(made[0] if batch == 1 else {"batch": made}).encode()


def _empty() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")
            cursor.execute(f"VACUUM {table}")


def _written() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers_event")
        ((found,),) = cursor.fetchall()
    return int(found)
