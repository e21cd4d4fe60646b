"""Server settings that fit the machine."""

import os
from pathlib import Path
from typing import Final

import psutil

_MB: Final = 1024 * 1024
_CGROUP_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def memory_bytes() -> int:
    """Return the memory this machine or container may use, in bytes."""
    total = int(psutil.virtual_memory().total)
    for limit in _CGROUP_LIMITS:
        try:
            held = limit.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if held.isdigit():
            total = min(total, int(held))
    return total


def server_settings(socket_dir: Path) -> dict[str, str]:
    """Return the settings the server is started with, by name."""
    memory = memory_bytes() // _MB
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "cluster_name": "waypost",
        "max_connections": "200",
        "shared_buffers": f"{min(max(memory // 8, 64), 4096)}MB",
        "effective_cache_size": f"{max(memory // 2, 128)}MB",
        "work_mem": f"{min(max(memory // 512, 4), 64)}MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 32), 512)}MB",
        "min_wal_size": "256MB",
        "max_wal_size": "4GB",
        "random_page_cost": "1.1",
        "jit": "off",
        # Statements and row values hold what we know about customers: they stay out of the log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
    }
    if _shared_memory_is_small():
        # Containers give /dev/shm 64 MB, and a parallel query that needs more fails.
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def _shared_memory_is_small() -> bool:
    try:
        found = os.statvfs("/dev/shm")
    except OSError:
        return False
    return found.f_frsize * found.f_blocks < 512 * _MB
