"""Kombu's pgmq transport on the database of the settings.

It takes the connection from Django, so that options such as `sslmode` hold, a test or scratch
database has queues of its own, and the embedded server is started when it is needed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty
from typing import Any, Final

import psycopg
from django.db import connections
from kombu.transport import pgmq as kombu_pgmq
from pgmq import PGMQueue
from psycopg_pool import ConnectionPool

from config.database.base import EmbeddedConnection

# How soon a worker whose hands are full looks whether one is free, in seconds.
_BUSY_SECONDS: Final = 0.005
_NOT_FOR_LIBPQ: Final = ("context", "cursor_factory", "prepare_threshold")


def _parameters() -> tuple[dict[str, Any], type[psycopg.Connection[Any]]]:
    wrapper: Any = connections["default"]
    params = {
        name: value
        for name, value in wrapper.get_connection_params().items()
        if name not in _NOT_FOR_LIBPQ
    }
    embedded = wrapper.settings_dict.get("EMBEDDED")
    return params, EmbeddedConnection if embedded else psycopg.Connection


def _connect() -> psycopg.Connection[Any]:
    params, connection_class = _parameters()
    return connection_class.connect(**params)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock under which queues are made."""
    with _connect() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('waypost broker queues'))")
        yield


def _has_notify(queue_name: str) -> bool:
    with _connect() as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = %s",
            (f"pgmq.q_{queue_name}", "trigger_notify_queue_insert_listeners"),
        )
        return found.fetchone() is not None


class Channel(kombu_pgmq.Channel):
    """Makes each queue once, however many processes start at the same moment."""

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        with _alone():
            super()._new_queue(queue, **kwargs)  # type: ignore[no-untyped-call]

    def basic_consume(self, queue: str, *args: Any, **kwargs: Any) -> Any:
        with _alone():
            return super().basic_consume(  # type: ignore[no-untyped-call]
                queue, *args, **kwargs
            )

    def _maybe_enable_notify(self, queue: str, queue_name: str | None = None) -> None:
        # Kombu drops and makes the trigger at every declaration, which locks the queue against
        # its senders and fails when two processes do it at once. Once is enough.
        queue_name = queue_name or self._queue_name(queue)
        if self.use_notify and not _has_notify(queue_name):
            super()._maybe_enable_notify(queue, queue_name)  # type: ignore[no-untyped-call]
        else:
            transport: Any = self.connection
            transport._register_notify_queue(queue_name)


class Transport(kombu_pgmq.Transport):
    """The same queues, reached like every other table."""

    Channel = Channel

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)  # type: ignore[no-untyped-call]
        self._heard_of: dict[str, None] = {}

    def _register_notify_queue(self, queue_name: str) -> None:
        # Who only sends declares queues as well. Listening without ever reading fills the socket:
        # that server process hangs, holds up what needs all of them (DROP DATABASE), and keeps
        # the queue of notifications from being cleared. So only who waits for messages listens.
        self._heard_of[queue_name] = None

    def _wait(self, seconds: float) -> None:
        waiter = self._get_notify_waiter()
        for name in self._heard_of:
            waiter.register(name)
        waiter.wait(seconds)

    def _create_pgmq_client(self) -> PGMQueue:
        client: Any = self.client
        options = client.transport_options
        params, connection_class = _parameters()
        # One plain connection first: the pool would hide why it gets none.
        _connect().close()
        pool = ConnectionPool(
            kwargs=params,
            connection_class=connection_class,
            min_size=1,
            max_size=options["pool_size"],
            timeout=options["pool_timeout"],
            check=ConnectionPool.check_connection,
            open=True,
        )
        queue = PGMQueue(
            conn_string="host=unused",
            vt=options["visibility_timeout"],
            init_extension=False,
            pool=pool,
        )
        # The client closes only pools that it made.
        queue._own_pool = True
        return queue

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """Deliver what is there; `timeout` is in seconds.

        Kombu's own loop sleeps for a polling interval when the worker has all it may hold, so a
        backlog would be worked off in bites of one prefetch each second.
        """
        cycle: Any = self.cycle
        channels: Any = self.channels
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                left = self.polling_interval or 1.0
                if deadline is not None:
                    left = min(left, deadline - time.monotonic())
                    if left <= 0:
                        raise TimeoutError from None
                if any(not channel.qos.can_consume() for channel in channels):
                    time.sleep(min(left, _BUSY_SECONDS))
                else:
                    self._wait(left)

    def _get_notify_waiter(self) -> Any:
        if self._notify_waiter is None:
            params, _ = _parameters()
            self._notify_waiter = kombu_pgmq._NotifyWaiter(psycopg.conninfo.make_conninfo(**params))
        return self._notify_waiter

    @classmethod
    def as_uri(cls, uri: str, include_password: bool = False, mask: str = "**") -> str:
        return "the PostgreSQL of the settings"
