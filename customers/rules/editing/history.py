"""Undo and redo: the states of a rule, kept in the form itself and therefore in no session.

They travel in a hidden field, packed. What can't be unpacked is an empty history: it is the
reader's own, and losing it loses no rule.
"""

from __future__ import annotations

import binascii
import json
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from typing import Final

STATES_MOST: Final = 60
UNPACKED_MOST: Final = 3_000_000
PACKED_MOST: Final = 400_000


@dataclass(frozen=True, slots=True)
class History:
    """Rules as JSON texts: those before, the one now, and those that were undone (next first)."""

    now: str
    past: tuple[str, ...] = ()
    future: tuple[str, ...] = ()

    def to(self, rule: str) -> History:
        """The rule was changed; what was undone is gone then."""
        if rule == self.now:
            return self
        return History(rule, (*self.past, self.now)[-STATES_MOST:])

    def undo(self) -> History:
        """One step back, as far as there is one."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (self.now, *self.future))

    def redo(self) -> History:
        """One step forward again."""
        if not self.future:
            return self
        return replace(
            self, now=self.future[0], past=(*self.past, self.now), future=self.future[1:]
        )

    def pack(self) -> str:
        """Past and future as a text for a hidden field; the oldest go when it gets too long."""
        past, future = list(self.past), list(self.future[:STATES_MOST])
        while sum(map(len, past)) + sum(map(len, future)) > UNPACKED_MOST:
            (past or future).pop(0 if past else -1)
        if not past and not future:
            return ""
        packed = zlib.compress(json.dumps([past, future], ensure_ascii=False).encode(), 6)
        return b64encode(packed).decode() if len(packed) < PACKED_MOST else ""

    @classmethod
    def unpack(cls, now: str, text: str) -> History:
        """The history that a form brought back."""
        try:
            packed = b64decode(text[: PACKED_MOST * 2], validate=True)
            past, future = json.loads(zlib.decompressobj().decompress(packed, UNPACKED_MOST * 2))
            if all(isinstance(each, str) for each in (*past, *future)):
                return cls(now, tuple(past[-STATES_MOST:]), tuple(future[:STATES_MOST]))
        except (binascii.Error, ValueError, TypeError, zlib.error, RecursionError):
            pass
        return cls(now)
