"""Tasks for tests that start a real worker: `celery -A tests.config.probe worker`."""

import os
import time
from pathlib import Path

import structlog
from django.db import connection

from config.celery import app

_log = structlog.get_logger(__name__)


@app.task(name="journeys.probe.note")
def note(place: str, word: str) -> None:
    """Append `word` and this process's id to a file, after a query to the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    _log.info("noted", word=word)
    with Path(place).open("a", encoding="utf-8") as file:
        file.write(f"{word} {os.getpid()} {time.time()}\n")


@app.task(name="journeys.probe.linger")
def linger(place: str) -> None:
    """Say that it began; end only when the file `place.go` is there."""
    with Path(place).open("a", encoding="utf-8") as file:
        file.write(f"began {os.getpid()}\n")
    while not Path(f"{place}.go").exists():
        time.sleep(0.02)
    with Path(place).open("a", encoding="utf-8") as file:
        file.write(f"ended {os.getpid()}\n")
