"""Who wants to hear that customers came into a segment or left it. Upper floors subscribe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from config.database.apart import made


@dataclass(frozen=True, slots=True)
class Moves:
    """Customers who came into a segment, and who left it, at one moment.

    Who they are stands in the temporary table `segment_moves (customer_id, comes)`: a set for a
    statement, as they may be millions.
    """

    segment_id: int
    at: datetime
    came: int
    went: int


Callback = Callable[[Any, Moves], None]
_callbacks: list[Callback] = []


def on_membership(callback: Callback) -> Callback:
    """Call `callback(cursor, moves)` for every change of members, inside its transaction.

    Builds and lists tell; a merge or an erasure does not, as nobody came or went by it. An error in
    a subscriber undoes the change. Subscribing twice is the same as once.
    """
    if callback not in _callbacks:
        _callbacks.append(callback)
    return callback


def forget(callback: Callback) -> None:
    """End a subscription; unknown callbacks are ignored."""
    if callback in _callbacks:
        _callbacks.remove(callback)


# Made anew each time, so that it is empty.
MOVES: Final = """
DROP TABLE IF EXISTS pg_temp.segment_moves;
CREATE TEMPORARY TABLE segment_moves (customer_id bigint, comes boolean) ON COMMIT DROP;
"""


def open_moves(cursor: Any) -> None:
    """Make the temporary table of moves, empty; it goes with the transaction."""
    cursor.execute(made(MOVES, "DELETE FROM segment_moves"))


def move(cursor: Any, segment_id: int, *, now: datetime) -> Moves:
    """Make the moves in `segment_moves` true, and tell those that were made."""
    cursor.execute(
        "WITH went AS (DELETE FROM customers_segmentmember s USING segment_moves m"
        " WHERE s.segment_id = %s AND s.customer_id = m.customer_id AND NOT m.comes"
        " RETURNING s.customer_id), came AS ("
        " INSERT INTO customers_segmentmember (segment_id, customer_id, since)"
        " SELECT %s, m.customer_id, %s FROM segment_moves m WHERE m.comes"
        " ORDER BY m.customer_id ON CONFLICT DO NOTHING RETURNING customer_id), undone AS ("
        " DELETE FROM segment_moves m WHERE NOT EXISTS (SELECT 1 FROM came"
        " WHERE came.customer_id = m.customer_id AND m.comes) AND NOT EXISTS (SELECT 1 FROM went"
        " WHERE went.customer_id = m.customer_id AND NOT m.comes))"
        " SELECT (SELECT count(*) FROM came), (SELECT count(*) FROM went)",
        [segment_id, segment_id, now],
    )
    came, went = cursor.fetchone()
    moves = Moves(segment_id, now, int(came), int(went))
    if came or went:
        for callback in _callbacks:
            callback(cursor, moves)
    return moves


def move_members(
    cursor: Any, segment_id: int, comes: Mapping[int, bool], *, now: datetime
) -> Moves:
    """Put customers on a list (true) or take them off it (false); what is so already changes
    nothing. In a transaction."""
    open_moves(cursor)
    cursor.execute(
        "INSERT INTO segment_moves SELECT * FROM unnest(%s::bigint[], %s::boolean[])",
        [list(comes), list(comes.values())],
    )
    return move(cursor, segment_id, now=now)


def add_members(cursor: Any, segment_id: int, customer_ids: Sequence[int], *, now: datetime) -> int:
    """Put customers on a list; return how many were not on it. In a transaction."""
    open_moves(cursor)
    cursor.execute(
        "INSERT INTO segment_moves SELECT DISTINCT n, true FROM unnest(%s::bigint[]) AS n",
        [list(customer_ids)],
    )
    return move(cursor, segment_id, now=now).came
