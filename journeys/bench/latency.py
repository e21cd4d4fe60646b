"""`bench latency`: from an event sent by HTTP to the candidate it leads to, everything running.

The product runs as `manage.py up` starts it (web server, workers, beat) on a scratch database.
Events are sent at a steady rate whatever became of the ones before; an observer on a connection of
its own sees candidates as they are committed, every few milliseconds. Two journeys are measured:
one that the event enters, and one in which the customer waits for it.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any, Final
from urllib.parse import quote, urlencode

import psycopg
from django.db import connection

from config.bench import Bench, Line, register
from config.clock import utc_now
from config.places import BASE_DIR
from customers.access import Actor, keys
from customers.models import Brand
from journeys.actions.load import load
from journeys.actions.publish import publish
from journeys.bench.world import make_content
from journeys.graph.yaml import load_yaml

LOOK_SECONDS: Final = 0.002
PATIENCE_SECONDS: Final = 30.0
SENDERS: Final = 16
WARMING: Final = 5 * SENDERS

ENTERS: Final = """
journey: enters
name: Enters
nodes:
  start: {kind: trigger.event, event: joined, reentry: always, next: half}
  half: {kind: branch.random, weights: {a: 1, b: 1}, next: {a: hello, b: hello}}
  hello: {kind: send.message, content: sms, next: done}
  done: {kind: exit.leave}
"""
WAITS: Final = """
journey: waits
name: Waits
nodes:
  start: {kind: trigger.event, event: opened, reentry: always, next: wait}
  wait:
    kind: wait.event
    until: {bought: {event: bought}}
    at_most: 1d
    next: {bought: thanks, timeout: done}
  thanks: {kind: send.message, content: sms, next: done}
  done: {kind: exit.leave}
"""


@register
class LatencyBench(Bench):
    """One line per journey; milliseconds from sending the request to seeing the candidate."""

    name = "latency"
    about = "milliseconds from an event by HTTP to its committed candidate, everything running"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--per-second", type=int, default=50, help="events per second")
        parser.add_argument("--seconds", type=int, default=20, help="how long they are sent")

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        key = _world()
        count = options["per_second"] * options["seconds"]
        with running_product() as port:
            # The first requests of a thread are no measure: it connects and reads what it needs.
            with ThreadPoolExecutor(SENDERS) as senders:
                list(senders.map(lambda _n: post(port, key, "joined", -1), range(WARMING)))
            for what, before, event in (("enters", "", "joined"), ("waits", "opened", "bought")):
                if before:
                    for n in range(count):
                        post(port, key, before, n)
                    time.sleep(2)
                sent, accepted, seen = send(port, key, event, count, options["per_second"])
                waited = [(seen[n] - sent[n]) * 1000 for n in sent if n in seen]
                if len(waited) < count:
                    raise RuntimeError(f"{count - len(waited)} of {count} candidates never came.")
                cuts = quantiles(waited, n=100)
                yield {
                    "what": what,
                    "events": count,
                    "per_s": options["per_second"],
                    "accepted_p50_ms": round(quantiles(accepted, n=100)[49] * 1000, 1),
                    "p50_ms": round(cuts[49], 1),
                    "p99_ms": round(cuts[98], 1),
                }


def send(
    port: int, key: str, event: str, count: int, rate: int
) -> tuple[dict[int, float], list[float], dict[int, float]]:
    """Send *count* events at *rate* a second; returns when each was sent, how long each request
    took, and when each candidate was seen."""
    sent: dict[int, float] = {}
    accepted: list[float] = []
    seen: dict[int, float] = {}
    is_over = threading.Event()
    observer = threading.Thread(target=_observe, args=(seen, count, is_over))
    observer.start()
    begun = time.perf_counter() + 0.2

    def one(n: int) -> None:
        sent[n] = time.perf_counter()
        post(port, key, event, n)
        accepted.append(time.perf_counter() - sent[n])

    with ThreadPoolExecutor(SENDERS) as senders:
        for n in range(count):
            time.sleep(max(0.0, begun + n / rate - time.perf_counter()))
            senders.submit(one, n)
    end = time.perf_counter() + PATIENCE_SECONDS
    while len(seen) < count and time.perf_counter() < end:
        time.sleep(0.05)
    is_over.set()
    observer.join()
    return sent, accepted, seen


def post(port: int, key: str, event: str, n: int) -> None:
    """Send one event of customer *n*; raises RuntimeError unless it is accepted."""
    held: Any = _local
    if getattr(held, "port", None) != port:
        held.port, held.connection = port, http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    body = {"event": event, "customer": {"user_id": f"u{n}"}, "properties": {"n": n}}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    held.connection.request("POST", "/api/v1/events", json.dumps(body), headers)
    answer = held.connection.getresponse()
    said = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"An event was not accepted: {answer.status} {said[:200]!r}")


@contextmanager
def running_product() -> Iterator[int]:
    """The product on this process's database, with a folder of its own; yields its port."""
    folder = Path(tempfile.mkdtemp(prefix="waypost-bench-"))
    folder.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)],
        cwd=BASE_DIR,
        env={**os.environ, "WAYPOST_VAR": str(folder), "DATABASE_URL": _address()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    try:
        for line in process.stdout or ():
            said.append(line)
            if "Waypost is ready" in line:
                break
        else:
            raise RuntimeError("The product did not start: " + "".join(said[-20:]))
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


# helpers

_local = threading.local()


def _world() -> str:
    actor, now = Actor.of_command("bench"), utc_now()
    brand = Brand.objects.create(code="bench", name="Bench", created_at=now)
    make_content(brand, "sms", "sms")
    for text in (ENTERS, WAITS):
        publish(actor, load(actor, brand, load_yaml(text), now).journey, now)
    return keys.create(actor, brand, name="bench", now=now)[1]


def _address() -> str:
    wrapper: Any = connection
    held = wrapper.get_connection_params()
    place = urlencode({"host": held.get("host", ""), "port": held.get("port", "")})
    user, password = (quote(held.get(key) or "", safe="") for key in ("user", "password"))
    return f"postgresql://{user}:{password}@/{held['dbname']}?{place}"


def _observe(seen: dict[int, float], count: int, is_over: threading.Event) -> None:
    """Look for new candidates until all are there; an id may be seen after a higher one."""
    with psycopg.connect(_address(), autocommit=True) as own:
        (last,) = own.execute("SELECT coalesce(max(id), 0) FROM campaigns_candidate").fetchone()  # type: ignore[misc]
        found: set[int] = set()
        while len(seen) < count and not is_over.is_set():
            rows = own.execute(
                "SELECT id, (context #>> '{event,properties,n}')::int FROM campaigns_candidate"
                " WHERE id > %s",
                [last],
            ).fetchall()
            moment = time.perf_counter()
            for id, n in rows:
                if id not in found:
                    found.add(id)
                    seen[n] = moment
            last = max(last, max(found, default=last) - 200)
            time.sleep(LOOK_SECONDS)
