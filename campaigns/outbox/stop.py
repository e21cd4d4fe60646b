"""Answers by which a customer says: no more."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

WORDS: Final = frozenset(
    {"td", "t", "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "退订", "退订回t",
     "拒收", "取消订阅"}
)  # fmt: skip
# TD退订 is two words: letters and Chinese need no blank between them.
_WORD: Final = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")


def is_stop(text: str) -> bool:
    """Whether an answer says that no more is wanted: TD, T, STOP, 退订, in any spelling and width,
    alone or repeated; a sentence that merely has such a word in it is left to a person."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return bool(words) and ("".join(words) in WORDS or all(word in WORDS for word in words))
