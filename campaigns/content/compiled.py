"""Versions of contents, ready to be rendered; each template is compiled once per process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from campaigns.content.blocks import BlockMissing, Blocks, blocks_of, includes
from campaigns.content.liquid import environment
from campaigns.content.mjml import MjmlUnreadable, is_mjml, to_html
from campaigns.content.plain import text_of
from campaigns.models import ContentText, ContentVersion

PARTS = ("subject", "preheader", "body", "html")
KEEP = 1000
NONE = Blocks()
# Links become longer when they are followed.
LONG_LINE = 500
_BETWEEN_CELLS = re.compile(r"(?<=</t[drh]>)(?=<)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """The templates of one language, strict and lenient; a part that is empty is not there."""

    language: str
    variant: str
    strict: Mapping[str, BoundTemplate]
    lenient: Mapping[str, BoundTemplate]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A version ready to be rendered, and the code of its content. *broken* holds the error of a
    text that does not compile."""

    version_id: int
    on_missing: str
    texts: Mapping[str, Text]
    broken: str = ""
    code: str = ""

    def for_language(self, *wanted: str) -> Text | None:
        """The text in the first of the languages that is there, else in any; None: no text.

        "zh-hans" is served by "zh" and the other way round before another language is taken.
        """
        for language in wanted:
            if language in self.texts:
                return self.texts[language]
            for known, text in self.texts.items():
                if language and known.partition("-")[0] == language.partition("-")[0]:
                    return text
        return next(iter(self.texts.values()), None)


def compiled_versions(version_ids: Iterable[int]) -> dict[int, Compiled]:
    """Compiled versions by id, in three queries at most; one that is gone is left out."""
    rows = ContentVersion.objects.filter(pk__in=set(version_ids)).select_related("content")
    versions = list(rows.prefetch_related("texts"))
    blocks = blocks_of(
        version.content.brand_id
        for version in versions
        if any(includes(getattr(text, part)) for text in version.texts.all() for part in PARTS)
    )
    return {
        version.pk: replace(
            compile_texts(
                version.pk,
                version.content.on_missing,
                list(version.texts.all()),
                blocks.get(version.content.brand_id, NONE),
            ),
            code=version.content.code,
        )
        for version in versions
    }


def compile_texts(
    version_id: int, on_missing: str, texts: Sequence[ContentText], blocks: Blocks = NONE
) -> Compiled:
    """Compile *texts*, saved or not. The first variant of each language is taken."""
    made: dict[str, Text] = {}
    try:
        for text in sorted(texts, key=lambda text: (text.language, text.variant)):
            sources = _sources(text, blocks)
            made.setdefault(
                text.language,
                Text(text.language, text.variant, _templates(sources), _templates(sources, True)),
            )
    except LiquidError as error:
        return Compiled(
            version_id, on_missing, {}, broken=" ".join(str(error.message).split())[:200]
        )
    except (MjmlUnreadable, BlockMissing) as error:
        return Compiled(version_id, on_missing, {}, broken=str(error)[:200])
    return Compiled(version_id, on_missing, made)


def in_lines(html: str) -> str:
    """*html* with its long lines broken between the cells and rows of tables, where a blank is
    nothing. A mail with lines of more than 998 letters has to be encoded as a whole, each time."""
    if max(map(len, html.splitlines()), default=0) < LONG_LINE:
        return html
    return _BETWEEN_CELLS.sub("\n", html)


# helpers


def _sources(text: ContentText, blocks: Blocks) -> dict[str, str]:
    """The templates of a text: MJML as the HTML that it makes, and the plain text that nobody wrote
    as what the HTML says. Where Liquid decides what stands there, that is only known when it is
    rendered; see `render`."""
    sources = {
        part: blocks.put_in(getattr(text, part), text.language)
        for part in PARTS
        if getattr(text, part)
    }
    if is_mjml(html := sources.get("html", "")):
        sources["html"] = html = to_html(html)
    if html and not sources.get("body", "").strip() and "{%" not in html:
        sources["body"] = _plain(html)
    if html:
        sources["html"] = in_lines(html)
    return sources


@lru_cache(maxsize=300)
def _plain(html: str) -> str:
    return text_of(html)


def _templates(sources: Mapping[str, str], lenient: bool = False) -> dict[str, BoundTemplate]:
    return {part: _template(source, part == "html", lenient) for part, source in sources.items()}


@lru_cache(maxsize=KEEP)
def _template(source: str, html: bool, lenient: bool) -> BoundTemplate:
    # By the source itself and not by the version: ids mean something else in another database,
    # and one process may work in several (replay, bench, tests).
    return environment(html=html, lenient=lenient).from_string(source)
