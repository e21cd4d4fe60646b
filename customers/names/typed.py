"""What somebody typed, in the form in which it is compared with the keys of names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST: Final = 80  # of a key, in characters
PARSES: Final = 4
TYPED: Final = 24  # letters that are read as a mixture
STEPS: Final = 2_000
_MARKS: Final = re.compile("[\u0300-\u036f]")
_WHOLE: Final = str.maketrans(
    {"ü": "v", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_LETTERS: Final = re.compile("[a-z]+")
# Written between a and i, ng only behind another syllable; v is ü.
_FINALS: Final = {
    "": "a ai an ang ao e ei en eng er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
}
SYLLABLES: Final = frozenset(
    initial + final for initial, finals in _FINALS.items() for final in finals.split()
)
_INITIALS: Final = frozenset((*filter(None, _FINALS), "a", "e", "o"))
_BEGINNINGS: Final = frozenset(one[:end] for one in SYLLABLES for end in range(1, len(one) + 1))


class Mixture(NamedTuple):
    """One way to take what was typed as syllables and initials.

    `initials` begin the key of initials, `pattern` is a regular expression of PostgreSQL for the
    syllables of the name with a blank between them; several readings stand with | between them.
    """

    initials: str
    pattern: str


def fold(text: str) -> str:
    """Small letters and figures without accents, blanks and signs; Chinese stays as it is."""
    wide = unicodedata.normalize("NFKC", text).casefold().translate(_WHOLE)
    bare = _MARKS.sub("", unicodedata.normalize("NFD", wide))
    kept = unicodedata.normalize("NFC", bare)
    return "".join(char for char in kept if char.isalnum())[:LONGEST]


@lru_cache(maxsize=1_024)
def mixtures(folded: str) -> tuple[Mixture, ...]:
    """Ways to read letters as a mixture of whole syllables and initials: "wangxm", "wxming".

    Whole pinyin and initials alone are keys themselves and need no mixture.
    """
    if not 2 < len(folded) <= TYPED or not _LETTERS.fullmatch(folded):
        return ()
    found = [
        parts
        for parts in _parses(folded, [STEPS])
        if len(parts) > 1 and 0 < sum(part in SYLLABLES for part in parts) < len(parts)
    ]
    # The fewer the parts, the likelier it was meant so.
    found.sort(key=len)
    return tuple(
        Mixture("".join(part[0] for part in parts), r"(^|\|)" + "[a-z]* ".join(parts))
        for parts in found[:PARSES]
    )


# helpers


def _parses(text: str, steps: list[int]) -> Iterator[tuple[str, ...]]:
    """Whole syllables first; a single initial anywhere, any beginning only at the end."""
    if not text:
        yield ()
        return
    for end in range(min(6, len(text)), 0, -1):
        part, rest = text[:end], text[end:]
        fits = part in SYLLABLES or part in _INITIALS or (not rest and part in _BEGINNINGS)
        steps[0] -= 1
        if fits and steps[0] > 0:
            for others in _parses(rest, steps):
                yield (part, *others)
