"""A worker of the gate as a process of its own: `python -m tests.campaigns.gate.worker …`.

Arguments: the database, how many seconds to work, and "leased" or "unleased". It says "ready" and
is told when to begin: a Unix time, and what its clock shows then. One second is an hour on it.
"""

from __future__ import annotations

import importlib
import sys
import time
from datetime import datetime, timedelta
from typing import Any


def clock(began: float, base: datetime) -> datetime:
    return base + timedelta(hours=1) * (time.time() - began)


def main(database: str, seconds: str, mode: str) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from campaigns.gate import lease

    deciding: Any = importlib.import_module("campaigns.gate.decide")
    if mode == "unleased":
        lease.LEASE = lease.LEASE.replace("FOR UPDATE OF b SKIP LOCKED", "")
    write = deciding.write

    def slowly(work: Any) -> Any:
        # A busy machine: whoever counted has not written yet.
        time.sleep(0.01)
        return write(work)

    deciding.write = slowly
    print("ready", flush=True)
    began, base = sys.stdin.readline().split()
    ends = float(began) + float(seconds)
    while time.time() < ends:
        deciding.decide(clock(float(began), datetime.fromisoformat(base)), limit=30)


if __name__ == "__main__":
    main(*sys.argv[1:])
