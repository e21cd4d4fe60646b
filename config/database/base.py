"""The backend class that `DATABASES["default"]["ENGINE"]` names."""

import atexit
import os
from typing import Any, Final, Self

import psycopg
from django.db import connections
from django.db.backends.postgresql import base as postgresql
from psycopg_pool import PoolTimeout

from config import embedded
from config.database.client import DatabaseClient
from config.database.creation import DatabaseCreation
from config.database.errors import unreachable

# How long the threads of a pool may take to end, in seconds; they only wait for work.
_CLOSE_SECONDS: Final = 1.0


class EmbeddedConnection(psycopg.Connection[Any]):
    """A connection that starts the embedded server again when it is gone."""

    @classmethod
    def connect(cls, conninfo: str = "", **kwargs: Any) -> Self:
        try:
            return super().connect(conninfo, **kwargs)
        except psycopg.OperationalError:
            embedded.ensure_running(look_again=True)
            return super().connect(conninfo, **kwargs)


class DatabaseWrapper(postgresql.DatabaseWrapper):
    """Django's PostgreSQL backend, plus three things.

    The embedded server starts with the first connection, not with the settings. A pool belongs to
    the process that opened it: a forked child begins without one. A database that can't be
    reached fails at once with its own words instead of after the pool's timeout.
    """

    client_class = DatabaseClient
    creation_class = DatabaseCreation

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if self.settings_dict.get("EMBEDDED"):
            found = embedded.ensure_running()
            params |= {"host": found["host"], "port": found["port"]}
            if pool := self.settings_dict["OPTIONS"].get("pool"):
                pool["connection_class"] = EmbeddedConnection
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            if self.pool is not None and self.pool.closed:
                self._prepare_pool(conn_params)
            return super().get_new_connection(conn_params)
        except PoolTimeout as error:
            raise unreachable(self.settings_dict, self._reason(conn_params) or error) from error
        except psycopg.OperationalError as error:
            raise unreachable(self.settings_dict, error) from error

    def _prepare_pool(self, conn_params: dict[str, Any]) -> None:
        """Ask for one plain connection first: the pool would hide why it gets none."""
        pool = self.settings_dict["OPTIONS"]["pool"]
        pool.get("connection_class", psycopg.Connection).connect(**conn_params).close()
        _close_pools_at_exit()

    def _reason(self, conn_params: dict[str, Any]) -> Exception | None:
        """Return why a plain connection fails, or None when it works and only the pool is full."""
        try:
            self.Database.connect(**conn_params).close()
        except psycopg.OperationalError as error:
            return error
        return None


def close_pools() -> None:
    """Close the connections and pools of this process; its next query opens a new pool."""
    connections.close_all()
    for alias in list(_pools()):
        pool = _pools().pop(alias, None)
        if pool is not None:
            pool.close(timeout=_CLOSE_SECONDS)


def _pools() -> dict[str, Any]:
    pools: dict[str, Any] = postgresql.DatabaseWrapper._connection_pools  # type: ignore[attr-defined]
    return pools


_registered = False


def _close_pools_at_exit() -> None:
    # Registered after the embedded server's own exit handler, so that it runs before it: a pool
    # that is still open would start the server again.
    global _registered
    if not _registered:
        atexit.register(close_pools)
        _registered = True


def _begin_anew() -> None:
    """Let a child neither use nor close the sockets of its parent."""
    _pools().clear()
    for wrapper in connections.all(initialized_only=True):
        wrapper.connection = None


os.register_at_fork(after_in_child=_begin_anew)
