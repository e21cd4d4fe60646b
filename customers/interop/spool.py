"""Calls that came while the database was away: on disk, one file each, until it is back."""

from __future__ import annotations

import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import close_old_connections

from config.clock import utc_now
from customers.access import keys
from customers.interop.calls import DATABASE_AWAY

log = logging.getLogger(__name__)
FOLDER: Final = "spool/sensors"
# A disk that fills up would harm more than lost events: about a gigabyte.
FILES_MOST: Final = 50_000
# A process takes in a call within seconds; one that took longer is gone.
LEFT_SECONDS: Final = 600
_TAKEN: Final = ".taken"
_draining = threading.Lock()


class Full(OSError):
    """No more calls are kept; the database has been away too long."""


def looks_like_a_key(token: str) -> bool:
    """Whether the token may be one of ours; the database says later whether it is one."""
    return token.startswith(keys.MARK) and token.isascii() and 20 <= len(token) <= 100


def keep(token: str, messages: list[Any], now: datetime) -> None:
    """Write a call to disk, flushed. Raises Full."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sum(1 for _each in os.scandir(folder)) >= FILES_MOST:
        raise Full(f"{FILES_MOST} calls wait in {folder} already.")
    name = f"{int(now.timestamp() * 1000):015}-{secrets.token_hex(6)}.json"
    draft = folder / f".{name}"
    with draft.open("x", encoding="utf-8") as file:
        os.chmod(draft, 0o600)
        json.dump({"token": token, "at": now.isoformat(), "messages": messages}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / name)


def drain() -> int:
    """Take in what waits, the oldest first; returns how many calls.

    A file goes when its messages are in the database. One whose process was killed is taken again
    by another; its events have keys, so none is doubled.
    """
    from customers.interop.sensors_calls import take_messages

    _give_back()

    done = 0
    for file in _waiting():
        taken = file.with_suffix(_TAKEN)
        try:
            file.rename(taken)
        except FileNotFoundError:
            continue  # another process was faster
        try:
            call = json.loads(taken.read_text(encoding="utf-8"))
            now = datetime.fromisoformat(call["at"])
            key = keys.verify(call["token"], now=utc_now())
            if key is None:
                log.warning("A call that waited on disk had no valid key; it is dropped.")
            else:
                take_messages(key, call["messages"], now, salt=file.stem)
        except DATABASE_AWAY:
            taken.rename(file)
            return done
        except (ValueError, KeyError, TypeError):
            log.exception("A call that waited on disk can't be read; it stays as %s.", taken.name)
            continue
        taken.unlink()
        done += 1
    return done


def drain_soon() -> None:
    """Begin to drain beside the call that found the database back, unless somebody does."""
    if next(_waiting(), None) is None or not _draining.acquire(blocking=False):
        return

    def work() -> None:
        try:
            drain()
        except Exception:
            log.exception("Calls that wait on disk could not be taken in.")
        finally:
            close_old_connections()
            _draining.release()

    threading.Thread(target=work, name="spool", daemon=True).start()


# helpers


def _folder() -> Path:
    return Path(settings.VAR_DIR) / FOLDER


def _give_back() -> None:
    """What a killed process has taken waits again."""
    folder = _folder()
    for taken in folder.glob(f"*{_TAKEN}") if folder.is_dir() else ():
        try:
            if time.time() - taken.stat().st_mtime > LEFT_SECONDS:
                taken.rename(taken.with_suffix(".json"))
        except FileNotFoundError:
            continue


def _waiting() -> Iterator[Path]:
    folder = _folder()
    if folder.is_dir():
        yield from sorted(folder.glob("[0-9]*.json"))
