"""Many values at once between Python and PostgreSQL, without a step of the driver for each."""

from __future__ import annotations

import gc
import sys
import threading
from array import array
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any

# How many lines go to the server at once: it reads them while the next are made.
_LINES = 500
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
# How long a thread of Python may go on while another one waits, in seconds.
_TURN = 0.0002
_pauses = _hurries = 0
_usual_turn = 0.005
_pauses_lock = threading.Lock()
_MEANT = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def copy_lines(cursor: Any, into: str, lines: Iterable[str]) -> None:
    """COPY lines of text into a table, `into` being its name and columns.

    Every line ends with a line end, and its cells are `escaped`. Errors are those of django.db.
    """
    rest = iter(lines)
    with cursor.db.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        while block := "".join(islice(rest, _LINES)):
            copy.write(block)


@contextmanager
def copying_rows(cursor: Any, into: str, rows: Iterable[bytes]) -> Iterator[None]:
    """COPY rows in the binary form, which the server reads faster: each is its number of cells as
    two bytes, then of every cell its length as four bytes, -1 for NULL, and the cell.

    Most of them may still be on their way in the block, which does what needs no database; at its
    end they are written. Errors are those of django.db.
    """
    rest = iter(rows)
    copy_in = f"COPY {into} FROM STDIN (FORMAT BINARY)"
    with cursor.db.wrap_database_errors, cursor.copy(copy_in) as copy:
        copy.write(_SIGNATURE)
        while block := b"".join(islice(rest, _LINES)):
            copy.write(block)
        copy.write(_END)
        yield


@contextmanager
def meanwhile(query: Callable[[], object], *, at_once: bool = False) -> Iterator[None]:
    """Let the server work while Python does: *query* runs in a thread of its own during the block,
    and is done after it. An error of the block comes before one of the query.

    The connection is the thread's until then. What belongs to Django's thread, such as `atomic`,
    is not to be used in *query*; a cursor is. It should do one thing and wait: each time that it
    goes on, it has to wait for its turn among the threads of Python. `at_once`: it is done before
    the block, since little is not worth a thread.
    """
    if at_once:
        query()
        yield
        return
    with _quick_turns(), ThreadPoolExecutor(1) as thread:
        asked = thread.submit(query)
        yield
        asked.result()


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


# helpers


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Let threads wait for each other less than the usual 5 ms: an answer comes in many pieces, and
    before each its thread waits for a turn."""
    global _hurries, _usual_turn
    with _pauses_lock:
        _hurries += 1
        if _hurries == 1:
            _usual_turn = sys.getswitchinterval()
            sys.setswitchinterval(min(_usual_turn, _TURN))
    try:
        yield
    finally:
        with _pauses_lock:
            _hurries -= 1
            if _hurries == 0:
                sys.setswitchinterval(_usual_turn)
