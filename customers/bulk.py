"""Many values at once between Python and PostgreSQL, without a step of the driver for each."""

from __future__ import annotations

import gc
import threading
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.db import connection

# How many lines go to the server at once: it reads them while the next are made.
_LINES = 500
_pauses = 0
_pauses_lock = threading.Lock()
_MEANT = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def copy_lines(cursor: Any, into: str, lines: Iterable[str]) -> None:
    """COPY lines of text into a table, `into` being its name and columns.

    Every line ends with a line end, and its cells are `escaped`. Errors are those of django.db.
    """
    rest = iter(lines)
    with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        while block := "".join(islice(rest, _LINES)):
            copy.write(block)


def escaped(text: str) -> str:
    """A text as a cell of COPY."""
    return text if text.isprintable() and "\\" not in text else text.translate(_MEANT)


def listed(values: Iterable[object]) -> str:
    """Numbers or moments as one text, for `string_to_array(%s, ',')`."""
    return ",".join(map(str, values))


def longs(packed: bytes | None) -> array[int]:
    """What `string_agg(int8send(…), '')` packed; nothing for NULL."""
    found = array("q", bytes(packed or b""))
    found.byteswap()
    return found


def next_ids(cursor: Any, sequence: str, count: int) -> array[int]:
    """The next *count* numbers of a sequence, in their order."""
    if not count:
        return array("q")
    cursor.execute(
        "SELECT string_agg(int8send(nextval(%s)), '') FROM generate_series(1, %s)",
        [sequence, count],
    )
    return longs(cursor.fetchone()[0])


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let the collector of cyclic garbage rest.

    A large batch makes a hundred thousand objects and no cycle; the collector would go through
    all of memory again and again for nothing, a third of the batch's time.
    """
    global _pauses
    with _pauses_lock:
        if _pauses == 0 and not gc.isenabled():
            paused = False  # somebody else has switched it off, and keeps it so
        else:
            paused = True
            _pauses += 1
            gc.disable()
    try:
        yield
    finally:
        if paused:
            with _pauses_lock:
                _pauses -= 1
                if _pauses == 0:
                    gc.enable()
