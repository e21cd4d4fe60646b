"""Tell a worker to look again."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import current_app
from django.db import transaction

from config.routing import queue_of

_log = logging.getLogger(__name__)
# How many `no_wakes` blocks are open; of the process, because the work inside may use threads.
_quiet = 0


def wake(task_name: str, *args: Any, expires: float = 60.0) -> None:
    """Send the task after the transaction commits (at once outside of one).

    A broker that is away is logged and otherwise ignored: the work is a row in the database, and
    the next periodic look finds it. `args` must fit into JSON; after `expires` seconds in the
    queue the wake-up is dropped.
    """
    if not _quiet:
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


def _send(task_name: str, args: tuple[Any, ...], expires: float) -> None:
    if _quiet:
        return
    try:
        current_app.send_task(task_name, args=args, queue=queue_of(task_name), expires=expires)
    except Exception as error:
        # Whatever the transport raises: the caller's change is committed and must stand.
        _log.warning("no wake-up sent for %s: %s", task_name, type(error).__name__)
