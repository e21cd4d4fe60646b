"""The programs of the group."""

import sys
from collections.abc import Sequence

from config.up.supervisor import Part

# Two sending and two engine processes keep up with one machine's database; audience refreshes
# are long and may wait for each other, so they have a worker of their own.
WORKERS = {
    "engine": ("engine", 2),
    "sending": ("sending", 2),
    "audience": ("audience,default", 1),
}
WEB_THREADS = 8


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
                *("--concurrency", str(processes)),
                *("--loglevel", "INFO"),
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
            ],
        )
        for name, (queues, processes) in WORKERS.items()
    ]
