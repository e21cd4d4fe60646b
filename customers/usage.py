"""Who uses a tag or a segment. Floors register what they know; this floor asks before something
is removed.

Each function answers for many tags with a constant number of queries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Use(NamedTuple):
    """Something that uses a tag or a segment: what it is ("segment", "tag", "journey", …), its
    name, its page, a note such as its state, and the brand that may see it (None: everybody).

    `key` is its id among its kind. What is not active (a draft, something that was stopped) is
    shown, and does not count as use; nor does what only gives the tag and never `reads` it.
    """

    kind: str
    name: str
    url: str = ""
    note: str = ""
    brand_id: int | None = None
    key: int = 0
    is_active: bool = True
    reads: bool = True


Uses = Callable[[Sequence[str]], dict[str, list[Use]]]
TagUses = Uses
_tag_uses: list[Uses] = []
_segment_uses: list[Uses] = []


def register_tag_uses(function: TagUses) -> TagUses:
    """`function(tag codes)` tells by code what uses the tag. Twice is the same as once."""
    if function not in _tag_uses:
        _tag_uses.append(function)
    return function


def uses_of_tags(codes: Sequence[str]) -> dict[str, list[Use]]:
    """By code of a tag everything that uses it, as far as anybody knows."""
    return _asked(_tag_uses, codes)


def register_segment_uses(function: Uses) -> Uses:
    """`function(segment codes)` tells by code what uses the segment. Twice is the same as once."""
    if function not in _segment_uses:
        _segment_uses.append(function)
    return function


def uses_of_segments(codes: Sequence[str]) -> dict[str, list[Use]]:
    """By code of a segment everything that uses it, as far as anybody knows."""
    return _asked(_segment_uses, codes)


# helpers


def _asked(functions: Sequence[Uses], codes: Sequence[str]) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = {code: [] for code in codes}
    for function in functions:
        for code, uses in function(codes).items():
            found.setdefault(code, []).extend(uses)
    return found
