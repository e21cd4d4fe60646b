"""Versions of contents, read and compiled once per process: a version never changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from campaigns.content.liquid import environment
from campaigns.models import ContentText, ContentVersion

PARTS = ("subject", "preheader", "body", "html")
KEEP = 500


@dataclass(frozen=True, slots=True)
class Text:
    """The templates of one language, strict and lenient; a part that is empty is not there."""

    language: str
    variant: str
    strict: Mapping[str, BoundTemplate]
    lenient: Mapping[str, BoundTemplate]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A version ready to be rendered. *broken* holds the error of a text that does not compile."""

    version_id: int
    on_missing: str
    texts: Mapping[str, Text]
    broken: str = ""

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
    """Compiled versions by id; one query for those that this process has not seen yet."""
    wanted = set(version_ids)
    found = {}
    with _lock:
        for each in wanted & _known.keys():
            _known.move_to_end(each)
            found[each] = _known[each]
    missing = wanted - found.keys()
    if missing:
        versions = ContentVersion.objects.filter(pk__in=missing).prefetch_related("texts")
        for version in versions.select_related("content"):
            found[version.pk] = compile_texts(
                version.pk, version.content.on_missing, list(version.texts.all())
            )
        with _lock:
            _known.update({pk: found[pk] for pk in missing & found.keys()})
            while len(_known) > KEEP:
                _known.popitem(last=False)
    return found


def compile_texts(version_id: int, on_missing: str, texts: Sequence[ContentText]) -> Compiled:
    """Compile *texts*, saved or not. The first variant of each language is taken."""
    made: dict[str, Text] = {}
    try:
        for text in sorted(texts, key=lambda text: (text.language, text.variant)):
            sources = {part: getattr(text, part) for part in PARTS if getattr(text, part)}
            made.setdefault(
                text.language,
                Text(text.language, text.variant, _templates(sources), _templates(sources, True)),
            )
    except LiquidError as error:
        return Compiled(
            version_id, on_missing, {}, broken=" ".join(str(error.message).split())[:200]
        )
    return Compiled(version_id, on_missing, made)


# helpers

_known: OrderedDict[int, Compiled] = OrderedDict()
_lock = Lock()


def _templates(sources: Mapping[str, str], lenient: bool = False) -> dict[str, BoundTemplate]:
    return {
        part: environment(html=part == "html", lenient=lenient).from_string(source)
        for part, source in sources.items()
    }
