"""Kombu's pgmq transport on the database of the settings.

It takes the connection from Django, so that options such as `sslmode` hold, a test or scratch
database has queues of its own, and the embedded server is started when it is needed.
"""

import time
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


class Transport(kombu_pgmq.Transport):
    """The same queues, reached like every other table."""

    def _create_pgmq_client(self) -> PGMQueue:
        client: Any = self.client
        options = client.transport_options
        params, connection_class = _parameters()
        # One plain connection first: the pool would hide why it gets none.
        connection_class.connect(**params).close()
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
                    self._get_notify_waiter().wait(left)

    def _get_notify_waiter(self) -> Any:
        if self._notify_waiter is None:
            params, _ = _parameters()
            self._notify_waiter = kombu_pgmq._NotifyWaiter(psycopg.conninfo.make_conninfo(**params))
        return self._notify_waiter

    @classmethod
    def as_uri(cls, uri: str, include_password: bool = False, mask: str = "**") -> str:
        return "the PostgreSQL of the settings"
