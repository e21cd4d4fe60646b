"""The programs of the group."""

import os
import sys
from collections.abc import Sequence

from config.up.supervisor import Part

# Name → queues, threads. Sending has a worker of its own so that a slow refresh of an audience
# never starves it; threads suffice because the tasks mostly wait for the database.
WORKERS = {
    "engine": ("engine", 4),
    "sending": ("sending", 4),
    "audience": ("audience,default", 2),
}
# As many as granian thinks sensible; more would only take turns.
WEB_THREADS = 2 * (os.cpu_count() or 2) + 1


def parts(host: str, port: int) -> Sequence[Part]:
    """Web server, workers and clock, for the given address."""
    python = sys.executable
    web = [python, "-m", "granian", "--interface", "wsgi", "config.wsgi:application"]
    web += ["--host", host, "--port", str(port), "--blocking-threads", str(WEB_THREADS)]
    celery = [python, "-m", "celery", "--app", "config"]
    beat = [*celery, "beat", "--pidfile", "", "--loglevel", "INFO"]
    return [Part("web", web), *_workers(celery), Part("beat", beat)]


def _workers(celery: Sequence[str]) -> list[Part]:
    return [
        Part(
            name,
            [
                *celery,
                "worker",
                *("--queues", queues),
                *("--hostname", f"{name}@%h"),
                *("--pool", "threads"),
                *("--concurrency", str(threads)),
                *("--loglevel", "INFO"),
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
            ],
        )
        for name, (queues, threads) in WORKERS.items()
    ]
