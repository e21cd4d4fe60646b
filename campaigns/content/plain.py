"""The plain-text part of an e-mail, made of its HTML when nobody has written one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

_LINK: Final = re.compile(r"\[([^\]\n]*)\]\(([^)\n]+)\)")
_BLANK: Final = re.compile(r"\n{3,}")


def text_of(html: str) -> str:
    """What *html* says: blocks as paragraphs, lists with their stars, links with their address."""
    from inscriptis import get_text

    lines = [line.strip() for line in get_text(html, _config()).splitlines()]
    return _BLANK.sub("\n\n", _LINK.sub(_said, "\n".join(lines))).strip()


# helpers


@lru_cache(maxsize=1)
def _config() -> Any:
    from inscriptis.model.config import ParserConfig

    return ParserConfig(display_links=True)


def _said(found: re.Match[str]) -> str:
    words, url = found[1].strip(), found[2].strip()
    if url.startswith("#") or not words:
        return words or url
    return url if words == url else f"{words}: {url}"
