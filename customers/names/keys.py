"""The keys of a name: everything by which somebody may begin to type it."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Final, NamedTuple

from customers.names.pinyin import PHRASE, is_han, readings_of, surname_of
from customers.names.typed import LONGEST, fold

WORDS: Final = 4  # of a name in letters, from which one may begin
_WORD: Final = re.compile(r"[\s·・.,_/-]+")


class Key(NamedTuple):
    """One key of a name.

    `spelled` holds, for the key of initials, the syllables with a blank between them (several
    readings with | between them). `place` is, for one key of each name, where it stands in order.
    """

    key: str
    spelled: str = ""
    place: str = ""


def keys_of(name: str) -> list[Key]:
    """Keys of a name; the first one has its place in order.

    王小明: wangxiaoming, 王小明, xiaoming, 小明, wxm. Chen Xi: chenxi, xi, xichen, cx.
    """
    syllables, found = _latin(name) if not any(map(is_han, name)) else _chinese(name)
    if not found:
        return []
    spelled: dict[str, list[str]] = {}
    for one in syllables:
        if len(one) > 1:
            spelled.setdefault("".join(part[0] for part in one)[:LONGEST], []).append(" ".join(one))
    keys = {key[:LONGEST]: Key(key[:LONGEST]) for key in found if key}
    for initials, ways in spelled.items():
        keys[initials] = Key(initials, "|".join(ways)[: 2 * LONGEST])
    first = next(iter(keys))
    # By pinyin, then by the characters, so that 王晓明 and 王小明 stand apart but beside.
    place = f"{' '.join(syllables[0])} {fold(name)}"[: 2 * LONGEST]
    keys[first] = keys[first]._replace(place=place)
    return list(keys.values())


# helpers


def _latin(name: str) -> tuple[list[tuple[str, ...]], list[str]]:
    words = tuple(filter(None, (fold(word) for word in _WORD.split(name))))
    if not words:
        return [], []
    found = ["".join(words[at:]) for at in range(min(len(words), WORDS))]
    if len(words) == 2:
        found.append("".join(reversed(words)))
    return [words], found


def _chinese(name: str) -> tuple[list[tuple[str, ...]], list[str]]:
    """Characters in pinyin; what else stands among them as it is."""
    runs = ["".join(run) for _kind, run in groupby(name, key=is_han)]
    if len(runs) > 1:
        way = tuple(
            syllable
            for run in runs
            for syllable in (readings_of(run) if is_han(run[0]) else _latin(run)[0] or [()])[0]
        )
        return [way], ["".join(way), fold(name)]
    ways = list(readings_of(name))
    joined = ["".join(way) for way in ways]
    found = [joined[0], fold(name), *joined[1:]]
    surname = len(surname_of(name))
    if surname < len(name) <= PHRASE:
        found += ["".join(way[surname:]) for way in ways]
        found.append(fold(name[surname:]))
    return ways, found
