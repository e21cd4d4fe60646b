"""How long a text message is, and in how many parts a network sends and bills it.

Networks of the world pack 160 letters of the GSM alphabet into a part (153 when there are
several), else 70 characters of UCS-2 (67). Chinese networks count every text by 70 and 67.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Counting = Literal["gsm", "china"]

GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# These take an escape before them.
EXTENDED: Final = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Size:
    """The length of a text in the units of its encoding, and the parts it makes."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int
    per_segment: int

    @property
    def left(self) -> int:
        """How many units the last part still takes; a pair is never torn, so it may be fewer."""
        return max(0, self.segments * self.per_segment - self.units)


def measure(text: str, counting: Counting = "gsm") -> Size:
    """The size of *text* as it goes out, signature included."""
    if counting == "china":
        return _size("UCS-2", [1] * len(text.encode("utf-16-le")[::2]), 70, 67)
    if all(letter in GSM or letter in EXTENDED for letter in text):
        return _size("GSM-7", [1 + (letter in EXTENDED) for letter in text], 160, 153)
    return _size("UCS-2", [1 + (ord(letter) > 0xFFFF) for letter in text], 70, 67)


# helpers


def _size(
    encoding: Literal["GSM-7", "UCS-2"], widths: Iterable[int], alone: int, several: int
) -> Size:
    """Fill part by part: an escape and its letter, or the halves of an emoji, stay together."""
    each = list(widths)
    units = sum(each)
    if units <= alone:
        return Size(encoding, units, 1 if units else 0, alone)
    segments, used = 1, 0
    for width in each:
        if used + width > several:
            segments, used = segments + 1, 0
        used += width
    return Size(encoding, units, segments, several)
