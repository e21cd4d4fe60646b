"""Tell a worker to look again."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from celery import current_app
from django.db import transaction

from config.routing import queue_of

_log = logging.getLogger(__name__)
_quiet: ContextVar[bool] = ContextVar("wakes_are_off", default=False)


def wake(task_name: str, *args: Any, expires: float = 60.0) -> None:
    """Send the task after the transaction commits (at once outside of one).

    A broker that is away is logged and otherwise ignored: the work is a row in the database, and
    the next periodic look finds it. `args` must fit into JSON; after `expires` seconds in the
    queue the wake-up is dropped.
    """
    if not _quiet.get():
        transaction.on_commit(lambda: _send(task_name, args, expires))


@contextmanager
def no_wakes() -> Iterator[None]:
    """Send nothing inside the block, for work that drives the engine itself."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def _send(task_name: str, args: tuple[Any, ...], expires: float) -> None:
    if _quiet.get():
        return
    try:
        current_app.send_task(task_name, args=args, queue=queue_of(task_name), expires=expires)
    except Exception as error:
        # Whatever the transport raises: the caller's change is committed and must stand.
        _log.warning("no wake-up sent for %s: %s", task_name, type(error).__name__)
