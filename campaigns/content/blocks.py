"""Blocks: pieces of text that a brand uses again and again, such as a footer.

`{% include "footer" %}` stands for the block of that name in the language of the text, else for
the one of every language. Blocks are put in before anything is compiled, so a block may hold
words, HTML, MJML or Liquid, and may include others: to a depth, without circles, and no longer in
all than a text may be. A block that is changed changes every text that includes it from the next
message on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db.models import F
from django.utils.translation import gettext as _

from campaigns.content.liquid import LONGEST_SOURCE
from campaigns.models import ContentBlock, ContentText

DEEPEST: Final = 5
_INCLUDE: Final = re.compile(r"{%-?\s*include\s+(?:\"([^\"%]{1,60})\"|'([^'%]{1,60})')\s*-?%}")


class BlockMissing(ValueError):
    """A block that is not there, or can't be put in; the text is a sentence for the author."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a brand, by name and language."""

    by_name: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def put_in(self, source: str, language: str) -> str:
        """*source* with its blocks in place of their names. Raises BlockMissing."""
        if "include" not in source:
            return source
        return self._put_in(source, language, ())

    def _put_in(self, source: str, language: str, inside: tuple[str, ...]) -> str:
        made: list[str] = []
        size = place = 0
        for found in _INCLUDE.finditer(source):
            name = found[1] or found[2]
            if name in inside:
                circle = " → ".join([*inside[inside.index(name) :], name])
                raise BlockMissing(_("Blocks include each other in a circle: %(names)s.")
                                   % {"names": circle})  # fmt: skip
            if len(inside) >= DEEPEST:
                raise BlockMissing(_("Blocks may include each other %(n)d deep.") % {"n": DEEPEST})
            inner = self._put_in(self._of(name, language), language, (*inside, name))
            made += [source[place : found.start()], inner]
            size += found.start() - place + len(inner)
            if size > LONGEST_SOURCE:
                raise BlockMissing(_("With its blocks this is longer than any message may be."))
            place = found.end()
        return "".join([*made, source[place:]])

    def _of(self, name: str, language: str) -> str:
        for each in (language, language.partition("-")[0], ""):
            if (name, each) in self.by_name:
                return self.by_name[name, each]
        raise BlockMissing(_("The brand has no block “%(name)s”.") % {"name": name})


def blocks_of(brand_ids: Iterable[int]) -> dict[int, Blocks]:
    """The blocks of these brands; one query. A brand without any is left out."""
    found: dict[int, dict[tuple[str, str], str]] = {}
    rows = ContentBlock.objects.filter(brand__in=set(brand_ids))
    for brand_id, code, language, source in rows.values_list(
        "brand_id", "code", "language", "source"
    ):
        found.setdefault(brand_id, {})[code, language] = source
    return {brand_id: Blocks(by_name) for brand_id, by_name in found.items()}


def includes(text: str) -> bool:
    """Whether a text includes any block."""
    return _INCLUDE.search(text) is not None


def is_included(block: ContentBlock) -> bool:
    """Whether a text that goes out now, or another block of the brand, names *block*."""
    parts = ("subject", "preheader", "body", "html")
    texts = ContentText.objects.filter(
        version__content__brand=block.brand_id, version__content__current=F("version")
    )
    sources = [source for row in texts.values_list(*parts) for source in row]
    others = ContentBlock.objects.filter(brand=block.brand_id).exclude(pk=block.pk)
    sources += others.values_list("source", flat=True)
    names = (found[1] or found[2] for source in sources for found in _INCLUDE.finditer(source))
    return block.code in names
