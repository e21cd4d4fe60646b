"""Tell a worker to look again."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from celery import current_app
from django.db import transaction

from config.database.apart import is_apart
from config.routing import queue_of

_log = logging.getLogger(__name__)
# After a failure nobody waits for the broker again for this many seconds.
_REST_SECONDS: Final = 5.0
_rest_until = 0.0

# How many `no_wakes` blocks are open; of the process, because the work inside may use threads.
_quiet = 0


def wake(task_name: str, *args: Any, expires: float = 60.0) -> None:
    """Send the task after the transaction commits (at once outside of one).

    A broker that is away is logged and otherwise ignored: the work is a row in the database, and
    the next periodic look finds it. `args` must fit into JSON; after `expires` seconds in the
    queue the wake-up is dropped.
    """
    if not is_quiet():
        transaction.on_commit(lambda: _send(task_name, args, expires))


@contextmanager
def no_wakes() -> Iterator[None]:
    """Send nothing from this process inside the block, for work that drives the engine itself."""
    global _quiet
    _quiet += 1
    try:
        yield
    finally:
        _quiet -= 1


def is_quiet() -> bool:
    """Whether somebody drives the engine herself, moment by moment: a `no_wakes` block is open, or
    this runs on tables of its own, of which no worker knows."""
    return _quiet > 0 or is_apart()


def _send(task_name: str, args: tuple[Any, ...], expires: float) -> None:
    global _rest_until
    if _quiet or time.monotonic() < _rest_until:
        return
    try:
        current_app.send_task(task_name, args=args, queue=queue_of(task_name), expires=expires)
    except Exception as error:
        # Whatever the transport raises: the caller's change is committed and must stand.
        _rest_until = time.monotonic() + _REST_SECONDS
        _log.warning("no wake-up sent for %s: %s", task_name, type(error).__name__)
